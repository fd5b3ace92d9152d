r"""The message-passing encoder of the graph autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.autoencoder.breaking import Draw
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.topology import Topology


def cyclic_offset(rank_from: Tensor, rank_to: Tensor, size: Tensor, max_nodes: int) -> Tensor:
    r"""Number the steps from one rank to another on the circle of the ranks of a graph.

    The shorter way counts, forwards in case of a tie: :math:`o = r_{to} - r_{from}` modulo ``size`` with
    :math:`-\mathrm{size}/2 < o \le \mathrm{size}/2`; a negative ``o`` is returned as ``max_nodes + o``. The same step has
    the same number at every place and in graphs of every size, so that what is learned about one serves all others.

    Args:
        rank_from: Ranks, ``[*]``.
        rank_to: Ranks, ``[*]``.
        size: Numbers of nodes of the graphs, ``[*]``.
        max_nodes: The largest such number.

    Returns:
        Numbers below ``max_nodes``, ``[*]``, int64.

    .. code-block:: python

        >>> zero, four = torch.zeros(4, dtype=torch.long), torch.full((4,), 4)
        >>> cyclic_offset(zero, torch.arange(4), four, max_nodes=10)
        tensor([0, 1, 2, 9])
    """
    back = (size - 1) // 2
    step = torch.remainder(rank_to - rank_from + back, size) - back
    return torch.where(step < 0, step + max_nodes, step)


class GNNLayer(torch.nn.Module):
    r"""One round of message passing in which a node adds up what it hears.

    .. math::
        h_i \leftarrow h_i + \mathrm{MLP}\Big(h_i,\ \sum_{j \to i} \sigma(W h_j + e_{t_{ji}}),\
        \sum_{j \to i} c_{t_{ji}, o_{ij}}\Big)

    :math:`t` is the type of the arc and :math:`o` the step from rank to rank (:func:`cyclic_offset`): the last sum is a
    learned linear code of the neighbourhood. Without ranks, :math:`c` depends on the type of the arc only.

    Args:
        dim: Width of the node features.
        num_edge_types: Types of arcs, 0 included.
        num_codes: Rows of the code :math:`c`.
    """

    def __init__(self, dim: int, num_edge_types: int, num_codes: int) -> None:
        super().__init__()
        self.message = torch.nn.Linear(dim, dim, bias=False)
        self.edge = torch.nn.Embedding(num_edge_types, dim)
        self.code = torch.nn.Parameter(torch.empty(num_codes, dim))
        self.update = torch.nn.Sequential(
            torch.nn.Linear(3 * dim, dim), torch.nn.SiLU(), torch.nn.Linear(dim, dim)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        self.message.reset_parameters()
        torch.nn.init.normal_(self.edge.weight, std=0.3)
        torch.nn.init.normal_(self.code, std=0.3)
        for layer in (self.update[0], self.update[2]):
            layer.reset_parameters()

    def forward(self, h: Tensor, topology: Topology, codes: Tensor) -> Tensor:
        r"""Pass messages once.

        Args:
            h: Node features, ``[N, dim]``.
            topology: The arcs.
            codes: How often a node has each of its codes, ``[N, num_codes]``.
        """
        heard = F.silu(self.message(h)[topology.source] + self.edge(topology.arc_type))
        total = torch.zeros_like(h).index_add(0, topology.target, heard)
        out: Tensor = h + self.update(torch.cat([h, total, codes @ self.code], dim=1))
        return out


class GNNEncoder(torch.nn.Module):
    r"""Embeds every node of a graph in a short vector by message passing on the edges.

    With the decoder ``"sorted"`` and a method that orders the nodes, the first number of an embedding is a learned
    increasing function of the rank of the node (how the decoder can find the order again); all other numbers, and
    all numbers otherwise, come from the last layer.

    Args:
        config: The hyper-parameters.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.carries_rank = config.ranked and config.decoder == "sorted"
        dim, kinds = config.hidden_dim, config.num_edge_types
        self.input = torch.nn.Linear(config.vector_dim, dim)
        self.node = torch.nn.Embedding(config.num_node_types, dim) if config.num_node_types > 0 else None
        self.num_codes = kinds * (config.max_nodes if config.ranked else 1)
        self.layers = torch.nn.ModuleList(GNNLayer(dim, kinds, self.num_codes) for _ in range(config.num_layers))
        self.head = torch.nn.Sequential(
            torch.nn.Linear(dim, config.decoder_dim),
            torch.nn.SiLU(),
            torch.nn.Linear(config.decoder_dim, config.embedding_dim - self.carries_rank),
        )
        self.steps = torch.nn.Parameter(torch.empty(config.max_nodes)) if self.carries_rank else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        self.input.reset_parameters()
        if self.node is not None:
            self.node.reset_parameters()
        for module in [*self.layers, self.head[0], self.head[2]]:
            module.reset_parameters()
        if self.steps is not None:
            # Softplus of this is 2 / max_nodes: the coordinates start out evenly spread over [-1, 1].
            torch.nn.init.constant_(self.steps, float(torch.tensor(2.0 / self.config.max_nodes).expm1().log()))

    def forward(self, draw: Draw, topology: Topology) -> Tensor:
        r"""Embed the nodes.

        Args:
            draw: The symmetry-breaking draw.
            topology: The arcs and the types.

        Returns:
            Embeddings, ``[N, embedding_dim]``.
        """
        h = self.input(draw.vectors)
        if self.node is not None:
            h = h + self.node(topology.node_type)
        codes = self._codes(draw.rank, topology, h)
        for layer in self.layers:
            h = layer(h, topology, codes)
        z: Tensor = self.head(h)
        if self.steps is not None and draw.rank is not None:
            coordinate = F.softplus(self.steps).cumsum(0) - 1.0
            z = torch.cat([coordinate[draw.rank].unsqueeze(1), z], dim=1)
        return z

    def _codes(self, rank: Tensor | None, topology: Topology, like: Tensor) -> Tensor:
        """Count, for every node, its arcs of each type and, with ranks, of each step."""
        code, target = topology.arc_type, topology.target
        if rank is not None:
            size = topology.ptr.diff()[topology.batch[target]]
            step = cyclic_offset(rank[target], rank[topology.source], size, self.config.max_nodes)
            code = code * self.config.max_nodes + step
        counts = like.new_zeros(like.size(0) * self.num_codes)
        counts.index_add_(0, target * self.num_codes + code, like.new_ones(code.numel()))
        return counts.view(-1, self.num_codes)
