r"""How every basis map is put together: pool, permute the axes, broadcast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations, permutations
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.nn.ign.partitions import Partition, set_partitions


class Key(NamedTuple):
    r"""One way to read a tensor of lower order off a tensor: its entries on a diagonal, summed over some of the axes.

    Attributes:
        partition: Which axes of the tensor have equal indices; its blocks are the axes of the diagonal.
        kept: Numbers of the blocks that are not summed over, ascending. Read backwards, from low order to high, a key
            broadcasts along the blocks that are not kept and writes to the diagonal.
    """

    partition: Partition
    kept: tuple[int, ...]


@cache
def keys(order: int, level: int) -> tuple[Key, ...]:
    r"""All ways to read a tensor of order ``level`` off one of order ``order``.

    .. code-block:: python

        >>> [len(keys(2, level)) for level in range(3)]  # trace and sum; diagonal, rows and columns; itself
        [2, 3, 1]
    """
    return tuple(
        Key(partition, kept)
        for partition in set_partitions(order)
        for kept in combinations(range(len(partition)), level)
    )


@dataclass(frozen=True)
class BasisMap:
    r"""One basis map of the equivariant linear maps of order :math:`k \to l`.

    Attributes:
        source: What is read off the input.
        axes: Axis ``a`` of what is read becomes axis ``axes[a]`` of what is written.
        target: Where it is written in the output.
        partition: The partition of the :math:`k` input axes, followed by the :math:`l` output axes, to which the map
            belongs: entry :math:`(y, x)` of its matrix is one if indices in one block are equal, and zero otherwise.
    """

    source: Key
    axes: tuple[int, ...]
    target: Key
    partition: Partition

    @property
    def num_sums(self) -> int:
        r"""How many axes are summed over: the blocks that hold input axes only."""
        return len(self.source.partition) - len(self.source.kept)


@cache
def basis_maps(in_order: int, out_order: int) -> tuple[BasisMap, ...]:
    r"""List the basis of the equivariant linear maps of order ``in_order`` → ``out_order``, one map a set partition.

    They are sorted by the order of the tensor in between, then by what is read, the axes, and what is written. With
    fewer than ``in_order + out_order`` nodes, those with more blocks than nodes depend linearly on the others.

    .. code-block:: python

        >>> len(basis_maps(2, 2)), len(basis_maps(3, 2)), len(basis_maps(3, 3))
        (15, 52, 203)
    """
    return tuple(
        BasisMap(source, axes, target, _join(source, axes, target, in_order))
        for level in range(min(in_order, out_order) + 1)
        for source in keys(in_order, level)
        for axes in permutations(range(level))
        for target in keys(out_order, level)
    )


def _join(source: Key, axes: tuple[int, ...], target: Key, in_order: int) -> Partition:
    written = [tuple(axis + in_order for axis in block) for block in target.partition]
    merged = {source.kept[a]: target.kept[b] for a, b in enumerate(axes)}
    blocks = [
        block + (written[merged[number]] if number in merged else ()) for number, block in enumerate(source.partition)
    ]
    blocks += [block for number, block in enumerate(written) if number not in target.kept]
    return tuple(sorted(blocks))


def basis_matrix(partition: Partition, in_order: int, out_order: int, num_nodes: int) -> Tensor:
    r"""Write a basis map down as a matrix; for small orders and few nodes, to compare with.

    Args:
        partition: A partition of the input axes, followed by the output axes.
        in_order: The number of input axes, :math:`k`.
        out_order: The number of output axes, :math:`l`.
        num_nodes: :math:`n`.

    Returns:
        A matrix of zeros and ones, :math:`[n^l, n^k]`, float64.

    Raises:
        ValueError: If the partition is not one of the axes.

    .. code-block:: python

        >>> basis_matrix(((0, 1),), 1, 1, num_nodes=2)
        tensor([[1., 0.],
                [0., 1.]], dtype=torch.float64)
    """
    order = in_order + out_order
    if sorted(axis for block in partition for axis in block) != list(range(order)):
        raise ValueError(f"'basis_matrix' expected a partition of 0 … {order - 1} (got {partition})")
    index = torch.cartesian_prod(*[torch.arange(num_nodes)] * order).view(-1, order) if order > 0 else None
    if index is None:
        return torch.ones(1, 1, dtype=torch.double)
    equal = torch.ones(index.size(0), dtype=torch.bool)
    for block in partition:
        equal &= (index[:, list(block)] == index[:, block[:1]]).all(1)
    # The input axes come first in the index and are the columns of the matrix.
    return equal.double().view(num_nodes**in_order, num_nodes**out_order).t().contiguous()
