r"""Automorphisms by plain backtracking: slow, short, and independent of the labelling engine that it checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data


def enumerate_automorphisms(
    data: Data, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (), limit: int = 100_000
) -> Tensor:
    r"""List all automorphisms of one small graph by backtracking.

    An automorphism keeps node colours, edges with their directions and multiplicities, and edge colours.

    Args:
        data: One graph.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        limit: The largest number of automorphisms to list.

    Returns:
        One automorphism a row, ``[k, n]``, int64: node ``i`` goes to ``out[:, i]``. The first is the identity.

    Raises:
        ValueError: If there are more than ``limit``.

    .. code-block:: python

        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> enumerate_automorphisms(path)
        tensor([[0, 1, 2],
                [2, 1, 0]])
    """
    graph = _Structure(data, node_attrs, edge_attrs)
    rows: list[list[int]] = []
    for images in graph.search():
        if len(rows) == limit:
            raise ValueError(f"'enumerate_automorphisms' expected at most 'limit' = {limit} automorphisms (got more)")
        rows.append(images)
    return torch.tensor(rows, dtype=torch.long).view(len(rows), graph.num_nodes)


def orbits_by_search(data: Data, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = ()) -> Tensor:
    r"""Number the orbits of one graph by asking, for every pair of nodes, for an automorphism between them.

    Groups far too large to be listed are no obstacle.

    Args:
        data: One graph.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.

    Returns:
        The smallest node of the orbit of every node, ``[n]``, int64.

    .. code-block:: python

        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> orbits_by_search(path)
        tensor([0, 1, 0])
    """
    graph = _Structure(data, node_attrs, edge_attrs)
    first: list[int] = []
    for node in range(graph.num_nodes):
        roots = [root for root in sorted(set(first)) if graph.color[root] == graph.color[node]]
        found = (root for root in roots if next(graph.search({root: node}), None) is not None)
        first.append(next(found, node))
    return torch.tensor(first, dtype=torch.long)


class _Structure:
    """A coloured graph as nested lists of small integers: one relation for every ordered pair of nodes."""

    def __init__(self, data: Data, node_attrs: Sequence[str], edge_attrs: Sequence[str]) -> None:
        n = self.num_nodes = int(data.num_nodes or 0)
        nodes = _rows(data, node_attrs, n)
        pairs: dict[tuple[int, int], list[tuple[float, ...]]] = {}
        if data.edge_index is not None:
            values = _rows(data, edge_attrs, data.edge_index.size(1))
            for (source, target), value in zip(data.edge_index.t().tolist(), values):
                pairs.setdefault((source, target), []).append(value)
        kinds = {pair: tuple(sorted(values)) for pair, values in pairs.items()}
        names = {kind: number for number, kind in enumerate(sorted(set(kinds.values())), start=1)}
        self.relation = [[0] * n for _ in range(n)]
        for (source, target), kind in kinds.items():
            self.relation[source][target] = names[kind]
        self.neighbors: list[list[tuple[int, int, int]]] = [[] for _ in range(n)]
        for source, target in kinds:
            for u, v in {(source, target), (target, source)}:
                self.neighbors[u].append((self.relation[u][v], self.relation[v][u], v))
        self.color = self._refine(_numbers(nodes))

    def _refine(self, color: list[int]) -> list[int]:
        """Split colours by the colours around a node until nothing changes, which only prunes the search."""
        while True:
            around = [
                (color[v], *sorted((*kind, color[u]) for *kind, u in self.neighbors[v])) for v in range(self.num_nodes)
            ]
            finer = _numbers(around)
            if len(set(finer)) == len(set(color)):
                return color
            color = finer

    def search(self, fixed: dict[int, int] | None = None) -> Iterator[list[int]]:
        """Yield the automorphisms that extend ``fixed``, in lexicographic order of the assigned nodes."""
        fixed = fixed or {}
        todo = self._ordered(list(fixed))
        image: dict[int, int] = {}
        used: set[int] = set()

        def extend(depth: int) -> Iterator[list[int]]:
            if depth == self.num_nodes:
                yield [image[v] for v in range(self.num_nodes)]
                return
            node = todo[depth]
            choices = [fixed[node]] if node in fixed else range(self.num_nodes)
            for other in choices:
                if other in used or self.color[other] != self.color[node] or not self._fits(node, other, image):
                    continue
                image[node] = other
                used.add(other)
                yield from extend(depth + 1)
                used.discard(other)
                del image[node]

        return extend(0)

    def _fits(self, node: int, other: int, image: dict[int, int]) -> bool:
        relation = self.relation
        return relation[node][node] == relation[other][other] and all(
            relation[node][u] == relation[other][w] and relation[u][node] == relation[w][other]
            for u, w in image.items()
        )

    def _ordered(self, start: list[int]) -> list[int]:
        """The nodes, each next to an earlier one where possible, so that wrong choices are seen at once."""
        order, seen = list(start), set(start)
        rest = iter(range(self.num_nodes))
        position = 0
        while len(order) < self.num_nodes:
            if position == len(order):
                node = next(v for v in rest if v not in seen)
                order.append(node)
                seen.add(node)
            for *_, v in sorted(self.neighbors[order[position]], key=lambda item: item[2]):
                if v not in seen:
                    order.append(v)
                    seen.add(v)
            position += 1
        return order


def _rows(data: Data, names: Sequence[str], length: int) -> list[tuple[float, ...]]:
    columns = [data[name].reshape(length, -1).tolist() for name in names] if length > 0 else []
    # Adding zero turns -0.0 into 0.0.
    return [tuple(float(v) + 0.0 for column in columns for v in column[i]) for i in range(length)]


def _numbers(values: list[tuple[object, ...]] | list[tuple[float, ...]]) -> list[int]:
    names: dict[tuple[object, ...], int] = {}
    return [names.setdefault(tuple(value), len(names)) for value in values]
