r"""Automorphism groups of the graphs of a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch_geometric.data import Batch

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.labeling.assemble import Symmetry
from pyg_symbreak.labeling.coloring import ColoredGraphs, color_graphs
from pyg_symbreak.labeling.components import connected_components
from pyg_symbreak.labeling.engine import subgraphs
from pyg_symbreak.labeling.search import MAX_SEARCH_NODES, solve
from pyg_symbreak.labeling.threads import single_threaded


@dataclass(frozen=True)
class AutomorphismGroup:
    r"""The automorphisms of one graph: the relabellings that leave it and its colours as they are.

    Attributes:
        order: The number :math:`|\mathrm{Aut}|` of automorphisms.
        orbits: The number of the orbit of each node, ``[n]``, counted from 0 by first node.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> star = Data(edge_index=torch.tensor([[0, 1, 0, 2, 0, 3], [1, 0, 2, 0, 3, 0]]), num_nodes=4)
        >>> group = automorphism_group(star)
        >>> group.order, group.orbits.tolist(), group.generators.size(0)
        (6, [0, 1, 1, 1], 2)
    """

    order: int
    orbits: Tensor
    _moves: tuple[Tensor, Tensor, Tensor] = field(repr=False)  # generator number, node, image
    _graph: ColoredGraphs = field(repr=False)
    _max_search_nodes: int = field(repr=False)

    @property
    def generators(self) -> Tensor:
        r"""Automorphisms that generate the group, ``[k, n]``: row ``j`` sends node ``i`` to ``generators[j, i]``."""
        name, source, target = self._moves
        _, row = torch.unique(name, return_inverse=True)
        count = int(row.max()) + 1 if row.numel() > 0 else 0
        moves = torch.arange(self.orbits.numel(), device=self.orbits.device).repeat(count, 1)
        moves[row, source] = target
        return moves

    @torch.no_grad()
    def random(self, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw an automorphism uniformly: node ``i`` goes to ``a[i]``, shape ``[n]``."""
        options = {"max_search_nodes": self._max_search_nodes, "generator": generator}
        ranks = [solve(self._graph, random=True, **options).rank for _ in range(2)]  # type: ignore[arg-type]
        return torch.argsort(ranks[1])[ranks[0]]


@torch.no_grad()
@single_threaded
def automorphism_group(
    data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    max_search_nodes: int = MAX_SEARCH_NODES,
) -> AutomorphismGroup | list[AutomorphismGroup]:  # fmt: skip
    r"""Find the automorphism group of each graph, exactly.

    Args:
        data: One graph or a batch. An undirected graph has both arcs of an edge in ``edge_index``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The largest number of nodes in the whole search tree of one graph.

    Returns:
        An :class:`AutomorphismGroup` for a ``Data``, a list of them for a ``Batch``.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN.
        SearchBudgetExceeded: If a graph needs a larger search.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> automorphism_group(Data(edge_index=torch.tensor([[0, 1, 2], [1, 2, 0]]), num_nodes=3)).order
        3
    """
    graphs = color_graphs(data, node_attrs, edge_attrs)
    found = solve(graphs, random=False, max_search_nodes=max_search_nodes, want_symmetries=True)
    moves = _moves(found.symmetries, graphs)
    orbit_of = connected_components(
        graphs.batch.numel(), torch.cat([moves[1], moves[2]]), torch.cat([moves[2], moves[1]])
    )
    ends = torch.searchsorted(graphs.batch[moves[1]], torch.arange(graphs.num_graphs + 1, device=moves[0].device))
    orders = _orders(found.symmetries, graphs.num_graphs)
    bounds, ptr, groups = ends.tolist(), graphs.ptr.tolist(), []
    for graph in range(graphs.num_graphs):
        inside, first = slice(bounds[graph], bounds[graph + 1]), ptr[graph]
        own = (moves[0][inside], moves[1][inside] - first, moves[2][inside] - first)
        _, orbits = torch.unique(orbit_of[first : ptr[graph + 1]], return_inverse=True)
        alone = subgraphs(graphs, torch.tensor([graph], device=moves[0].device))[0] if graphs.num_graphs > 1 else graphs
        groups.append(AutomorphismGroup(orders[graph], orbits, own, alone, max_search_nodes))
    return groups if isinstance(data, Batch) else groups[0]


@torch.no_grad()
@single_threaded
def automorphism_counts(
    data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    max_search_nodes: int = MAX_SEARCH_NODES,
) -> list[int]:  # fmt: skip
    r"""Count the automorphisms of each graph, exactly: :func:`automorphism_group` without orbits and generators.

    Args:
        data: One graph or a batch.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The largest number of nodes in the whole search tree of one graph.

    Returns:
        One integer a graph, of any size.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN.
        SearchBudgetExceeded: If a graph needs a larger search.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> automorphism_counts(Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2))
        [2]
    """
    graphs = color_graphs(data, node_attrs, edge_attrs)
    found = solve(graphs, random=False, max_search_nodes=max_search_nodes, want_symmetries=True)
    return _orders(found.symmetries, graphs.num_graphs)


def _orders(symmetries: list[Symmetry], num_graphs: int) -> list[int]:
    orders = [1] * num_graphs
    for proof in symmetries:
        rows = zip(proof.factor_owner.tolist(), proof.factor.tolist(), proof.is_factorial.tolist())
        for graph, factor, is_factorial in rows:
            orders[graph] *= math.factorial(factor) if is_factorial else factor
    return orders


def _moves(symmetries: list[Symmetry], graphs: ColoredGraphs) -> tuple[Tensor, Tensor, Tensor]:
    r"""All generators as triples (name, node, image), sorted by graph."""
    empty = graphs.batch[:0]
    names, sources, targets, shift = [empty], [empty], [empty], 0
    for proof in symmetries:
        if proof.generator.numel() > 0:
            names.append(proof.generator + shift)
            sources.append(proof.source)
            targets.append(proof.target)
            shift += int(proof.generator.max()) + 1
    name, source, target = torch.cat(names), torch.cat(sources), torch.cat(targets)
    order = torch.argsort(graphs.batch[source], stable=True)
    return name[order], source[order], target[order]
