r"""Canonical ranks of the nodes of a batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.engine import label, subgraphs
from pyg_symbreak.labeling.hashing import GOLDEN, mix
from pyg_symbreak.labeling.individualize import SAMPLE
from pyg_symbreak.labeling.refinement import multiplier, refine
from pyg_symbreak.labeling.search import MAX_SEARCH_NODES, _chunks, solve
from pyg_symbreak.labeling.threads import single_threaded


@torch.no_grad()
@single_threaded
def canonical_rank(
    data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    max_search_nodes: int = MAX_SEARCH_NODES, on_budget: str = "raise",
) -> Tensor:  # fmt: skip
    r"""Return a canonical rank of every node: isomorphic graphs, relabelled by it, become the same graph.

    The engine is individualization and refinement, as in McKay and Piperno, `"Practical graph isomorphism, II"
    <https://arxiv.org/abs/1301.1493>`_, made for whole batches.

    Args:
        data: One graph or a batch. An undirected graph has both arcs of an edge in ``edge_index``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The largest number of nodes in the whole search tree of one graph.
        on_budget: What to do with a graph that needs more: ``"raise"`` or accept an ``"uncertified"`` order.

    Returns:
        ``rank`` of shape ``[N]``, int64: the position of each node within its own graph. Which of the
        :math:`|\mathrm{Aut}|` canonical ranks it is depends on the numbering of the nodes.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN.
        SearchBudgetExceeded: If a graph needs a larger search.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> star = Data(edge_index=torch.tensor([[0, 1, 0, 2], [1, 0, 2, 0]]), num_nodes=3)
        >>> rank = canonical_rank(star)
        >>> sorted(rank.tolist())
        [0, 1, 2]
        >>> moved = Data(edge_index=2 - star.edge_index, num_nodes=3)
        >>> bool(canonical_rank(moved)[2] == rank[0])
        True
    """
    graphs = color_graphs(data, node_attrs, edge_attrs)
    return solve(graphs, random=False, max_search_nodes=max_search_nodes, on_budget=on_budget).rank


@torch.no_grad()
@single_threaded
def random_canonical_rank(
    data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    max_search_nodes: int = MAX_SEARCH_NODES, on_budget: str = "raise", generator: torch.Generator | None = None,
) -> Tensor:  # fmt: skip
    r"""Draw one of the :math:`|\mathrm{Aut}|` canonical ranks of each graph uniformly: the inversion kernel.

    This is the least noisy way to break all symmetries of a graph, from `"Improving Equivariant Networks with
    Probabilistic Symmetry Breaking" <https://arxiv.org/abs/2503.21985>`_.

    Args:
        data: One graph or a batch. An undirected graph has both arcs of an edge in ``edge_index``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The largest number of nodes in the whole search tree of one graph.
        on_budget: What to do with a graph that needs more: ``"raise"`` or accept an ``"uncertified"`` order.
        generator: The source of randomness; the global one of torch by default.

    Returns:
        ``rank`` of shape ``[N]``, int64: the position of each node within its own graph.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN.
        SearchBudgetExceeded: If a graph needs a larger search.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> edge = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        >>> sorted({tuple(random_canonical_rank(edge).tolist()) for _ in range(64)})
        [(0, 1), (1, 0)]
    """
    graphs = color_graphs(data, node_attrs, edge_attrs)
    options = {"max_search_nodes": max_search_nodes, "on_budget": on_budget}
    return solve(graphs, random=True, generator=generator, **options).rank  # type: ignore[arg-type]


@torch.no_grad()
@single_threaded
def refinement_rank(
    data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    generator: torch.Generator | None = None,
) -> Tensor:  # fmt: skip
    r"""Draw an order by colour refinement and random individualization, without a certificate.

    Equivariant in law for every graph; where all leaves of the refinement tree are equivalent (trees, cycles, most
    molecules) it is the law of :func:`random_canonical_rank`.

    Args:
        data: One graph or a batch.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        generator: The source of randomness; the global one of torch by default.

    Returns:
        ``rank`` of shape ``[N]``, int64.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> sorted(refinement_rank(Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=3)).tolist())
        [0, 1, 2]
    """
    graphs = color_graphs(data, node_attrs, edge_attrs)
    rank = torch.empty_like(graphs.batch)
    for first, last in _chunks(graphs.ptr, 1 << 21):
        part, node = subgraphs(graphs, torch.arange(first, last, device=rank.device))
        rank[node] = label(part, SAMPLE, True, generator, max(1, graphs.batch.numel())).rank
    return rank


@torch.no_grad()
@single_threaded
def wl_colors(data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = ()) -> Tensor:
    r"""Return the stable 1-WL cell of every node, numbered from 0 within its graph.

    The numbers do not depend on the numbering of the nodes. Nodes of one orbit share a cell; the converse may fail.

    Args:
        data: One graph or a batch.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.

    Returns:
        Cells of shape ``[N]``, int64.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> cell = wl_colors(path)
        >>> bool(cell[0] == cell[2]), bool(cell[0] == cell[1])
        (True, False)
    """
    graphs = color_graphs(data, node_attrs, edge_attrs)
    h, num = mix(graphs.color + GOLDEN), graphs.num_graphs
    if graphs.batch.numel() == 0:
        return graphs.batch
    _, order, new = refine(h, graphs.batch, num, graphs.src, graphs.dst, multiplier(graphs.kind))
    cell = torch.empty_like(order)
    cell[order] = new.cumsum(0) - 1
    first = torch.full((num,), order.numel(), device=order.device).scatter_reduce_(0, graphs.batch, cell, "amin")
    return cell - first[graphs.batch]
