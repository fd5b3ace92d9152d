r"""Colour refinement (1-WL) of a whole batch by sums of hashes."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.labeling.hashing import GOLDEN, group_sum, mix, sort_within


def multiplier(kind: Tensor | None) -> Tensor | None:
    r"""Odd factors that make the message along an arc depend on the colour of the arc; plain arcs have factor 1."""
    return None if kind is None else kind * 2 + 1


def refine_rounds(h: Tensor, src: Tensor, dst: Tensor, factor: Tensor | None, rounds: int) -> Tensor:
    r"""Run a fixed number of rounds: every node learns the multiset of its neighbours' colours.

    .. math::
        h_i \leftarrow c \, h_i + \sum_{j \in N(i)} f_{ij} \, \mathrm{mix}(h_j)
    """
    for _ in range(rounds):
        message = mix(h).index_select(0, dst)
        if factor is not None:
            message *= factor
        h = (h * GOLDEN).index_add_(0, src, message)
    return h


def refine(
    h: Tensor, group: Tensor, num_groups: int, src: Tensor, dst: Tensor, factor: Tensor | None, step: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Refine every group until its number of cells stops growing.

    A group stops on its own account, so its hashes do not depend on the other groups.

    Returns:
        The hashes, an order of the nodes by group and hash, and marks at the first node of each cell in that order.
    """
    order, new = sort_within(group, num_groups, h)
    count = group_sum(new.to(torch.long), group, num_groups)
    active: Tensor | None = None
    while True:
        refined = refine_rounds(h, src, dst, factor, step)
        h = refined if active is None else torch.where(active.index_select(0, group), refined, h)
        order, new = sort_within(group, num_groups, h)
        now = group_sum(new.to(torch.long), group, num_groups)
        grown = now > count
        active = grown if active is None else active & grown
        if not bool(active.any()):
            return h, order, new
        count = now
