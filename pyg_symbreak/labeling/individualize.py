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
from pyg_symbreak.labeling.hashing import GOLDEN, argsort, group_sum, mix, sort_key
from pyg_symbreak.labeling.refinement import refine

CERTIFY, EXHAUST, SAMPLE = "certify", "exhaust", "sample"
MAX_ENTRIES = 1 << 22


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
    factor = None if kinds is None or level.kid is None else (kinds * 2 + 1)[level.kid]
    level.h, order, new = refine(level.h, level.group, level.num, level.src, level.dst, factor)
    if bool(level.is_copy.any()):
        keep = _best_traces(level, new, mode, generator, random)
        if not bool(keep.all()):
            level, order, new = _select(level, keep, order, new)
    nodes = torch.arange(level.group.numel(), device=order.device)
    cell_of_sorted = new.cumsum(0) - 1
    cell = torch.empty_like(order)
    cell[order] = cell_of_sorted
    size = torch.bincount(cell_of_sorted)
    level.pos = torch.empty_like(order)
    level.pos[order] = nodes - level.ptr[level.group]
    # Nodes of different cells above must not have been thrown together by a collision.
    made = level.made[order]
    clash = ~new[1:] & (made[1:] != made[:-1])
    level.broken = torch.zeros(level.num, dtype=torch.bool, device=order.device)
    level.broken[level.group[1:][clash]] = True
    plural = size.index_select(0, cell) > 1
    level.split = torch.zeros_like(level.broken)
    level.loose = torch.zeros_like(plural)
    if not bool(plural.any()):
        return level, None, 0
    open_ = torch.zeros_like(level.broken)
    open_[level.group[plural]] = True
    arc = (plural[level.src] | plural[level.dst]).nonzero().view(-1)
    src, dst = level.src[arc], level.dst[arc]
    kid = None if level.kid is None else level.kid[arc]
    rest = residual_arcs(cell, size, src, dst, kid, 1 if kinds is None else kinds.numel())
    rest = rest[argsort(src[rest] * nodes.numel() + dst[rest])]
    src, dst, kid = src[rest], dst[rest], None if kid is None else kid[rest]
    component = connected_components(nodes.numel(), src, dst)
    inside = torch.zeros_like(plural)
    inside[src] = True
    is_root = (component == nodes).to(torch.long)
    whole = open_ & (group_sum(is_root, level.group, level.num) == 1)
    level.split = open_ & ~whole
    level.loose = level.split[level.group] & ~inside
    parts = []
    if bool((level.split[level.group] & inside).any()):
        parts.append(_pieces(level, component, inside & level.split[level.group], src, dst, kid))
    entries = 0
    if bool(whole.any()):
        chosen = _candidates(level, cell, size, plural, whole, mode, generator, random)
        graph = level.graph[level.group[chosen]]
        many = torch.bincount(graph, minlength=exhausted.numel()) > budget
        exhausted |= many
        chosen = chosen[~many[graph]]
        entries = int((level.ptr.diff()[level.group[chosen]]).sum())
        if entries > MAX_ENTRIES:
            return level, None, entries
        if chosen.numel() > 0:
            parts.append(_copies(level, chosen, src, dst, kid))
    return level, _join(parts) if parts else None, entries


def _best_traces(level: Level, new: Tensor, mode: str, generator: torch.Generator | None, random: bool) -> Tensor:
    r"""Among the copies of one instance keep those with most cells and, of these, the largest hash of all colours."""
    cells = group_sum(new.to(torch.long), level.group, level.num)
    total = mix(group_sum(mix(level.h), level.group, level.num) + cells)
    above = int(level.parent.max()) + 1
    lowest = torch.iinfo(torch.long).min
    keep = torch.ones_like(level.is_copy)
    for value in (cells, total):
        candidate = level.is_copy & keep
        best = torch.full((above,), lowest, device=value.device)
        best.scatter_reduce_(0, level.parent[candidate], value[candidate], "amax")
        keep &= ~level.is_copy | (value == best[level.parent])
    if mode == EXHAUST:
        return keep
    draw = torch.rand(level.num, generator=generator, device=keep.device) if random else torch.zeros(level.num)
    number = torch.arange(level.num, device=keep.device)
    choice = torch.where(keep & level.is_copy, draw.to(keep.device, torch.float64), 2.0)
    best = torch.full((above,), 3.0, dtype=torch.float64, device=keep.device)
    best.scatter_reduce_(0, level.parent, choice, "amin")
    first = torch.full((above,), level.num, device=keep.device)
    hit = level.is_copy & keep & (choice == best[level.parent])
    first.scatter_reduce_(0, level.parent[hit], number[hit], "amin")
    level.base = level.is_copy & (first[level.parent] == number)
    # A path that proves nothing needs one copy only; elsewhere the others are probes.
    return keep & (~level.is_copy | level.certify | level.base)


def _select(level: Level, keep: Tensor, order: Tensor, new: Tensor) -> tuple[Level, Tensor, Tensor]:
    stay = keep[level.group]
    index = stay.cumsum(0) - 1
    arc = stay[level.src].nonzero().view(-1)
    counts = level.ptr.diff()[keep]
    number = keep.cumsum(0) - 1
    selected = Level(
        number[level.group[stay]], _offsets(counts), level.root[stay], level.up[stay], level.h[stay], level.made[stay],
        index[level.src[arc]], index[level.dst[arc]], None if level.kid is None else level.kid[arc],
        level.parent[keep], level.graph[keep], level.certify[keep], level.is_copy[keep], level.base[keep],
        level.individual[keep],
    )  # fmt: skip
    held = stay[order]
    return selected, index[order[held]], new[held]


def _offsets(counts: Tensor) -> Tensor:
    ptr = torch.zeros(counts.numel() + 1, dtype=torch.long, device=counts.device)
    torch.cumsum(counts, 0, out=ptr[1:])
    return ptr


def _pieces(level: Level, component: Tensor, inside: Tensor, src: Tensor, dst: Tensor, kid: Tensor | None) -> Level:
    node = inside.nonzero().view(-1)
    node = node[argsort(component[node] * component.numel() + node)]
    label, counts = torch.unique_consecutive(component[node], return_counts=True)
    index = torch.empty_like(component)
    index[node] = torch.arange(node.numel(), device=node.device)
    arc = inside[src].nonzero().view(-1)
    new_src, new_dst = index[src[arc]], index[dst[arc]]
    order = argsort(new_src * node.numel() + new_dst)
    parent = level.group[label]
    no = torch.zeros_like(parent, dtype=torch.bool)
    # The base flag decides later which copies are proved; pieces of a proved instance are proved.
    proved = level.certify & (~level.is_copy | level.base) if level.is_copy.numel() else level.certify
    return Level(
        torch.repeat_interleave(torch.arange(label.numel(), device=node.device), counts), _offsets(counts),
        level.root[node], node, level.h[node], sort_key(level.h[node]),
        new_src[order], new_dst[order], None if kid is None else kid[arc][order],
        parent, level.graph[parent], proved[parent], no, no.clone(), torch.full_like(parent, -1),
    )  # fmt: skip


def _candidates(
    level: Level, cell: Tensor, size: Tensor, plural: Tensor, whole: Tensor, mode: str,
    generator: torch.Generator | None, random: bool,
) -> Tensor:  # fmt: skip
    r"""The nodes of the first smallest cell of every instance that is one piece."""
    node = (plural & whole[level.group]).nonzero().view(-1)
    key = size[cell[node]] * size.numel() + cell[node]
    best = torch.full((level.num,), torch.iinfo(torch.long).max, device=node.device)
    best.scatter_reduce_(0, level.group[node], key, "amin")
    node = node[best[level.group[node]] == key]
    if mode != SAMPLE:
        return node
    shuffle = torch.randperm(node.numel(), generator=generator, device=node.device) if random else None
    node = node if shuffle is None else node[shuffle]
    first = torch.full((level.num,), node.numel(), device=node.device)
    first.scatter_reduce_(0, level.group[node], torch.arange(node.numel(), device=node.device), "amin")
    return node[first[whole.nonzero().view(-1)]]


def _copies(level: Level, chosen: Tensor, src: Tensor, dst: Tensor, kid: Tensor | None) -> Level:
    parent = level.group[chosen]
    counts = level.ptr.diff()[parent]
    ptr = _offsets(counts)
    group = torch.repeat_interleave(torch.arange(chosen.numel(), device=chosen.device), counts)
    node = level.ptr[parent][group] + segment_arange(counts)
    h = level.h[node]
    made = sort_key(h)
    marked = ptr[:-1] + chosen - level.ptr[parent]
    h[marked] = mix(h[marked] + GOLDEN) + 1
    arc_counts = torch.bincount(level.group[src], minlength=level.num)
    arc_start = _offsets(arc_counts)
    counts = arc_counts[parent]
    arc = arc_start[parent].repeat_interleave(counts) + segment_arange(counts)
    shift = (ptr[:-1] - level.ptr[parent]).repeat_interleave(counts)
    yes = torch.ones_like(parent, dtype=torch.bool)
    proved = level.certify & (~level.is_copy | level.base)
    return Level(
        group, ptr, level.root[node], node, h, made, src[arc] + shift, dst[arc] + shift,
        None if kid is None else kid[arc], parent, level.graph[parent], proved[parent], yes, yes.clone(), chosen,
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
    )  # fmt: skip
