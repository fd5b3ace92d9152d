r"""Permutation groups given by generators, and their cosets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Images: TypeAlias = tuple[int, ...]
r"""A permutation of :math:`0, \dots, m - 1` as the images of these numbers."""


def coset_images(
    generators: Sequence[Images], subgroup: Sequence[Images], *, owner: str, limit: int
) -> tuple[Images, ...] | None:
    r"""Let a permutation group act on the cosets :math:`G/H` of a subgroup, :math:`g \cdot aH = (ga)H`.

    Args:
        generators: Generators of :math:`G`, at least one.
        subgroup: Generators of :math:`H`; none for the trivial subgroup.
        owner: The name in the error.
        limit: How many elements the group may have.

    Returns:
        For every generator, the images of the cosets, of which number 0 is :math:`H` itself; :obj:`None` if :math:`H`
        is not inside :math:`G`.

    Raises:
        ValueError: If the group has more elements.

    .. code-block:: python

        >>> rotation, flip = (1, 2, 3, 0), (0, 3, 2, 1)  # of a square
        >>> coset_images([rotation, flip], [flip], owner="example", limit=100)
        ((1, 2, 3, 0), (0, 3, 2, 1))
    """
    group = _closure(generators, len(generators[0]), owner, limit)
    if not set(subgroup) <= set(group):
        return None
    members = _closure(subgroup, len(generators[0]), owner, limit)
    coset: dict[Images, int] = {}
    leaders: list[Images] = []
    for element in group:
        if element not in coset:
            for member in members:
                coset[_compose(element, member)] = len(leaders)
            leaders.append(element)
    return tuple(tuple(coset[_compose(g, leader)] for leader in leaders) for g in generators)


def _compose(first: Images, second: Images) -> Images:
    """The permutation that does ``second`` and then ``first``."""
    return tuple(first[point] for point in second)


def _closure(generators: Sequence[Images], size: int, owner: str, limit: int) -> list[Images]:
    found = [tuple(range(size))]
    seen = set(found)
    for element in found:  # grows while it is read
        for generator in generators:
            product = _compose(generator, element)
            if product not in seen:
                seen.add(product)
                found.append(product)
                if len(found) > limit:
                    raise ValueError(f"'{owner}' expected a group of at most {limit} elements (got more)")
    return found
