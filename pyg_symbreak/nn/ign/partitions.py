r"""Set partitions, which number the equivariant linear maps between tensors over the nodes of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

Partition: TypeAlias = tuple[tuple[int, ...], ...]


def set_partitions(size: int, max_blocks: int | None = None) -> tuple[Partition, ...]:
    r"""List the partitions of :math:`\{0, \dots, \text{size} - 1\}` into non-empty blocks.

    Args:
        size: The number of elements.
        max_blocks: The largest number of blocks; as many as there are elements by default.

    Returns:
        The partitions, the finest first. Blocks are sorted by their smallest element, elements inside blocks as well.

    Raises:
        ValueError: If a number is negative.

    .. code-block:: python

        >>> set_partitions(2)
        (((0,), (1,)), ((0, 1),))
        >>> len(set_partitions(4)), len(set_partitions(4, max_blocks=2))
        (15, 8)
    """
    _natural("set_partitions", size=size, max_blocks=0 if max_blocks is None else max_blocks)
    return tuple(p for p in _sorted_partitions(size) if max_blocks is None or len(p) <= max_blocks)


@cache
def _sorted_partitions(size: int) -> tuple[Partition, ...]:
    return tuple(sorted(_partitions(size), key=lambda p: (-len(p), p)))


def _partitions(size: int) -> Iterator[Partition]:
    if size == 0:
        yield ()
        return
    last = size - 1
    for partition in _partitions(last):
        for place, block in enumerate(partition):
            yield (*partition[:place], (*block, last), *partition[place + 1 :])
        yield (*partition, (last,))


def stirling(size: int, blocks: int) -> int:
    r"""Count the partitions of ``size`` elements into exactly ``blocks`` blocks (Stirling number of the second kind).

    .. code-block:: python

        >>> [stirling(4, blocks) for blocks in range(5)]
        [0, 1, 7, 6, 1]
    """
    _natural("stirling", size=size, blocks=blocks)
    row = [1] + [0] * blocks
    for _ in range(size):
        row = [0, *(row[b - 1] + b * row[b] for b in range(1, blocks + 1))]
    return row[blocks]


def hom_dimension(in_order: int, out_order: int, num_nodes: int) -> int:
    r"""Count the independent linear maps :math:`(\mathbb{R}^n)^{\otimes k} \to (\mathbb{R}^n)^{\otimes l}` that commute
    with all permutations of the :math:`n` nodes.

    .. math::
        \dim \mathrm{Hom}_{S_n} = \sum_{b = 0}^{n} S(k + l, b)

    A map is a tensor of order :math:`k + l` that is constant on the orbits of :math:`S_n`; an orbit says which indices
    are equal, and :math:`n` nodes allow up to :math:`n` different ones. For :math:`n \geq k + l` it is the Bell number
    of `"Invariant and Equivariant Graph Networks" <https://arxiv.org/abs/1812.09902>`_.

    Args:
        in_order: :math:`k`.
        out_order: :math:`l`.
        num_nodes: :math:`n`.

    Raises:
        ValueError: If a number is negative.

    .. code-block:: python

        >>> [hom_dimension(2, 2, n) for n in (2, 3, 4, 100)]
        [8, 14, 15, 15]
    """
    _natural("hom_dimension", in_order=in_order, out_order=out_order, num_nodes=num_nodes)
    order = in_order + out_order
    return sum(stirling(order, blocks) for blocks in range(min(order, num_nodes) + 1))


def _natural(owner: str, **numbers: int) -> None:
    for name, number in numbers.items():
        if number < 0:
            raise ValueError(f"'{owner}' expected '{name}' to be at least 0 (got {number})")
