r"""Canonical forms: hashes that are equal exactly for isomorphic graphs, and isomorphisms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.labeling.coloring import ColoredGraphs, color_graphs
from pyg_symbreak.labeling.search import MAX_SEARCH_NODES, solve
from pyg_symbreak.labeling.threads import single_threaded

VERSION = "v1"


class CanonicalForm:
    r"""The graphs of a batch, each relabelled by a canonical rank, as plain arrays."""

    def __init__(self, graphs: ColoredGraphs, max_search_nodes: int) -> None:
        self.rank = solve(graphs, random=False, max_search_nodes=max_search_nodes).rank
        slot = graphs.ptr[graphs.batch] + self.rank
        color = torch.empty_like(graphs.color)
        color[slot] = graphs.color
        order = torch.argsort(slot[graphs.src] * max(1, slot.numel()) + slot[graphs.dst])
        kind = torch.zeros_like(order) if graphs.kind is None else graphs.kind[order]
        arcs = torch.stack([self.rank[graphs.src[order]], self.rank[graphs.dst[order]], kind], 1)
        bounds = torch.searchsorted(graphs.src.contiguous(), graphs.ptr)
        self.ptr, self.bounds = graphs.ptr.tolist(), bounds.tolist()
        self.color, self.arcs = color.cpu(), arcs.cpu()

    def __getitem__(self, graph: int) -> tuple[Tensor, Tensor]:
        r"""Colours of the nodes ``[n]`` and arcs ``[a, 3]`` of one graph."""
        nodes = slice(self.ptr[graph], self.ptr[graph + 1])
        return self.color[nodes], self.arcs[self.bounds[graph] : self.bounds[graph + 1]]


@torch.no_grad()
@single_threaded
def canonical_hash(
    data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    max_search_nodes: int = MAX_SEARCH_NODES,
) -> str | list[str]:  # fmt: skip
    r"""Hash each graph such that two graphs have the same hash exactly if they are isomorphic.

    The canonical form itself is hashed, by SHA-256, with the 64-bit colours and the names of the attributes. The
    same in every process and on every machine, whatever else is in the batch.

    Args:
        data: One graph or a batch. An undirected graph has both arcs of an edge in ``edge_index``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The largest number of nodes in the whole search tree of one graph.

    Returns:
        ``"v1:…"`` for a ``Data``, a list of such strings for a ``Batch``.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN.
        SearchBudgetExceeded: If a graph needs a larger search.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> a = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> b = Data(edge_index=torch.tensor([[0, 2, 0, 1], [2, 0, 1, 0]]), num_nodes=3)
        >>> canonical_hash(a) == canonical_hash(b)
        True
    """
    graphs = color_graphs(data, node_attrs, edge_attrs)
    form = CanonicalForm(graphs, max_search_nodes)
    names = json.dumps([VERSION, list(node_attrs), list(edge_attrs)]).encode()
    hashes = []
    for graph in range(graphs.num_graphs):
        color, arcs = form[graph]
        digest = hashlib.sha256(names)
        digest.update(f"{color.numel()} {arcs.size(0)} ".encode())
        digest.update(color.numpy().astype("<i8").tobytes())
        digest.update(arcs.contiguous().numpy().astype("<i8").tobytes())
        hashes.append(f"{VERSION}:{digest.hexdigest()}")
    return hashes if isinstance(data, Batch) else hashes[0]


@torch.no_grad()
@single_threaded
def find_isomorphism(
    a: Data, b: Data, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    max_search_nodes: int = MAX_SEARCH_NODES,
) -> Tensor | None:  # fmt: skip
    r"""Find an isomorphism from one graph to another.

    Args:
        a: The first graph.
        b: The second graph.
        node_attrs: Names of the node attributes that must agree.
        edge_attrs: Names of the edge attributes that must agree.
        max_search_nodes: The largest number of nodes in the whole search tree of one graph.

    Returns:
        The node of ``b`` for each node of ``a``, shape ``[n]``, or ``None`` if the graphs are not isomorphic.

    Raises:
        TypeError: If a graph is a ``Batch``.
        ValueError: If a graph is malformed, or an attribute is missing, misshapen or holds NaN.
        SearchBudgetExceeded: If a graph needs a larger search.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> a = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
        >>> b = Data(edge_index=torch.tensor([[2, 0], [0, 1]]), num_nodes=3)
        >>> find_isomorphism(a, b)
        tensor([2, 0, 1])
    """
    if isinstance(a, Batch) or isinstance(b, Batch):
        raise TypeError("'find_isomorphism' expected two 'Data' (got a 'Batch')")
    forms = [CanonicalForm(color_graphs(data, node_attrs, edge_attrs), max_search_nodes) for data in (a, b)]
    if not all(torch.equal(x, y) for x, y in zip(forms[0][0], forms[1][0])):
        return None
    return torch.argsort(forms[1].rank)[forms[0].rank]


def is_isomorphic(
    a: Data, b: Data, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (),
    max_search_nodes: int = MAX_SEARCH_NODES,
) -> bool:  # fmt: skip
    r"""Decide whether two graphs are isomorphic; arguments and errors are those of :func:`find_isomorphism`.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> a = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
        >>> is_isomorphic(a, Data(edge_index=torch.tensor([[0, 2], [1, 1]]), num_nodes=3))
        False
    """
    options = {"node_attrs": node_attrs, "edge_attrs": edge_attrs, "max_search_nodes": max_search_nodes}
    return find_isomorphism(a, b, **options) is not None  # type: ignore[arg-type]
