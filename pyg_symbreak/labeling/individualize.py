r"""Down the tree: split graphs into independent pieces, and give one node of an indivisible piece its own colour.

A *level* is a batch of instances, each a coloured graph whose nodes are nodes of the instance above it. After
refinement an instance is one of three things. It is *discrete*: the hashes order its nodes. Or its residual arcs leave
it in pieces: the instances of the next level. Or it is one piece: for every node of its first smallest cell a copy
with that node individualized goes to the next level, and only the copies with the best trace stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import segment_arange
from pyg_symbreak.labeling.components import connected_components, residual_arcs
from pyg_symbreak.labeling.hashing import GOLDEN, argsort, group_sum, mix, sort_key, starts, take, where
from pyg_symbreak.labeling.refinement import refine

CERTIFY, SAMPLE = "certify", "sample"
MAX_ENTRIES = 1 << 22
# Beyond this work a search with pruning is faster than a probe of every node of a cell.
PROBES, MIN_WORK = 8, 1 << 12


@dataclass
class Level:
    r"""A batch of instances: nodes and arcs are stored one instance after the other."""

    group: Tensor  # the instance of each node
    ptr: Tensor  # offsets of the instances
    root: Tensor  # the node of the batch that each node stands for
    up: Tensor  # the node of the level above
    h: Tensor  # hashes
    made: Tensor  # the cell in the level above, as a sort key
    src: Tensor
    dst: Tensor
    kid: Tensor | None  # small numbers of the colours of the arcs
    parent: Tensor  # the instance above each instance
    graph: Tensor  # the graph of each instance
    certify: Tensor  # whether the instance lies on a base path, so that its symmetries are proved
    is_copy: Tensor  # whether the instance has an individualized node
    base: Tensor  # whether the instance is the base among the copies of its parent
    individual: Tensor  # the individualized node of the level above, or -1
    order: Tensor  # an order by instance and hash of the first nodes: those that need no refinement
    new: Tensor  # marks of the first nodes of cells in that order
    pos: Tensor = field(default_factory=lambda: torch.empty(0))  # positions of the nodes in their instances
    split: Tensor = field(default_factory=lambda: torch.empty(0))  # instances in pieces
    loose: Tensor = field(default_factory=lambda: torch.empty(0))  # nodes of those without residual arcs
    broken: Tensor = field(default_factory=lambda: torch.empty(0))  # instances with a proved hash collision

    @property
    def num(self) -> int:
        r"""The number of instances."""
        return self.ptr.numel() - 1


def expand(
    level: Level, kinds: Tensor | None, mode: str, generator: torch.Generator | None, random: bool, budget: int,
    exhausted: Tensor,
) -> tuple[Level, Level | None, int]:  # fmt: skip
    r"""Refine a level and make the next one, ``None`` if all is ordered.

    Returns:
        The level without the copies whose trace is not the best, the next level, and how many nodes its copies would
        have (beyond ``MAX_ENTRIES`` they are not made). Graphs that need more than ``budget`` copies are marked.
    """
    order, new = _refine(level, kinds)
    if bool(level.is_copy.any()):
        keep = _best_traces(level, new, generator, random)
        if not bool(keep.all()):
            level, order, new = _select(level, keep, order, new)
    nodes = torch.arange(level.group.numel(), device=order.device)
    cell_of_sorted = new.cumsum(0) - 1
    size = torch.bincount(cell_of_sorted)
    level.pos = torch.empty_like(order).index_copy_(0, order, nodes - take(level.ptr, level.group))
    # Nodes of different cells above must not have been thrown together by a collision.
    made = take(level.made, order)
    clash = where(~new[1:] & (made[1:] != made[:-1]))
    level.broken = torch.zeros(level.num, dtype=torch.bool, device=order.device)
    level.broken[take(level.group, clash)] = True
    level.split = torch.zeros_like(level.broken)
    level.loose = torch.zeros_like(new)
    if size.numel() == nodes.numel():
        return level, None, 0
    cell = torch.empty_like(order).index_copy_(0, order, cell_of_sorted)
    plural = take(size > 1, cell)
    open_ = torch.zeros_like(level.broken)
    open_[take(level.group, where(plural))] = True
    arc = where(take(plural, level.src) | take(plural, level.dst))
    src, dst = take(level.src, arc), take(level.dst, arc)
    kid = None if level.kid is None else take(level.kid, arc)
    rest = residual_arcs(cell, size, src, dst, kid, 1 if kinds is None else kinds.numel())
    src, dst, kid = take(src, rest), take(dst, rest), None if kid is None else take(kid, rest)
    component = connected_components(nodes.numel(), src, dst)
    inside = torch.zeros_like(plural)
    inside[src] = True
    is_root = (component == nodes).to(torch.long)
    whole = open_ & (group_sum(is_root, level.group, level.num) == 1)
    level.split = open_ & ~whole
    in_pieces = take(level.split, level.group)
    level.loose = in_pieces & ~inside
    in_pieces &= inside
    parts = []
    if bool(in_pieces.any()):
        parts.append(_pieces(level, component, cell, in_pieces, src, dst, kid))
    entries = 0
    if bool(whole.any()):
        chosen = _candidates(level, cell, size, plural, whole, mode, generator, random)
        graph = take(level.graph, take(level.group, chosen))
        many = torch.bincount(graph, minlength=exhausted.numel()) > budget
        if mode == CERTIFY:
            size = level.ptr.diff() + torch.bincount(level.group[src], minlength=level.num)
            work = size * torch.bincount(level.group[chosen], minlength=level.num)
            total = group_sum(size, level.graph, exhausted.numel())
            heavy = work > (total * PROBES)[level.graph].clamp(min=MIN_WORK)
            many[level.graph[heavy]] = True
        exhausted |= many
        chosen = take(chosen, where(~take(many, graph)))
        entries = int(take(level.ptr.diff(), take(level.group, chosen)).sum())
        if entries > MAX_ENTRIES:
            return level, None, entries
        if chosen.numel() > 0:
            parts.append(_copies(level, chosen, src, dst, kid))
    return level, _join(parts) if parts else None, entries


def _refine(level: Level, kinds: Tensor | None) -> tuple[Tensor, Tensor]:
    r"""Refine the nodes that are not settled, which come last; an order of all nodes, and marks of their cells."""
    factor = None if kinds is None or level.kid is None else take(kinds * 2 + 1, level.kid)
    first = level.order.numel()
    if first == level.h.numel():
        return level.order, level.new
    arc = int(torch.searchsorted(level.src, first))
    h, rest, new = refine(
        level.h[first:], level.group[first:], level.num, level.src[arc:] - first, level.dst[arc:] - first,
        None if factor is None else factor[arc:],
    )  # fmt: skip
    level.h = torch.cat([level.h[:first], h])
    return torch.cat([level.order, rest + first]), torch.cat([level.new, new])


def _best_traces(level: Level, new: Tensor, generator: torch.Generator | None, random: bool) -> Tensor:
    r"""Among the copies of one instance keep those with most cells and, of these, the largest hash of all colours."""
    cells = group_sum(new.to(torch.long), level.group, level.num)
    total = mix(group_sum(mix(level.h), level.group, level.num) + cells)
    above = int(level.parent.max()) + 1
    lowest = torch.iinfo(torch.long).min
    keep = torch.ones_like(level.is_copy)
    for value in (cells, total):
        candidate = level.is_copy & keep
        best = torch.full((above,), lowest, device=value.device)
        which = where(candidate)
        best.scatter_reduce_(0, take(level.parent, which), take(value, which), "amax")
        keep &= ~level.is_copy | (value == take(best, level.parent))
    draw = torch.rand(level.num, generator=generator, device=keep.device) if random else torch.zeros(level.num)
    number = torch.arange(level.num, device=keep.device)
    choice = torch.where(keep & level.is_copy, draw.to(keep.device, torch.float64), 2.0)
    best = torch.full((above,), 3.0, dtype=torch.float64, device=keep.device)
    best.scatter_reduce_(0, level.parent, choice, "amin")
    first = torch.full((above,), level.num, device=keep.device)
    hit = level.is_copy & keep & (choice == take(best, level.parent))
    which = where(hit)
    first.scatter_reduce_(0, take(level.parent, which), which, "amin")
    level.base = level.is_copy & (take(first, level.parent) == number)
    # A path that proves nothing needs one copy only; elsewhere the others are probes.
    return keep & (~level.is_copy | level.certify | level.base)


def _select(level: Level, keep: Tensor, order: Tensor, new: Tensor) -> tuple[Level, Tensor, Tensor]:
    stay = take(keep, level.group)
    index = stay.cumsum(0) - 1
    node, arc, instance = where(stay), where(take(stay, level.src)), where(keep)
    number = keep.cumsum(0) - 1
    selected = Level(
        take(number, take(level.group, node)), _offsets(take(level.ptr.diff(), instance)), take(level.root, node),
        take(level.up, node), take(level.h, node), take(level.made, node), take(index, take(level.src, arc)),
        take(index, take(level.dst, arc)), None if level.kid is None else take(level.kid, arc),
        take(level.parent, instance), take(level.graph, instance), take(level.certify, instance),
        take(level.is_copy, instance), take(level.base, instance), take(level.individual, instance),
        level.order, level.new,
    )  # fmt: skip
    held = where(take(stay, order))
    return selected, take(index, take(order, held)), take(new, held)


def _offsets(counts: Tensor) -> Tensor:
    ptr = torch.zeros(counts.numel() + 1, dtype=torch.long, device=counts.device)
    torch.cumsum(counts, 0, out=ptr[1:])
    return ptr


def _pieces(
    level: Level, component: Tensor, cell: Tensor, inside: Tensor, src: Tensor, dst: Tensor, kid: Tensor | None
) -> Level:
    r"""The connected pieces; what is equitable above is so in each of them, so they need no refinement."""
    num = component.numel()
    node = where(inside)
    key = take(component, node) * num + take(cell, node)
    order = argsort(key, num * num)
    node, key = take(node, order), take(key, order)
    new = starts(key)
    first = starts(torch.div(key, num, rounding_mode="floor"))
    begin = where(first)
    nodes = torch.arange(node.numel(), device=node.device)
    index = torch.empty_like(component).index_copy_(0, node, nodes)
    arc = where(take(inside, src))
    src, dst = take(index, take(src, arc)), take(index, take(dst, arc))
    order = argsort(src * num + dst, num * num)
    parent = take(level.group, take(node, begin))
    no = torch.zeros_like(parent, dtype=torch.bool)
    # The base flag decides later which copies are proved; pieces of a proved instance are proved.
    proved = level.certify & (~level.is_copy | level.base)
    h = take(level.h, node)
    return Level(
        first.cumsum(0) - 1, torch.cat([begin, begin.new_full((1,), node.numel())]), take(level.root, node), node, h,
        sort_key(h), take(src, order), take(dst, order), None if kid is None else take(kid, take(arc, order)),
        parent, take(level.graph, parent), take(proved, parent), no, no.clone(), torch.full_like(parent, -1),
        nodes, new,
    )  # fmt: skip


def _candidates(
    level: Level, cell: Tensor, size: Tensor, plural: Tensor, whole: Tensor, mode: str,
    generator: torch.Generator | None, random: bool,
) -> Tensor:  # fmt: skip
    r"""The nodes of the first smallest cell of every instance that is one piece."""
    node = where(plural & take(whole, level.group))
    key, group = take(cell, node), take(level.group, node)
    key += take(size, key) * size.numel()
    best = torch.full((level.num,), torch.iinfo(torch.long).max, device=node.device)
    best.scatter_reduce_(0, group, key, "amin")
    node = take(node, where(take(best, group) == key))
    if mode != SAMPLE:
        return node
    if random:
        node = take(node, torch.randperm(node.numel(), generator=generator, device=node.device))
    first = torch.full((level.num,), node.numel(), device=node.device)
    first.scatter_reduce_(0, take(level.group, node), torch.arange(node.numel(), device=node.device), "amin")
    return take(node, take(first, where(whole)))


def _copies(level: Level, chosen: Tensor, src: Tensor, dst: Tensor, kid: Tensor | None) -> Level:
    parent = take(level.group, chosen)
    start = take(level.ptr, parent)
    counts = take(level.ptr.diff(), parent)
    ptr = _offsets(counts)
    group = torch.repeat_interleave(counts)
    shift = start - ptr[:-1]
    node = torch.arange(group.numel(), device=group.device) + take(shift, group)
    h = take(level.h, node)
    made = sort_key(h)
    marked = chosen - shift
    h[marked] = mix(take(h, marked) + GOLDEN) + 1
    arc_start = torch.searchsorted(src, level.ptr)
    counts = take(arc_start.diff(), parent)
    arc = take(arc_start, parent).repeat_interleave(counts) + segment_arange(counts)
    shift = shift.repeat_interleave(counts)
    yes = torch.ones_like(parent, dtype=torch.bool)
    proved = level.certify & (~level.is_copy | level.base)
    return Level(
        group, ptr, take(level.root, node), node, h, made, take(src, arc) - shift, take(dst, arc) - shift,
        None if kid is None else take(kid, arc), parent, take(level.graph, parent), take(proved, parent), yes,
        yes.clone(), chosen, chosen[:0], yes[:0],
    )  # fmt: skip


def _join(parts: list[Level]) -> Level:
    if len(parts) == 1:
        return parts[0]
    a, b = parts
    nodes, num = a.group.numel(), a.num
    return Level(
        torch.cat([a.group, b.group + num]), torch.cat([a.ptr, b.ptr[1:] + nodes]), torch.cat([a.root, b.root]),
        torch.cat([a.up, b.up]), torch.cat([a.h, b.h]), torch.cat([a.made, b.made]),
        torch.cat([a.src, b.src + nodes]), torch.cat([a.dst, b.dst + nodes]),
        None if a.kid is None or b.kid is None else torch.cat([a.kid, b.kid]),
        torch.cat([a.parent, b.parent]), torch.cat([a.graph, b.graph]), torch.cat([a.certify, b.certify]),
        torch.cat([a.is_copy, b.is_copy]), torch.cat([a.base, b.base]), torch.cat([a.individual, b.individual]),
        a.order, a.new,
    )  # fmt: skip
