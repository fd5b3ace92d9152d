r"""Inequalities that every cut of a graph obeys, and those that a point violates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pyg_symbreak.spins.exact.optional import import_scipy

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]
_CHUNK: Final = 2**21  # distances looked at together
_SMALL: Final = 1e-6
_FEW: Final = 20


class OddCycle(NamedTuple):
    r"""The inequality :math:`\sum_{e \in F} x_e - \sum_{e \in C \setminus F} x_e \le |F| - 1`.

    A cut meets every cycle :math:`C` in an even number of edges, so that it cannot consist of an odd number of its
    edges, :math:`F`, on that cycle ("On the cut polytope", Barahona and Mahjoub, Mathematical Programming 1986).

    Args:
        edges: The edges of the cycle, sorted.
        inside: Which of them belong to :math:`F`; an odd number.
    """

    edges: tuple[int, ...]
    inside: tuple[bool, ...]


def find_odd_cycles(
    head: _Ints,
    tail: _Ints,
    num_nodes: int,
    x: _Floats,
    short: Sequence[_Ints] = (),
    rng: np.random.Generator | None = None,
) -> dict[OddCycle, float]:
    r"""Find inequalities of odd cycles that a point violates; there are none only if it violates none at all.

    On the graph with two copies of each node, in which an edge joins equal copies at the price :math:`x_e` and
    opposite ones at :math:`1 - x_e`, a path between the copies of a node that is shorter than 1 is such a cycle. Listed
    short cycles are tried first, and paths only if few of those help: at first from some nodes drawn at random, as
    most cycles have many nodes, and from all of them if there is none.

    Args:
        head: One end of each edge, ``[m]``.
        tail: The other end, ``[m]``.
        num_nodes: How many nodes there are.
        x: The point, ``[m]``, with values in :math:`[0, 1]`.
        short: Cycles to try first, each a row of edges, ``[c, k]`` for each length.
        rng: The source of randomness.

    Returns:
        The inequalities, and by how much each is violated.

    Raises:
        ImportError: If scipy is missing.

    .. code-block:: python

        >>> triangle = np.array([0, 1, 2]), np.array([1, 2, 0])
        >>> find_odd_cycles(*triangle, 3, np.array([1.0, 1.0, 1.0]))
        {OddCycle(edges=(0, 1, 2), inside=(True, True, True)): 1.0}
        >>> find_odd_cycles(*triangle, 3, np.array([1.0, 1.0, 0.0]))
        {}
    """
    found: dict[OddCycle, float] = {}
    for cycles in short:
        found |= _among(cycles, x)
    if len(found) >= _FEW:
        return found
    order = (rng or np.random.default_rng(0)).permutation(num_nodes)
    part = max(_FEW, num_nodes // 4)
    for start in range(0, num_nodes, part):
        found |= _by_paths(head, tail, num_nodes, x, order[start : start + part])
        if found:
            break
    return found


def _among(cycles: _Ints, x: _Floats) -> dict[OddCycle, float]:
    """The best set F of each cycle: edges above one half, and if these are even in number, the closest one changed."""
    if not len(cycles):
        return {}
    values = x[cycles]
    inside = values > 0.5
    change = np.flatnonzero(inside.sum(1) % 2 == 0)
    closest = np.abs(values - 0.5).argmin(1)
    inside[change, closest[change]] ^= True
    violation = 1 - np.where(inside, 1 - values, values).sum(1)
    return {
        _cycle(cycles[i].tolist(), inside[i].tolist()): float(violation[i])
        for i in np.flatnonzero(violation > _SMALL).tolist()
    }


def _by_paths(head: _Ints, tail: _Ints, num_nodes: int, x: _Floats, starts: _Ints) -> dict[OddCycle, float]:
    sparse, csgraph = import_scipy("sparse"), import_scipy("sparse.csgraph")
    n, m = num_nodes, len(head)
    price = np.clip(np.concatenate([x, x, 1 - x, 1 - x]), 0, 1) + 1e-9  # of equal paths the one with fewer edges
    out = np.concatenate([head, head + n, head, head + n])
    into = np.concatenate([tail, tail + n, tail + n, tail])
    graph = sparse.csr_array((price, (out, into)), shape=(2 * n, 2 * n))
    number = dict(zip(zip(head.tolist(), tail.tolist()), range(m)))
    number |= {(b, a): e for (a, b), e in number.items()}
    found: dict[OddCycle, float] = {}
    step = max(1, _CHUNK // (2 * n))
    for start in range(0, len(starts), step):
        sources = starts[start : start + step]
        distance, before = csgraph.dijkstra(
            graph, directed=False, indices=sources, return_predecessors=True, limit=1 - _SMALL
        )
        for row in np.flatnonzero(distance[np.arange(len(sources)), sources + n] < 1 - _SMALL).tolist():
            cycle = _traced(before[row], int(sources[row]), n, number)
            found[cycle] = 1 - sum(1 - float(x[e]) if f else float(x[e]) for e, f in zip(*cycle))
    return {cycle: violation for cycle, violation in found.items() if violation > _SMALL / 2}


def _traced(before: _Ints, source: int, n: int, number: dict[tuple[int, int], int]) -> OddCycle:
    """The path from a node to its copy as a cycle. Where it meets itself, one of both loops is odd, and shorter."""
    node = source + n
    visited = {source: 0}
    edges: list[int] = []
    inside: list[bool] = []
    nodes = [source]
    while True:
        previous = int(before[node])
        edges.append(number[node % n, previous % n])
        inside.append((node < n) != (previous < n))
        node = previous
        place = visited.get(node % n)
        if place is None:
            visited[node % n] = len(edges)
            nodes.append(node % n)
        elif sum(inside[place:]) % 2:
            return _cycle(edges[place:], inside[place:])
        else:
            del edges[place:], inside[place:]
            for gone in nodes[place + 1 :]:
                del visited[gone]
            del nodes[place + 1 :]


def _cycle(edges: list[int], inside: list[bool]) -> OddCycle:
    order = sorted(range(len(edges)), key=edges.__getitem__)
    return OddCycle(tuple(edges[i] for i in order), tuple(inside[i] for i in order))
