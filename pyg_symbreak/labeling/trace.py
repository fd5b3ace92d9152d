r"""Colour refinement of many copies of one graph at once, each copy with one more individualized node."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Hashes: TypeAlias = npt.NDArray[np.uint64]

MAX_ENTRIES = 1 << 18
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_SHIFT = np.uint64(31)


def scramble(x: Hashes) -> Hashes:
    r"""Mix the bits of 64-bit numbers."""
    x = (x + _MULTIPLIER) * _FIRST
    x ^= x >> _SHIFT
    x *= _SECOND
    x ^= x >> _SHIFT
    return x


class CopyRefiner:
    r"""Refines colourings of one graph, a row for each colouring.

    A row stops on its own account, so its hashes do not depend on the other rows, nor on the numbering of the nodes.

    Args:
        num_nodes: Number of nodes.
        src: First nodes of the arcs, ascending.
        dst: Second nodes of the arcs.
        kind: Colours of the arcs, any 64-bit numbers.
    """

    def __init__(self, num_nodes: int, src: Ints, dst: Ints, kind: Ints) -> None:
        self.num_nodes, self.dst = num_nodes, dst
        self.factor: Hashes | None = None
        if kind.size > 0 and bool((kind != 0).any()):
            self.factor = kind.astype(np.uint64) * np.uint64(2) + np.uint64(1)
        degree = np.bincount(src, minlength=num_nodes)
        self.bound = np.flatnonzero(degree)
        self.start = (np.cumsum(degree) - degree)[self.bound]

    def individualize(self, h: Hashes, nodes: Ints) -> tuple[Hashes, Ints, Hashes]:
        r"""Give in turn each of some nodes its own colour, and refine.

        Args:
            h: Hashes of the nodes, ``[n]``.
            nodes: The nodes, ``[k]``.

        Returns:
            Hashes ``[k, n]``, numbers of cells ``[k]``, and hashes of all that was learned, the traces, ``[k]``.
        """
        step = max(1, MAX_ENTRIES // max(1, self.dst.size))
        parts = []
        for first in range(0, nodes.size, step):
            some = nodes[first : first + step]
            rows = np.repeat(h[None], some.size, 0)
            rows[np.arange(some.size), some] = scramble(h[some] ^ _SECOND)
            parts.append(self.refine(rows))
        if len(parts) == 1:
            return parts[0]
        refined, cells, trace = zip(*parts)
        return np.concatenate(refined), np.concatenate(cells), np.concatenate(trace)

    def refine(self, h: Hashes) -> tuple[Hashes, Ints, Hashes]:
        r"""Refine every row of ``h`` until its number of cells stops growing; returns as :meth:`individualize`."""
        cells = _count(h)
        active = np.arange(h.shape[0])
        while active.size > 0:
            rows = self._round(h if active.size == h.shape[0] else h[active])
            now = _count(rows)
            h = _put(h, active, rows)
            grown = (now > cells[active]) & (now < self.num_nodes)
            cells[active] = now
            active = active[grown]
        return h, cells, scramble(scramble(h).sum(1, dtype=np.uint64))

    def _round(self, h: Hashes) -> Hashes:
        rows: Hashes = h * _MULTIPLIER
        if self.bound.size == 0:
            return rows
        message = scramble(h)[:, self.dst]
        if self.factor is not None:
            message *= self.factor
        total = np.add.reduceat(message, self.start, axis=1)
        if self.bound.size == self.num_nodes:
            rows += total
        else:
            rows[:, self.bound] += total
        return rows


def _count(h: Hashes) -> Ints:
    ordered = np.sort(h, axis=1)
    cells: Ints = (ordered[:, 1:] != ordered[:, :-1]).sum(1, dtype=np.int64)
    cells += min(1, h.shape[1])
    return cells


def _put(h: Hashes, active: Ints, rows: Hashes) -> Hashes:
    if active.size == h.shape[0]:
        return rows
    h[active] = rows
    return h
