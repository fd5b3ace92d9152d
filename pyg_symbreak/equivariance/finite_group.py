r"""Small finite groups by their multiplication tables: subgroups up to conjugacy, characters of order two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Subgroup:
    r"""A subgroup of a finite group.

    Args:
        members: The numbers of its elements, ascending.
        generators: Numbers of elements that generate it.

    .. code-block:: python

        >>> len(Subgroup((0,), ()))
        1
    """

    members: tuple[int, ...]
    generators: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.members)


class FiniteGroup:
    r"""A finite group by its multiplication table; element 0 is the identity.

    Args:
        images: For every generator the numbers of its products with all elements, generator first.

    .. code-block:: python

        >>> group = FiniteGroup([[1, 2, 3, 0]])  # cyclic of order four
        >>> len(group), [len(subgroup) for subgroup in group.subgroups()]
        (4, [1, 2, 4])
        >>> group.characters_of_order_two(group.subgroups()[-1]).tolist()
        [[1, 1, 1, 1], [1, -1, 1, -1]]
    """

    def __init__(self, images: Sequence[Sequence[int]]) -> None:
        steps = [np.array(row, dtype=np.int64) for row in images]
        size = len(steps[0])
        self.table: IntArray = np.full((size, size), -1, dtype=np.int64)
        r"""The products: ``table[a, b]`` is ``a`` times ``b``."""
        self.table[0] = np.arange(size)
        queue = [0]
        for a in queue:
            for step in steps:
                b = int(step[a])
                if self.table[b, 0] < 0:
                    self.table[b] = step[self.table[a]]
                    queue.append(b)
        self.inverses: IntArray = (self.table == 0).argmax(1)
        r"""The inverse of every element."""
        # Row x holds the conjugates of all elements g: the products x⁻¹ g x.
        self.conjugates: IntArray = np.stack([self.table[self.table[self.inverses[x]], x] for x in range(size)])
        r"""The conjugates: ``conjugates[x, g]`` is the inverse of ``x`` times ``g`` times ``x``."""

    def __len__(self) -> int:
        return len(self.table)

    def generated(self, generators: Sequence[int]) -> Subgroup:
        r"""The smallest subgroup that contains some elements."""
        inside = np.zeros(len(self), dtype=bool)
        inside[0] = True
        fresh = np.array([0])
        while fresh.size:
            reached = np.unique(self.table[list(generators)][:, fresh]) if generators else fresh[:0]
            fresh = reached[~inside[reached]]
            inside[fresh] = True
        return Subgroup(tuple(np.flatnonzero(inside).tolist()), tuple(generators))

    def subgroups(self, limit: int = 2000) -> tuple[Subgroup, ...]:
        r"""One subgroup of every class of conjugate ones, ascending by size.

        Every subgroup grows from the trivial one by elements of prime power order, one at a time, and conjugate ones
        grow alike; so it is enough to go on from one of every class.

        Raises:
            ValueError: If there are more than ``limit`` classes.
        """
        steps = self._prime_power_elements()
        start = self.generated(())
        seen, found = {frozenset(start.members)}, [start]
        for subgroup in found:
            inside = set(subgroup.members)
            for step in steps:
                if step in inside:
                    continue
                larger = self.generated((*subgroup.generators, step))
                if frozenset(larger.members) in seen:
                    continue
                seen.update(frozenset(row.tolist()) for row in self.conjugates[:, list(larger.members)])
                found.append(larger)
                if len(found) > limit:
                    raise ValueError(
                        f"'FiniteGroup.subgroups' expected at most {limit} classes of subgroups (got more)"
                    )
        return tuple(sorted(found, key=len))

    def characters_of_order_two(self, subgroup: Subgroup) -> IntArray:
        r"""The homomorphisms of a subgroup to :math:`\{\pm1\}`, ``[k, order]``: zero outside, the trivial one first."""
        found = []
        for signs in product((1, -1), repeat=len(subgroup.generators)):
            values = np.zeros(len(self), dtype=np.int64)
            values[0] = 1
            queue = [0]
            for a in queue:
                for g, sign in zip(subgroup.generators, signs, strict=True):
                    b = int(self.table[g, a])
                    if values[b] == 0:
                        values[b] = sign * values[a]
                        queue.append(b)
            inside = list(subgroup.members)
            steps = zip(subgroup.generators, signs, strict=True)
            if all((values[self.table[g, inside]] == sign * values[inside]).all() for g, sign in steps):
                found.append(values)
        return np.stack(found)

    def induced(self, subgroup: Subgroup, values: IntArray) -> IntArray:
        r"""The character of the group that a character of a subgroup induces.

        Args:
            subgroup: The subgroup.
            values: A character of it, ``[order]``, zero outside.
        """
        total: IntArray = values[self.conjugates].sum(0)
        return total // len(subgroup)

    def cosets(self, subgroup: Subgroup) -> tuple[int, ...]:
        r"""One element of every left coset of a subgroup, the identity first."""
        left = np.ones(len(self), dtype=bool)
        found = []
        for a in range(len(self)):
            if left[a]:
                found.append(a)
                left[self.table[a, list(subgroup.members)]] = False
        return tuple(found)

    def _prime_power_elements(self) -> list[int]:
        """One generator of every cyclic subgroup of prime power order."""
        found: dict[frozenset[int], int] = {}
        for a in range(1, len(self)):
            powers = self.generated((a,)).members
            order = len(powers)
            prime = next(p for p in range(2, order + 1) if order % p == 0)
            while order % prime == 0:
                order //= prime
            if order == 1:
                found.setdefault(frozenset(powers), a)
        return list(found.values())
