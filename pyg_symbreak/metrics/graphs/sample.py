r"""A sample of graphs: checked once, coalesced, one ``Data`` for every graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import node_batch, node_ptr

Graphs: TypeAlias = Batch | Iterable[Data]
Adjacency: TypeAlias = NDArray[np.bool_]


def graph_list(graphs: Graphs, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = ()) -> list[Data]:
    r"""Return every graph as a ``Data`` of its own, on the CPU, with sorted arcs and the named attributes only.

    Args:
        graphs: A ``Batch``, or any iterable of ``Data``, of undirected graphs: both arcs of every edge in
            ``edge_index``. An arc that stands there repeatedly counts once.
        node_attrs: Names of node attributes to keep.
        edge_attrs: Names of edge attributes to keep; then no arc may be repeated.

    Returns:
        Graphs with ``edge_index [2, E]``, ``num_nodes`` and the attributes.

    Raises:
        TypeError: If ``graphs`` is a single ``Data`` or holds something else.
        ValueError: If a graph is malformed, directed, has a self-loop or lacks an attribute, or an arc with attributes
            is repeated.

    .. code-block:: python

        >>> pair = Data(edge_index=torch.tensor([[1, 0, 0], [0, 1, 1]]), num_nodes=2)
        >>> graph_list([pair])[0].edge_index
        tensor([[0, 1],
                [1, 0]])
    """
    if isinstance(graphs, Batch):
        return _split(graphs, node_attrs, edge_attrs)
    if isinstance(graphs, Data | str):
        raise TypeError(f"'graphs' expected a list of 'Data' or a 'Batch' (got '{type(graphs).__name__}')")
    return [graph for data in graphs for graph in _split(data, node_attrs, edge_attrs)]


def adjacency_matrices(graphs: Graphs) -> list[Adjacency]:
    r"""Return the adjacency matrix of every graph, ``[n, n]``, symmetric with an empty diagonal.

    Args:
        graphs: A sample as :func:`graph_list` takes it.

    Raises:
        TypeError: As in :func:`graph_list`.
        ValueError: As in :func:`graph_list`.

    .. code-block:: python

        >>> adjacency_matrices([Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)])[0].astype(int)
        array([[0, 1],
               [1, 0]])
    """
    return [_adjacency(graph) for graph in graph_list(graphs)]


def _adjacency(graph: Data) -> Adjacency:
    out = np.zeros((graph.num_nodes, graph.num_nodes), dtype=np.bool_)
    out[tuple(graph.edge_index.numpy())] = True
    return out


def _split(data: Data | Batch, node_attrs: Sequence[str], edge_attrs: Sequence[str]) -> list[Data]:
    ptr = node_ptr(data).cpu()
    missing = [name for name in (*node_attrs, *edge_attrs) if data.get(name) is None]
    if missing:
        raise ValueError(f"'graphs' expected every graph to have the attribute {missing[0]!r} (got none)")
    edge_index = torch.zeros((2, 0), dtype=torch.long) if data.edge_index is None else data.edge_index.cpu().long()
    edge_index, order = _coalesce(edge_index, int(ptr[-1]), repeats=not edge_attrs)
    graph = node_batch(ptr)[edge_index[0]]
    bounds = torch.searchsorted(graph, torch.arange(ptr.numel())).tolist()
    starts = ptr.tolist()
    nodes = {name: data[name].cpu() for name in node_attrs}
    edges = {name: data[name].cpu()[order] for name in edge_attrs}
    return [
        Data(
            edge_index=edge_index[:, bounds[i] : bounds[i + 1]] - starts[i],
            num_nodes=starts[i + 1] - starts[i],
            **{name: value[starts[i] : starts[i + 1]] for name, value in nodes.items()},
            **{name: value[bounds[i] : bounds[i + 1]] for name, value in edges.items()},
        )
        for i in range(len(starts) - 1)
    ]


def _coalesce(edge_index: Tensor, num_nodes: int, repeats: bool) -> tuple[Tensor, Tensor]:
    """The arcs sorted, each once, and where they stood."""
    source, target = edge_index
    if bool((source == target).any()):
        raise ValueError("'graphs' expected graphs without self-loops (got one)")
    key, order = torch.sort(source * num_nodes + target, stable=True)
    first = torch.ones_like(key, dtype=torch.bool)
    torch.ne(key[1:], key[:-1], out=first[1:])
    if not repeats and not bool(first.all()):
        raise ValueError("'graphs' expected every arc with attributes once (got a repeated arc)")
    key, order = key[first], order[first]
    if not torch.equal(torch.sort(target[order] * num_nodes + source[order]).values, key):
        raise ValueError("'graphs' expected both arcs of every edge (got a directed graph)")
    return edge_index[:, order], order
