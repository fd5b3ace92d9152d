r"""The symmetry breaking of the generator: a draw, and vectors for nodes and pairs by it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.nn.conv import GINEConv

from pyg_symbreak.canonicalizers import (
    Canonicalizer,
    ExactCanonicalizer,
    LearnedCanonicalizer,
    RefinementCanonicalizer,
    RelaxedPermutation,
    SpectralCanonicalizer,
    TraversalCanonicalizer,
    UniformCanonicalizer,
)
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.diffusion.categorical import uniform
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.pairs import pair_index

ATTRS = (("node_type",), ("edge_type",))


class Draw(NamedTuple):
    r"""What was drawn for a batch of graphs.

    Attributes:
        rank: The canonical rank of every node, ``[B, n]`` int64; 0 on padding.
        relaxed: The element that passes gradients to its canonicalizer, if it learns.
    """

    rank: Tensor
    relaxed: RelaxedPermutation | None = None


class SymmetryBreaking(torch.nn.Module):
    r"""Gives the nodes and pairs of a noisy graph vectors that tell them apart.

    A rank :math:`r_i` of node ``i`` gives it the learned vector :math:`v_{r_i}`, and the unordered pair ``{i, j}`` the
    learned vector :math:`V_{\{r_i, r_j\}}`, as in `"Improving Equivariant Networks with Probabilistic Symmetry
    Breaking" <https://arxiv.org/abs/2503.21985>`_.

    Args:
        config: The hyper-parameters of the generator.
        canonicalizer: The draw, instead of the one that ``config`` names; it reads ``node_type`` and ``edge_type``.

    .. code-block:: python

        >>> config = DiffusionConfig(node_types=("C",), edge_types=("none", "single"), max_nodes=3, walk="none")
        >>> breaking = SymmetryBreaking(config)
        >>> edge = DenseGraph(torch.zeros(1, 2).long(), torch.ones(1, 1).long(), torch.ones(1, 2).bool())
        >>> draw = breaking.draw(edge)
        >>> sorted(draw.rank.view(-1).tolist())
        [0, 1]
        >>> nodes, pairs = breaking(edge, torch.ones(1), draw)
        >>> nodes.shape, pairs.shape
        (torch.Size([1, 2, 32]), torch.Size([1, 1, 16]))
    """

    def __init__(self, config: DiffusionConfig, canonicalizer: Canonicalizer | None = None) -> None:
        super().__init__()
        self.method, self.max_nodes = config.symmetry_breaking, config.max_nodes
        self.dropout = config.encoding_dropout
        broken = self.method != "none"
        self.node_dim = config.vector_dim if broken else 0
        self.pair_dim = config.pair_vector_dim if broken else 0
        self.canonicalizer = None
        if config.ranked:
            self.canonicalizer = make_canonicalizer(config) if canonicalizer is None else canonicalizer
            self.node = torch.nn.Parameter(torch.empty(config.max_nodes, self.node_dim))
            self.pair = torch.nn.Parameter(torch.empty(config.max_nodes, config.max_nodes, self.pair_dim))
        self.gate = _Gate() if config.modulation == "time" and broken else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the vectors afresh, standard normal; the gate starts open."""
        if self.canonicalizer is not None:
            torch.nn.init.normal_(self.node)
            torch.nn.init.normal_(self.pair)
            self.canonicalizer.reset_parameters()
        if self.gate is not None:
            self.gate.reset_parameters()

    def draw(self, graph: DenseGraph, generator: torch.Generator | None = None) -> Draw | None:
        r"""Draw an element for every graph; ``None`` if the method orders nothing."""
        if self.canonicalizer is None:
            return None
        batch = graph.to_batch()
        element = self.canonicalizer(batch, generator=generator)
        if not isinstance(element, Permutation):
            raise TypeError(
                f"'SymmetryBreaking' expected a canonicalizer that draws permutations (got '{type(element).__name__}')"
            )
        rank = torch.zeros_like(graph.x)
        rank[graph.mask] = element.order
        return Draw(rank, element if isinstance(element, RelaxedPermutation) else None)

    def draw_prior(self, graph: DenseGraph, generator: torch.Generator | None = None) -> Draw | None:
        r"""Draw orders uniformly: the inversion kernel of a graph without any structure yet."""
        if self.canonicalizer is None:
            return None
        ptr = torch.nn.functional.pad(graph.num_nodes.cumsum(0), (1, 0))
        rank = torch.zeros_like(graph.x)
        rank[graph.mask] = Permutation.random(ptr, generator).rank
        return Draw(rank)

    def forward(
        self, graph: DenseGraph, time: Tensor, draw: Draw | None = None, generator: torch.Generator | None = None
    ) -> tuple[Tensor | None, Tensor | None]:
        r"""Return the vectors of nodes ``[B, n, node_dim]`` and of pairs ``[B, P, pair_dim]``, ``None`` for none.

        Args:
            graph: The noisy graphs.
            time: Their times, ``[B]`` in [0, 1].
            draw: What was drawn; without it the element is drawn from the noisy graphs.
            generator: The source of randomness of draws, noise and dropout.
        """
        if self.method == "none":
            return None, None
        if self.canonicalizer is None:
            nodes, pairs = self._noise(graph, time, generator)
        else:
            draw = draw or self.draw(graph, generator)
            assert draw is not None
            nodes, pairs = self._vectors(graph, draw)
        if self.gate is not None:
            scale = self.gate(time.to(nodes.dtype))
            nodes, pairs = nodes * scale[:, None, :1], pairs * scale[:, None, 1:]
        if self.training and self.dropout:
            kept = uniform((graph.num_graphs, 1, 1), time.device, generator) >= self.dropout
            nodes, pairs = nodes * kept, pairs * kept
        return nodes, pairs if self.pair_dim else None

    def _noise(self, graph: DenseGraph, time: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        device = graph.x.device if generator is None else generator.device
        shapes = ((*graph.x.shape, self.node_dim), (*graph.e.shape, self.pair_dim))
        nodes, pairs = (torch.randn(s, generator=generator, device=device).to(time.device) for s in shapes)
        return nodes, pairs

    def _vectors(self, graph: DenseGraph, draw: Draw) -> tuple[Tensor, Tensor]:
        width = graph.x.size(1)
        if width > self.max_nodes:
            raise ValueError(
                f"'SymmetryBreaking' expected graphs of at most {self.max_nodes} nodes, as in training (got {width})"
            )
        first, second = pair_index(width, graph.x.device)
        both = (self.pair + self.pair.transpose(0, 1)) / 2**0.5
        if draw.relaxed is not None:
            return self._relaxed(draw.relaxed, both, width, first, second)
        nodes = self.node[draw.rank]
        pairs = both[draw.rank[:, first], draw.rank[:, second]]
        return nodes, pairs

    def _relaxed(
        self, element: RelaxedPermutation, both: Tensor, width: int, first: Tensor, second: Tensor
    ) -> tuple[Tensor, Tensor]:
        # g · v: node i gets the vector of its rank; the gradient reaches the scores through the soft matrices.
        size = element.num_graphs
        nodes = element.act_dense(self.node[:width].expand(size, width, self.node_dim))
        pairs = element.act_dense(both[:width, :width].expand(size, width, width, self.pair_dim), dims=(1, 2))
        return nodes, pairs[:, first, second]

    @torch.no_grad()
    def log_prob(self, graph: DenseGraph, draw: Draw | None) -> Tensor:
        r"""The logarithm of the probability of what was drawn from each graph, or an upper bound on it, ``[B]``.

        See :meth:`~pyg_symbreak.canonicalizers.Canonicalizer.log_prob`; zero if nothing is ordered.
        """
        if self.canonicalizer is None or draw is None:
            return torch.zeros(graph.num_graphs, dtype=torch.float64, device=graph.x.device)
        ptr = torch.nn.functional.pad(graph.num_nodes.cumsum(0), (1, 0))
        element = Permutation(draw.rank[graph.mask], ptr, validate=False).inverse()
        return self.canonicalizer.log_prob(graph.to_batch(), element)

    def extra_repr(self) -> str:
        return f"{self.method!r}, node_dim={self.node_dim}, pair_dim={self.pair_dim}"


class _Gate(torch.nn.Module):
    """How much of the vectors of nodes and of pairs the network sees at a time: ``[B]`` to ``[B, 2]`` in (0, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = torch.nn.Linear(1, 16), torch.nn.Linear(16, 2)

    def reset_parameters(self) -> None:
        self.hidden.reset_parameters()
        torch.nn.init.zeros_(self.out.weight)
        torch.nn.init.constant_(self.out.bias, 2.0)

    def forward(self, time: Tensor) -> Tensor:
        gate: Tensor = self.out(torch.nn.functional.silu(self.hidden(time.unsqueeze(1)))).sigmoid()
        return gate


class TypedScore(torch.nn.Module):
    r"""Scores the nodes of a graph with typed nodes and edges, by three rounds of message passing.

    Args:
        num_node_types: The number of node types, mask states included.
        num_edge_types: The number of edge types, "no edge" and mask states included.
        hidden_dim: The width.
        num_layers: The number of rounds.

    Shapes:
        - **input:** a batch with ``node_type``, ``edge_index`` and ``edge_type``.
        - **output:** ``[N]``.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> edge_index, edge_type = torch.tensor([[0, 1], [1, 0]]), torch.tensor([1, 1])
        >>> data = Data(node_type=torch.tensor([0, 1]), edge_index=edge_index, edge_type=edge_type)
        >>> TypedScore(2, 2)(data).shape
        torch.Size([2])
    """

    def __init__(self, num_node_types: int, num_edge_types: int, hidden_dim: int = 32, num_layers: int = 3) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(num_node_types, hidden_dim)
        self.embed_edge = torch.nn.Embedding(num_edge_types, hidden_dim)
        self.convs = torch.nn.ModuleList(GINEConv(_mlp(hidden_dim)) for _ in range(num_layers))
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden_dim) for _ in range(num_layers))
        self.head = torch.nn.Linear(hidden_dim, 1)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (self.embed, self.embed_edge, *self.convs, *self.norms, self.head):
            module.reset_parameters()

    def forward(self, data: GraphLike) -> Tensor:
        h, edges = self.embed(data.node_type), self.embed_edge(data.edge_type)
        for conv, norm in zip(self.convs, self.norms):
            h = h + norm(conv(h, data.edge_index, edges)).relu()
        score: Tensor = self.head(h).view(-1)
        return score


def make_canonicalizer(config: DiffusionConfig) -> Canonicalizer:
    r"""The canonicalizer that a configuration names, with its walk.

    .. code-block:: python

        >>> config = DiffusionConfig(node_types=("C",), edge_types=("none", "single"), max_nodes=3)
        >>> type(make_canonicalizer(config)).__name__
        'TraversalCanonicalizer'
    """
    name = config.symmetry_breaking
    if name == "uniform":
        return UniformCanonicalizer()
    extra = int(config.transition == "absorbing")
    base: Canonicalizer
    if name == "sympe-walk":
        return TraversalCanonicalizer(strategy="depth" if config.walk == "none" else config.walk)
    if name == "sympe-exact":
        base = ExactCanonicalizer(*ATTRS)
    elif name == "sympe-refinement":
        base = RefinementCanonicalizer(*ATTRS)
    elif name == "sympe-spectral":
        base = SpectralCanonicalizer()
    else:
        base = LearnedCanonicalizer(TypedScore(len(config.node_types) + extra, len(config.edge_types) + extra))
        return base
    return base if config.walk == "none" else TraversalCanonicalizer(base, config.walk)


def _mlp(width: int) -> torch.nn.Sequential:
    return torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, width))
