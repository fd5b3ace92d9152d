r"""Mixing of 64-bit integers, and sorting inside groups.

Sums of mixed integers wrap around, so they do not depend on the order of their terms, on any device. A collision of two
hashes can only make a partition coarser; every statement about symmetry is checked on the graph itself.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

GOLDEN = -7046029254386353131
FIRST = -4658895280553007687
SECOND = -7723592293110705685
KEY_BITS = 48
MAX_GROUPS = 1 << (63 - KEY_BITS)
_KEY_MASK = (1 << KEY_BITS) - 1
_LOW = (1 << 32) - 1
_LEAST_BITS = 16


def mix(x: Tensor) -> Tensor:
    r"""Scramble integers (fast, not injective)."""
    x = x * FIRST
    x ^= x >> 31
    x *= SECOND
    return x


def mix_injective(x: Tensor) -> Tensor:
    r"""Scramble integers without ever sending two of them to one."""
    x = (x * FIRST).add_(GOLDEN)
    x ^= (x >> 32).bitwise_and_(_LOW)
    x *= SECOND
    x ^= (x >> 32).bitwise_and_(_LOW)
    return x


def sort_key(h: Tensor) -> Tensor:
    r"""The bits of a hash by which nodes are compared: 48, whatever else is in the batch."""
    return (h >> (64 - KEY_BITS)).bitwise_and_(_KEY_MASK)


def take(x: Tensor, index: Tensor) -> Tensor:
    r"""The entries ``x[index]``, several times faster."""
    return x.index_select(0, index)


def where(mask: Tensor) -> Tensor:
    r"""The numbers of the entries that hold, ascending."""
    if mask.device.type == "cpu":
        return torch.from_numpy(mask.numpy().nonzero()[0])
    return mask.nonzero().view(-1)


def argsort(x: Tensor, bound: int | None = None) -> Tensor:
    r"""Sort integers; NumPy has vector instructions for it where torch has none.

    Numbers from 0 up to a ``bound`` are sorted faster, together with their places, if both fit into one integer; then
    the order is stable.
    """
    if x.device.type != "cpu":
        return torch.sort(x).indices
    bits = x.numel().bit_length()
    if bound is None or bound.bit_length() + bits > 63:
        return torch.from_numpy(np.argsort(x.numpy()))
    return _sort_packed(x << bits, bits)


def _sort_packed(high: Tensor, bits: int) -> Tensor:
    r"""Sort by the high bits, then by place."""
    packed = high.add_(torch.arange(high.numel()))
    packed.numpy().sort()
    return packed.bitwise_and_((1 << bits) - 1)


def sort(x: Tensor) -> Tensor:
    r"""Sorted copy of integers."""
    if x.device.type == "cpu":
        return torch.from_numpy(np.sort(x.numpy()))
    return torch.sort(x).values


def starts(x: Tensor) -> Tensor:
    r"""Mark the first entry of every run of equal neighbours."""
    new = torch.ones(x.numel(), dtype=torch.bool, device=x.device)
    if x.numel() > 1:
        torch.ne(x[1:], x[:-1], out=new[1:])
    return new


def sort_within(group: Tensor, num_groups: int, h: Tensor) -> tuple[Tensor, Tensor]:
    r"""Sort by group, then by hash; also mark where a new (group, hash) begins."""
    key = sort_key(h)
    if num_groups > MAX_GROUPS:
        order = argsort(key)
        order = take(order, torch.sort(take(group, order), stable=True).indices)
        return order, starts(take(key, order)) | starts(take(group, order))
    key |= group << KEY_BITS
    bits = key.numel().bit_length()
    drop = bits + num_groups.bit_length() + KEY_BITS - 63
    if key.device.type == "cpu" and drop <= KEY_BITS - _LEAST_BITS:
        # Sort by as many bits of the hash as fit beside the place; the others hardly ever matter.
        order = _sort_packed((key >> max(drop, 0)) << bits, bits)
        found = take(key, order)
        if not bool((found[1:] < found[:-1]).any()):
            return order, starts(found)
    order = argsort(key)
    return order, starts(take(key, order))


def run_lengths(new: Tensor) -> Tensor:
    r"""Lengths of the runs whose first entries are marked."""
    first = where(new)
    ends = torch.cat([first[1:], first.new_full((min(1, first.numel()),), new.numel())])
    return ends - first


def hash_rows(rows: Tensor) -> Tensor:
    r"""Hash the rows of an integer matrix and make sure that different rows get different hashes.

    Raises:
        ArithmeticError: If two different rows collide (expected once in :math:`10^{19}` pairs).
    """
    h = torch.full((rows.size(0),), rows.size(1), dtype=torch.long, device=rows.device)
    for column in rows.unbind(1):
        h = mix_injective(h * GOLDEN + column)
    check_injective(h, rows)
    return h


def check_injective(h: Tensor, rows: Tensor) -> None:
    r"""Make sure that equal hashes belong to equal rows."""
    if rows.size(1) < 2 or h.numel() < 2:
        return
    order = argsort(h)
    sorted_rows, tied = take(rows, order), ~starts(take(h, order))[1:]
    if bool((tied & (sorted_rows[1:] != sorted_rows[:-1]).any(1)).any()):
        raise ArithmeticError("two different attribute values have the same 64-bit hash (got a collision)")


def group_sum(values: Tensor, group: Tensor, num_groups: int) -> Tensor:
    r"""Add up integers group by group (exact and order-free)."""
    return torch.zeros(num_groups, dtype=values.dtype, device=values.device).index_add_(0, group, values)
