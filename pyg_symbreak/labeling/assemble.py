r"""Up the tree: compare instances exactly, and build the order of an instance from the orders below it.

Every statement about symmetry is made here, and none rests on a hash: two instances are interchanged only if their
relabelled arcs and the cells of their nodes agree entry by entry.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import segment_arange
from pyg_symbreak.labeling.hashing import (
    GOLDEN,
    SECOND,
    argsort,
    group_sum,
    mix,
    run_lengths,
    sort_key,
    sort_within,
    take,
    where,
)
from pyg_symbreak.labeling.individualize import SAMPLE, Level


class Form(NamedTuple):
    r"""Instances written in their own order: node cells and arcs, one instance after the other."""

    key: Tensor  # a hash of all below
    made: Tensor  # the cells of the nodes
    code: Tensor  # the arcs as pairs of positions
    kid: Tensor | None  # their colours
    arc_ptr: Tensor  # offsets of the instances


class Symmetry(NamedTuple):
    r"""What a level proves: factors of the group order, and generators as pairs of nodes."""

    factor_owner: Tensor  # instance of the level
    factor: Tensor
    is_factorial: Tensor
    owner: Tensor  # instance of the level, for each pair
    generator: Tensor  # number of the generator, for each pair
    source: Tensor  # the generator moves this node of the batch …
    target: Tensor  # … to that one


def write_form(level: Level, kinds: Tensor | None) -> Form:
    r"""Write every instance of a level in its own order."""
    sizes = level.ptr.diff()
    slot = take(level.ptr, level.group) + level.pos
    made = torch.empty_like(level.made).index_copy_(0, slot, level.made)
    width = int(sizes.max()) if level.num > 0 else 1
    tail, head = take(level.pos, level.src), take(level.pos, level.dst)
    order = argsort(take(slot, level.src) * width + head, slot.numel() * width)
    key = mix(mix(level.made) + level.pos * GOLDEN)
    term = mix(tail * GOLDEN + head * SECOND)
    if kinds is not None and level.kid is not None:
        # A plain arc adds nothing, so a form does not depend on the other graphs of the batch.
        term += take(kinds, level.kid)
    total = group_sum(key, level.group, level.num)
    owner = take(level.group, level.src)
    total = total * GOLDEN + group_sum(mix(mix(term)), owner, level.num) + sizes
    arc_ptr = torch.zeros_like(level.ptr)
    torch.cumsum(torch.bincount(owner, minlength=level.num), 0, out=arc_ptr[1:])
    code = take(tail * width + head, order)
    return Form(mix(total), made, code, None if level.kid is None else take(level.kid, order), arc_ptr)


def differs(level: Level, form: Form, other: Tensor) -> Tensor:
    r"""Compare each instance with the instance ``other[i]``, entry by entry."""
    bad = torch.zeros(level.num, dtype=torch.bool, device=other.device)
    look = where(other != torch.arange(level.num, device=other.device))
    for ptr, values in ((level.ptr, [form.made]), (form.arc_ptr, [form.code, form.kid])):
        there = take(other, look)
        counts = take(ptr.diff(), look)
        same = counts == take(ptr.diff(), there)
        bad[take(look, where(~same))] = True
        keep = where(same)
        look, there, counts = take(look, keep), take(there, keep), take(counts, keep)
        here = take(ptr, look).repeat_interleave(counts) + segment_arange(counts)
        away = here + (take(ptr, there) - take(ptr, look)).repeat_interleave(counts)
        for value in values:
            if value is not None:
                wrong = where(take(value, here) != take(value, away))
                if wrong.numel() > 0:
                    bad[take(look.repeat_interleave(counts), wrong)] = True
    return bad


def assemble(
    level: Level, child: Level, kinds: Tensor | None, mode: str, generator: torch.Generator | None, random: bool,
    failed: Tensor, want: bool,
) -> Symmetry:  # fmt: skip
    r"""Order the instances of ``level`` whose parts are the instances of ``child``; mark graphs that resist."""
    form = write_form(child, kinds)
    parts = []
    if bool(child.is_copy.any()):
        parts.append(_from_copies(level, child, form, mode, failed, want))
    if bool(level.split.any()):
        parts.append(_from_blocks(level, child, form, generator, random, failed, want))
    return join_symmetries(parts)


def nothing(like: Tensor) -> Symmetry:
    r"""No symmetry."""
    e = torch.empty(0, dtype=torch.long, device=like.device)
    return Symmetry(e, e, e.to(torch.bool), e, e, e, e)


def join_symmetries(parts: list[Symmetry]) -> Symmetry:
    r"""Put together what was proved about one level; generators keep different numbers."""
    if len(parts) == 1:
        return parts[0]
    shift = int(parts[0].generator.max()) + 1 if parts[0].generator.numel() > 0 else 0
    parts[1] = parts[1]._replace(generator=parts[1].generator + shift)
    return Symmetry(*(torch.cat(columns) for columns in zip(*parts)))


def _from_copies(level: Level, child: Level, form: Form, mode: str, failed: Tensor, want: bool) -> Symmetry:
    number = torch.arange(child.num, device=failed.device)
    same = child.is_copy
    chosen = torch.full((level.num,), -1, device=failed.device)
    leads = same & child.base
    base = where(leads)
    chosen[take(child.parent, base)] = base
    if mode != SAMPLE:
        bad = differs(child, form, torch.where(same, take(chosen, child.parent), number))
        failed[take(child.graph, where(bad))] = True
    node = where(take(leads, child.group))
    level.pos.index_copy_(0, take(child.up, node), take(child.pos, node))
    if not want:
        return nothing(failed)
    owner = chosen.ge(0).nonzero().view(-1)
    factor = group_sum(same.to(torch.long), child.parent, level.num)[owner]
    probe = (same & ~child.base).nonzero().view(-1)
    counts = child.ptr.diff()[probe]
    root_at = torch.empty_like(child.root)
    root_at[child.ptr[child.group] + child.pos] = child.root
    parent = child.parent[probe]
    place = segment_arange(counts)
    source = root_at[(child.ptr[chosen[parent]].repeat_interleave(counts) + place).clamp(max=root_at.numel() - 1)]
    target = root_at[child.ptr[probe].repeat_interleave(counts) + place]
    names = torch.arange(probe.numel(), device=failed.device).repeat_interleave(counts)
    return Symmetry(
        owner, factor, torch.zeros_like(owner, dtype=torch.bool),
        parent.repeat_interleave(counts), names, source, target,
    )  # fmt: skip


def _from_blocks(
    level: Level, child: Level, form: Form, generator: torch.Generator | None, random: bool, failed: Tensor,
    want: bool,
) -> Symmetry:  # fmt: skip
    device = failed.device
    piece, loose = where(~child.is_copy), where(level.loose)
    owner = torch.cat([take(child.parent, piece), take(level.group, loose)])
    cells = sort_key(take(level.h, loose))
    # A loose node is a block of one node; its key is its cell.
    key = torch.cat([take(form.key, piece), mix(cells * GOLDEN + 1)])
    sizes = child.ptr.diff()
    size = torch.cat([take(sizes, piece), torch.ones_like(loose)])
    if random:
        block = torch.randperm(owner.numel(), generator=generator, device=device)
        order, new = sort_within(take(owner, block), level.num, take(key, block))
        block = take(block, order)
    else:
        block, new = sort_within(owner, level.num, key)
    size_in_order = take(size, block)
    # Positions count from the first block of the instance; the blocks of an instance hold all of its nodes.
    above = level.ptr.diff() * level.split
    first = above.cumsum(0) - above
    start = size_in_order.cumsum(0) - size_in_order
    offset = torch.empty_like(start).index_copy_(0, block, start) - take(first, owner)
    level.pos.index_copy_(0, loose, offset[piece.numel() :])
    of_piece = torch.zeros(child.num, dtype=torch.long, device=device)
    of_piece.index_copy_(0, piece, offset[: piece.numel()])
    node = where(take(~child.is_copy, child.group))
    place = take(of_piece, take(child.group, node)) + take(child.pos, node)
    level.pos.index_copy_(0, take(child.up, node), place)
    # Blocks with one key must really be alike.
    head = take(take(block, where(new)), new.cumsum(0) - 1)
    is_piece = block < piece.numel()
    mixed = is_piece != (head < piece.numel())
    cells = torch.cat([torch.zeros_like(piece), cells])
    mixed |= take(cells, block) != take(cells, head)
    failed[take(level.graph, take(owner, take(block, where(mixed))))] = True
    other = torch.arange(child.num, device=device)
    pairs = where(is_piece & ~mixed)
    other[take(piece, take(block, pairs))] = take(piece, take(head, pairs))
    failed[take(child.graph, where(differs(child, form, other)))] = True
    if not want:
        return nothing(failed)
    counts = run_lengths(new)
    several = counts > 1
    factor_owner = owner[block[new]][several]
    # Neighbours within a run are swapped by generators.
    left, right = block[:-1][~new[1:]], block[1:][~new[1:]]
    content = torch.cat([child.root, level.root[loose]])
    begin = torch.cat([child.ptr[piece], child.root.numel() + torch.arange(loose.numel(), device=device)])
    content[child.ptr[child.group] + child.pos] = child.root
    length = torch.minimum(size[left], size[right])
    place = segment_arange(length)
    a = content[begin[left].repeat_interleave(length) + place]
    b = content[begin[right].repeat_interleave(length) + place]
    names = torch.arange(left.numel(), device=device).repeat_interleave(length)
    who = owner[left].repeat_interleave(length)
    return Symmetry(
        factor_owner, counts[several], torch.ones_like(factor_owner, dtype=torch.bool),
        torch.cat([who, who]), torch.cat([names, names]), torch.cat([a, b]), torch.cat([b, a]),
    )  # fmt: skip
