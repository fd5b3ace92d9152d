r"""Message passing in which nodes may know their ranks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.autoencoder.topology import Topology


def cyclic_offset(rank_from: Tensor, rank_to: Tensor, size: Tensor, max_nodes: int) -> Tensor:
    r"""Number the steps from one rank to another on the circle of the ranks of a graph.

    The shorter way counts, forwards in case of a tie: :math:`o = r_{to} - r_{from}` modulo ``size`` with
    :math:`-\mathrm{size}/2 < o \le \mathrm{size}/2`; a negative ``o`` is returned as ``max_nodes + o``. The same
    step has the same number at every place and in graphs of every size, so that what is learned about one serves all.

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


def count_codes(topology: Topology, rank: Tensor | None, max_nodes: int, num_codes: int) -> Tensor:
    r"""Count, for every node, its arcs of each type and, with ranks, of each step.

    Args:
        topology: The arcs.
        rank: The rank of every node, ``[N]``, or :obj:`None`.
        max_nodes: The largest number of nodes.
        num_codes: The number of edge types, times ``max_nodes`` with ranks.

    Returns:
        Counts, ``[N, num_codes]``.
    """
    code, target = topology.arc_type, topology.target
    if rank is not None:
        size = topology.ptr.diff()[topology.batch[target]]
        code = code * max_nodes + cyclic_offset(rank[target], rank[topology.source], size, max_nodes)
    count = topology.batch.numel()
    return torch.bincount(target * num_codes + code, minlength=count * num_codes).view(count, num_codes)


def reset_sequential(modules: torch.nn.Sequential) -> None:
    r"""Draw the parameters of a sequence of layers afresh.

    Args:
        modules: The layers; those without parameters are passed over.
    """
    for module in modules:
        if isinstance(module, torch.nn.Linear):
            module.reset_parameters()


class GNNLayer(torch.nn.Module):
    r"""One round of message passing in which a node adds up what it hears.

    .. math::
        h_i \leftarrow h_i + \mathrm{MLP}\Big(h_i,\ \sum_{j \to i} \sigma(W h_j + e_{t_{ji}}),\
        \sum_{j \to i} c_{t_{ji}, o_{ij}},\ \frac{1}{n} \sum_j \sigma(U h_j)\Big)

    :math:`t` is the type of the arc and :math:`o` the step from rank to rank (:func:`cyclic_offset`): the second sum is
    a learned linear code of the neighbourhood; without ranks, :math:`c` depends on the type of the arc only. The last
    sum, over the whole graph, stands in for the messages that the reference sends between nodes without an edge.

    Args:
        dim: Width of the node features.
        num_edge_types: Types of arcs, 0 included.
        num_codes: Rows of the code :math:`c`.
    """

    def __init__(self, dim: int, num_edge_types: int, num_codes: int) -> None:
        super().__init__()
        self.message = torch.nn.Linear(dim, dim, bias=False)
        self.edge = torch.nn.Embedding(num_edge_types, dim)
        self.pool = torch.nn.Linear(dim, dim)
        self.code = torch.nn.Parameter(torch.empty(num_codes, dim))
        self.update = torch.nn.Sequential(torch.nn.Linear(4 * dim, dim), torch.nn.SiLU(), torch.nn.Linear(dim, dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        self.message.reset_parameters()
        torch.nn.init.normal_(self.edge.weight, std=0.3)
        torch.nn.init.normal_(self.code, std=0.3)
        self.pool.reset_parameters()
        reset_sequential(self.update)

    def forward(self, h: Tensor, topology: Topology, codes: Tensor) -> Tensor:
        r"""Pass messages once.

        Args:
            h: Node features, ``[N, dim]``.
            topology: The arcs.
            codes: How often a node has each of its codes, ``[N, num_codes]``.
        """
        heard = F.silu(self.message(h)[topology.source] + self.edge(topology.arc_type))
        total = torch.zeros_like(h).index_add(0, topology.target, heard)
        size = topology.ptr.diff()
        pooled = h.new_zeros(size.numel(), h.size(1)).index_add(0, topology.batch, F.silu(self.pool(h)))
        pooled = pooled / size.clamp(min=1).to(h.dtype).unsqueeze(1)
        out: Tensor = h + self.update(torch.cat([h, total, codes @ self.code, pooled[topology.batch]], dim=1))
        return out
