r"""Colour refinement (1-WL) of a whole batch by sums of hashes."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.labeling.hashing import GOLDEN, group_sum, mix, sort_key, sort_within, take, where


def multiplier(kind: Tensor | None) -> Tensor | None:
    r"""Odd factors that make the message along an arc depend on the colour of the arc; plain arcs have factor 1."""
    return None if kind is None else kind * 2 + 1


def refine_rounds(h: Tensor, src: Tensor, dst: Tensor, factor: Tensor | None, rounds: int) -> Tensor:
    r"""Run a fixed number of rounds: every node learns the multiset of its neighbours' colours.

    .. math::
        h_i \leftarrow c \, h_i + \sum_{j \in N(i)} f_{ij} \, \mathrm{mix}(h_j)
    """
    for _ in range(rounds):
        message = take(mix(h), dst)
        if factor is not None:
            message *= factor
        h = (h * GOLDEN).index_add_(0, src, message)
    return h


def refine(
    h: Tensor, group: Tensor, num_groups: int, src: Tensor, dst: Tensor, factor: Tensor | None,
    known: tuple[Tensor, Tensor] | None = None, step: int = 2,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    r"""Refine every group until its number of cells stops growing.

    A group stops on its own account, so its hashes do not depend on the other groups.

    Args:
        h: The hashes of the nodes.
        group: The group of each node.
        num_groups: The number of groups.
        src: First nodes of the arcs.
        dst: Second nodes of the arcs.
        factor: Factors of the arcs, or ``None``.
        known: The order of the nodes by group and hash and its marks, if they are known.
        step: How many rounds lie between two sorts.

    Returns:
        The hashes, an order of the nodes by group and hash, and marks at the first node of each cell in that order.
    """
    order, new = sort_within(group, num_groups, h) if known is None else known
    # One round without a sort tells which groups are finished.
    refined = refine_rounds(h, src, dst, factor, 1)
    found = sort_key(take(refined, order))
    split = where((found[1:] != found[:-1]) & ~new[1:])
    if split.numel() == 0:
        return h, order, new
    active = torch.zeros(num_groups, dtype=torch.bool, device=h.device)
    active[take(group, take(order, split))] = True
    stay = take(active, group)
    node = where(stay)
    if 2 * node.numel() < stay.numel():
        # The few others go on alone.
        index = stay.cumsum(0) - 1
        arc = where(take(stay, src))
        number = active.cumsum(0) - 1
        part = _refine_on(
            take(h, node), take(number, take(group, node)), int(number[-1]) + 1, take(index, take(src, arc)),
            take(index, take(dst, arc)), None if factor is None else take(factor, arc), step,
        )  # fmt: skip
        place = where(take(stay, order))
        h = h.index_copy(0, node, part[0])
        return h, order.index_copy(0, place, take(node, part[1])), new.index_copy(0, place, part[2])
    done, (refined, order_on, new_on) = ~stay, _refine_on(h, group, num_groups, src, dst, factor, step)
    kept = take(done, order)
    return torch.where(done, h, refined), torch.where(kept, order, order_on), torch.where(kept, new, new_on)


def _refine_on(
    h: Tensor, group: Tensor, num_groups: int, src: Tensor, dst: Tensor, factor: Tensor | None, step: int
) -> tuple[Tensor, Tensor, Tensor]:
    count = torch.zeros(num_groups, dtype=torch.long, device=h.device)
    active: Tensor | None = None
    while True:
        refined = refine_rounds(h, src, dst, factor, step)
        h = refined if active is None else torch.where(take(active, group), refined, h)
        order, new = sort_within(group, num_groups, h)
        now = group_sum(new.to(torch.long), group, num_groups)
        grown = now > count
        active = grown if active is None else active & grown
        if not bool(active.any()):
            return h, order, new
        count = now
