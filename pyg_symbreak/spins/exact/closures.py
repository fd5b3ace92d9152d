r"""Count, list and draw the closed sets of an acyclic graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Uniform = Callable[[], float]


class Closures:
    r"""The sets of nodes of an acyclic directed graph that hold with every node all nodes it points to.

    They are counted by branching on a node (in: with all it reaches; out: with all that reach it), by parts where the
    rest falls apart, and by remembering what was counted. There can be :math:`2^n` of them and counting is #P-hard, so
    that it is given up where the work would exceed a budget.

    Args:
        num_nodes: How many nodes there are.
        arcs: Pairs of nodes, from and to.
        budget: How many sets of nodes may be looked at before counting is given up.

    .. code-block:: python

        >>> chain = Closures(3, [(0, 1), (1, 2)])
        >>> chain.count, sorted(map(sorted, chain.all()))
        (4, [[], [0, 1, 2], [1, 2], [2]])
        >>> Closures(200, []).count == 2**200
        True
    """

    def __init__(self, num_nodes: int, arcs: Iterable[tuple[int, int]], budget: int = 20_000) -> None:
        self.near = [0] * num_nodes
        after: list[list[int]] = [[] for _ in range(num_nodes)]
        before: list[list[int]] = [[] for _ in range(num_nodes)]
        for source, target in arcs:
            after[source].append(target)
            before[target].append(source)
            self.near[source] |= 1 << target
            self.near[target] |= 1 << source
        order = _targets_first(after)
        self.below = _reach(after, order)
        self.above = _reach(before, order[::-1])
        self.budget = budget
        self._known: dict[int, int] = {}
        self._parts = self._split((1 << num_nodes) - 1)
        counts = [self._count_part(part) for part in self._parts]
        self.count: int | None = 1
        for number in counts:
            self.count = None if self.count is None or number is None else self.count * number

    def sample(self, uniform: Uniform) -> set[int]:
        r"""Draw one set, uniformly; ``uniform`` gives fresh numbers in :math:`[0, 1)`.

        Raises:
            ValueError: If the sets were too many to count.
        """
        self._check()
        chosen, todo = 0, list(self._parts)
        while todo:
            part = todo.pop()
            pivot = self._pivot(part)
            inside = self._count(part & ~self.below[pivot])
            # A quotient of integers of any size is rounded once; each of them alone may be no float.
            if uniform() < inside / self._known[part]:
                chosen |= part & self.below[pivot]
                part &= ~self.below[pivot]
            else:
                part &= ~self.above[pivot]
            todo.extend(self._split(part))
        return _members(chosen)

    def all(self) -> list[set[int]]:
        r"""Every set, once.

        Raises:
            ValueError: If the sets were too many to count.
        """
        self._check()
        out = [0]
        for part in self._parts:
            options = self._options(part)
            out = [chosen | option for chosen in out for option in options]
        return [_members(chosen) for chosen in out]

    def _check(self) -> None:
        if self.count is None:
            raise ValueError(f"'Closures' expected to count the closed sets within {self.budget} steps (got too many)")

    def _options(self, mask: int) -> list[int]:
        if not mask:
            return [0]
        pivot = self._pivot(mask)
        below, above = mask & self.below[pivot], mask & self.above[pivot]
        return [below | option for option in self._options(mask & ~below)] + self._options(mask & ~above)

    def _count_part(self, part: int) -> int | None:
        try:
            return self._count(part)
        except _BudgetError:
            return None

    def _count(self, mask: int) -> int:
        out = 1
        for part in self._split(mask):
            if part not in self._known:
                if len(self._known) >= self.budget:
                    raise _BudgetError
                pivot = self._pivot(part)
                self._known[part] = self._count(part & ~self.below[pivot]) + self._count(part & ~self.above[pivot])
            out *= self._known[part]
        return out

    def _pivot(self, mask: int) -> int:
        """The node whose choice decides most others, however it falls."""
        return max(
            _members(mask), key=lambda v: min((mask & self.below[v]).bit_count(), (mask & self.above[v]).bit_count())
        )

    def _split(self, mask: int) -> list[int]:
        """The connected parts. What remains after a choice is ordered by its own arcs, so these suffice."""
        parts = []
        while mask:
            part = reached = mask & -mask
            while reached:
                node = reached.bit_length() - 1
                fresh = self.near[node] & mask & ~part
                part |= fresh
                reached = (reached & ~(1 << node)) | fresh
            parts.append(part)
            mask &= ~part
        return parts


class _BudgetError(Exception):
    """Counting takes too long."""


def _members(mask: int) -> set[int]:
    out = set()
    while mask:
        out.add(mask.bit_length() - 1)
        mask &= ~(1 << (mask.bit_length() - 1))
    return out


def _targets_first(after: list[list[int]]) -> list[int]:
    """An order in which every node comes after all it points to."""
    waiting = [len(targets) for targets in after]
    before: list[list[int]] = [[] for _ in after]
    for source, targets in enumerate(after):
        for target in targets:
            before[target].append(source)
    order = [node for node, number in enumerate(waiting) if number == 0]
    for node in order:
        for source in before[node]:
            waiting[source] -= 1
            if waiting[source] == 0:
                order.append(source)
    if len(order) < len(after):
        raise ValueError("'Closures' expected a graph without directed cycles (got one with a cycle)")
    return order


def _reach(after: list[list[int]], order: list[int]) -> list[int]:
    """For each node the set of those it reaches, itself included."""
    out = [0] * len(after)
    for node in order:
        out[node] = 1 << node
        for target in after[node]:
            out[node] |= out[target]
    return out
