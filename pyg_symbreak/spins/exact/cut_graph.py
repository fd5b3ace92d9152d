r"""The graph whose cuts are the states of a lattice."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pyg_symbreak.spins.exact.integer_problem import IntegerProblem
from pyg_symbreak.spins.exact.optional import import_scipy

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


class CutGraph(NamedTuple):
    r"""A weighted graph: a state cuts the edges between unequal spins, and its energy is a constant plus twice the cut.

    A field is a coupling to one more spin, the last node. By symmetry it can be taken to be up.

    Args:
        head: One end of each edge, ``[m]``.
        tail: The other end, ``[m]``.
        num_nodes: How many nodes there are.
        weight: The couplings, ``[m]``.
        short: Short cycles, rows of edges: four around a square of the lattice, three with the field of two neighbours.
        num_sites: How many of the nodes are sites.
    """

    head: _Ints
    tail: _Ints
    num_nodes: int
    weight: _Ints
    short: tuple[_Ints, ...]
    num_sites: int

    def round(self, x: _Floats) -> _Ints:
        r"""A state near a point: decided by the edges of a spanning tree that are closest to 0 or 1, ``[n]``."""
        sparse, csgraph = import_scipy("sparse"), import_scipy("sparse.csgraph")
        n = self.num_nodes
        doubt = np.minimum(x, 1 - x) + 1e-6  # zeros would be no edges
        graph = sparse.csr_array((doubt, (self.head, self.tail)), shape=(n, n))
        tree = csgraph.minimum_spanning_tree(graph).tocoo()
        number = sparse.csr_array((np.arange(len(x)) + 1.0, (self.head, self.tail)), shape=(n, n)).tocoo()
        # Both are sorted by row, then column, up to what is left out.
        key = number.row.astype(np.int64) * n + number.col
        order = np.argsort(key)
        place = np.searchsorted(key[order], tree.row.astype(np.int64) * n + tree.col)
        edges = number.data[order][place].astype(np.int64) - 1
        return self._spins(edges, x[edges] > 0.5)

    def implied(self, lower: _Floats, upper: _Floats) -> tuple[_Floats, _Floats]:
        r"""Fix the edges whose ends are joined by fixed ones; the fixed ones must not contradict each other."""
        fixed = np.flatnonzero(lower == upper)
        copy = self._copies(fixed, lower[fixed] > 0.5)
        n = self.num_nodes
        equal, unequal = copy[self.head] == copy[self.tail], copy[self.head] == copy[self.tail + n]
        return np.where(unequal, 1.0, lower), np.where(equal, 0.0, upper)

    def _copies(self, edges: _Ints, cut: npt.NDArray[np.bool_]) -> _Ints:
        """The parts of two copies of the nodes that are joined by some edges, crosswise where they are cut."""
        sparse, csgraph = import_scipy("sparse"), import_scipy("sparse.csgraph")
        n = self.num_nodes
        head, tail, other = self.head[edges], self.tail[edges], np.where(cut, n, 0)
        out, into = np.concatenate([head, head + n]), np.concatenate([tail + other, tail + n - other])
        graph = sparse.csr_array((np.ones(len(out), dtype=np.int8), (out, into)), shape=(2 * n, 2 * n))
        part: _Ints = csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
        return part

    def _spins(self, edges: _Ints, cut: npt.NDArray[np.bool_]) -> _Ints:
        n = self.num_nodes
        copy = self._copies(edges, cut)
        spins = np.where(copy[:n] < copy[n:], 1, -1)
        if n > self.num_sites:
            # Only the part of the last node has to agree with it.
            together = (copy[:n] == copy[n - 1]) | (copy[n:] == copy[n - 1])
            spins = np.where(together, spins * spins[-1], spins)
        out: _Ints = spins[: self.num_sites]
        return out


def cut_graph(problem: IntegerProblem) -> CutGraph:
    r"""Build the graph of a lattice.

    Args:
        problem: The lattice.

    Raises:
        ImportError: If scipy is missing.

    .. code-block:: python

        >>> import torch
        >>> from pyg_symbreak.spins.exact.integer_problem import integer_problem
        >>> graph = cut_graph(integer_problem(torch.zeros(4, 4), torch.ones(2, 4, 4)))
        >>> graph.num_nodes, len(graph.weight), [cycles.shape for cycles in graph.short]
        (16, 32, [(16, 4)])
    """
    n = problem.num_sites
    pulled = np.flatnonzero(problem.field)
    head = np.concatenate([problem.head, pulled])
    tail = np.concatenate([problem.tail, np.full(len(pulled), n)])
    weight = np.concatenate([problem.coupling, problem.field[pulled]])
    number = {pair: e for e, pair in enumerate(zip(head.tolist(), tail.tolist()))}
    number |= {(b, a): e for (a, b), e in number.items()}
    sites = np.arange(n).reshape(problem.sizes)
    squares = []
    for first, second in combinations(range(sites.ndim), 2):
        right, down = np.roll(sites, -1, first), np.roll(sites, -1, second)
        corners = [part.ravel().tolist() for part in (sites, right, np.roll(right, -1, second), down)]
        squares += [_around(number, list(ring)) for ring in zip(*corners)]
    triangles = [_around(number, [a, b, n]) for a, b in zip(problem.head.tolist(), problem.tail.tolist())]
    short = tuple(
        np.array(kept, dtype=np.int64)
        for cycles in (squares, triangles)
        if (kept := [c for c in cycles if c is not None])
    )
    return CutGraph(head, tail, n + bool(len(pulled)), weight, short, n)


def _around(number: dict[tuple[int, int], int], ring: list[int]) -> list[int] | None:
    """The edges of a ring of nodes, if all of them are there."""
    edges = [number.get((a, b)) for a, b in zip(ring, [*ring[1:], ring[0]])]
    return None if None in edges else [e for e in edges if e is not None]
