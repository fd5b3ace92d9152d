r"""The search tree of one connected graph, cut by traces and by the automorphisms that turn up.

Individualization and refinement with automorphism pruning, as in McKay and Piperno, `"Practical graph isomorphism, II"
<https://arxiv.org/abs/1301.1493>`_. A node of the tree is a sequence of individualized nodes of the graph, a *path*; a
leaf is an order of all nodes. The canonical leaf has the largest sequence of traces and, among those, the largest
relabelled graph. Two leaves with one relabelled graph give an automorphism.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pyg_symbreak.labeling.trace import CopyRefiner, Hashes, Ints

MAX_LEAF_BYTES = 1 << 25
CHEAP_ARCS = 1 << 14


class BudgetError(Exception):
    r"""The tree is larger than the budget."""


@dataclass
class Budget:
    r"""Counts the nodes of the tree that are made."""

    left: int

    def spend(self, nodes: int) -> None:
        r"""Take nodes off the budget.

        Raises:
            BudgetError: If too few are left.
        """
        self.left -= nodes
        if self.left < 0:
            raise BudgetError


@dataclass
class Piece:
    r"""A connected graph with coloured nodes and arcs.

    Attributes:
        h: Hashes of the nodes under a stable colouring, ``[n]``.
        made: Small numbers that name the colours exactly, ``[n]``.
        src: First nodes of the arcs, ascending.
        dst: Second nodes of the arcs.
        kind: Colours of the arcs, 64-bit numbers.
        kid: Small numbers that name these colours exactly.
    """

    h: Hashes
    made: Ints
    src: Ints
    dst: Ints
    kind: Ints
    kid: Ints

    def key(self, order: Ints, path: list[int]) -> bytes:
        r"""Write the graph, and a path, in an order of its nodes: equal exactly if one maps onto the other."""
        n = order.size
        rank = np.empty_like(order)
        rank[order] = np.arange(n)
        code = (rank[self.src] * n + rank[self.dst]) * (int(self.kid.max(initial=0)) + 1) + self.kid
        code.sort()
        parts = [rank[path], self.made[order], code]
        return b"".join(part.astype("<i8").tobytes() for part in parts)


@dataclass
class Labelled:
    r"""What the search found: an order, its key, automorphisms ``[k, n]``, and the orbit sizes along the path."""

    order: Ints
    key: bytes
    generators: Ints
    factors: list[int]


@dataclass
class _Node:
    r"""A node of the tree on the current path."""

    h: Hashes
    cell: list[int]  # the nodes that may be individualized next
    rest: list[int]  # those not refined yet
    step: int  # how many of them to refine at once
    ready: list[tuple[int, Hashes]] = field(default_factory=list)  # refined, with the best trace
    tried: list[int] = field(default_factory=list)
    above: dict[int, int] | None = None  # union–find of the cell under the known automorphisms that fix the path

    def find(self, v: int) -> int:
        assert self.above is not None
        while self.above[v] != v:
            self.above[v] = v = self.above[self.above[v]]
        return v

    def merge(self, moves: Ints) -> None:
        for v, w in zip(self.cell, moves[self.cell].tolist()):
            if v != w:
                assert self.above is not None
                self.above[self.find(v)] = self.find(w)


class TreeSearch:
    r"""Search the tree of one piece.

    Args:
        piece: The graph, with at least two nodes.
        budget: How many nodes of the tree may still be made.
    """

    def __init__(self, piece: Piece, budget: Budget) -> None:
        self.piece, self.budget = piece, budget
        self.refiner = CopyRefiner(piece.h.size, piece.src, piece.dst, piece.kind)
        self.step = max(1, CHEAP_ARCS // max(1, piece.src.size))
        self.path: list[int] = []
        self.stack: list[_Node] = []
        self.best_trace: list[tuple[int, int]] = []
        self.best_key: bytes | None = None
        self.leaves: dict[bytes, tuple[Ints, list[int]]] = {}
        self.generators: list[Ints] = []

    def run(self) -> Labelled:
        r"""Visit the tree.

        Raises:
            BudgetError: If the budget is spent.
        """
        self._push(self.piece.h)
        while self.stack:
            node = self.stack[-1]
            child = self._next(node)
            if child is None:
                self.stack.pop()
                if self.path:
                    self.path.pop()
                continue
            node.tried.append(child[0])
            self.path.append(child[0])
            if self.best_trace[len(self.path) - 1][0] == self.piece.h.size:
                self._leaf(child[1])
            else:
                self._push(child[1])
        assert self.best_key is not None
        order, path = self.leaves[self.best_key]
        generators = np.array(self.generators, dtype=np.int64).reshape(-1, order.size)
        return Labelled(order, self.best_key, generators, self._factors(path))

    def _push(self, h: Hashes) -> None:
        cell = target_cell(h, self.piece.src, self.piece.dst)
        self.stack.append(_Node(h, cell, cell[::-1], self.step))

    def _next(self, node: _Node) -> tuple[int, Hashes] | None:
        r"""The next child that may lead to the best leaf and is no image of an earlier one."""
        while True:
            while node.ready:
                v, h = node.ready.pop()
                if not self._is_image(node, v):
                    return v, h
            if not node.rest:
                return None
            # To look at several siblings is cheap in small graphs, but automorphisms may spare most of them.
            some = [v for v in node.rest[: -node.step - 1 : -1] if not self._is_image(node, v)]
            del node.rest[-node.step :]
            node.step *= 2
            if some:
                self._refine(node, some)

    def _refine(self, node: _Node, some: list[int]) -> None:
        self.budget.spend(len(some))
        h, cells, trace = self.refiner.individualize(node.h, np.array(some))
        traces = list(zip(cells.tolist(), trace.tolist()))
        level, best = len(self.path), max(traces)
        if len(self.best_trace) == level or best > self.best_trace[level]:
            # All that was seen below is worse.
            self.best_trace[level:] = [best]
            self.best_key = None
            self.leaves.clear()
        best = self.best_trace[level]
        node.ready = [(some[i], h[i]) for i in reversed(range(len(some))) if traces[i] == best]

    def _is_image(self, node: _Node, v: int) -> bool:
        if not node.tried or not self.generators:
            return False
        if node.above is None:
            node.above = {w: w for w in node.cell}
            for moves in self.generators:
                if (moves[self.path] == self.path).all():
                    node.merge(moves)
        root = node.find(v)
        return any(node.find(w) == root for w in node.tried)

    def _leaf(self, h: Hashes) -> None:
        order = np.argsort(h)
        path = self.path.copy()
        self.path.pop()
        key = self.piece.key(order, path)
        same = self.leaves.get(key)
        if same is None:
            better = self.best_key is None or key > self.best_key
            if better or (len(self.leaves) + 1) * len(key) < MAX_LEAF_BYTES:
                self.leaves[key] = (order, path)
            if better:
                self.best_key = key
            return
        moves = np.empty_like(order)
        moves[same[0]] = order
        self.generators.append(moves)
        common = next(i for i, (v, w) in enumerate(zip(path, same[1])) if v != w)
        # The branch is the image of one that was searched: go back to where they part.
        del self.stack[common + 1 :]
        del self.path[common:]
        for node in self.stack:
            if node.above is not None:
                node.merge(moves)

    def _factors(self, path: list[int]) -> list[int]:
        r"""Sizes of the orbits along the best path, each under the automorphisms that fix the path before it.

        Every node of such an orbit lies below the best leaf's siblings, which were all searched after it, so the
        generators connect it.
        """
        factors, fixing = [], self.generators
        for v in path:
            orbit, new = {v}, [v]
            while new:
                w = new.pop()
                for moves in fixing:
                    image = int(moves[w])
                    if image not in orbit:
                        orbit.add(image)
                        new.append(image)
            factors.append(len(orbit))
            fixing = [moves for moves in fixing if moves[v] == v]
        return factors


def target_cell(h: Hashes, src: Ints, dst: Ints) -> list[int]:
    r"""Choose the cell whose nodes are individualized next: one that other cells depend on most, ascending.

    Two cells depend on each other if some, but not all, of the possible arcs run between them. Of the cells with
    several nodes that depend on most others the smallest is taken, and of these the first.
    """
    order = np.argsort(h, kind="stable")
    new = np.concatenate([[True], h[order][1:] != h[order][:-1]])
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, h.size))
    cell = np.empty_like(order)
    cell[order] = np.cumsum(new) - 1
    pairs, counts = np.unique(cell[src] * size.size + cell[dst], return_counts=True)
    tail, head = pairs // size.size, pairs % size.size
    partial = counts != size[tail] * (size[head] - (tail == head))
    depends = np.bincount(tail[partial], minlength=size.size)
    score = np.where(size > 1, depends * (h.size + 1) - size, -h.size - 1)
    first = int(score.argmax())
    return np.sort(order[start[first] : start[first] + size[first]]).tolist()  # type: ignore[no-any-return]
