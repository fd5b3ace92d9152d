r"""The exact engine: a canonical order of every graph of a batch, drawn uniformly, with a proof."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import segment_arange
from pyg_symbreak.labeling.assemble import Symmetry, assemble
from pyg_symbreak.labeling.coloring import ColoredGraphs
from pyg_symbreak.labeling.hashing import GOLDEN, MAX_GROUPS, mix, sort_within, take, where
from pyg_symbreak.labeling.individualize import CERTIFY, MAX_ENTRIES, SAMPLE, Level, expand
from pyg_symbreak.labeling.refinement import multiplier, refine, refine_rounds

FIRST_ROUNDS = 4


class Labeling(NamedTuple):
    r"""A canonical order of a batch and what was proved about it."""

    rank: Tensor  # position of each node in its graph
    failed: Tensor  # graphs whose leaves are not all equivalent, so the order is not canonical
    exhausted: Tensor  # graphs that ran over the node budget
    symmetries: list[Symmetry]  # proofs, with owners replaced by graphs
    crowded: bool = False  # the batch as a whole was too large, and nothing is known


def label(
    graphs: ColoredGraphs, mode: str = CERTIFY, random: bool = True, generator: torch.Generator | None = None,
    budget: int = 1 << 16, want_symmetries: bool = False,
) -> Labeling:  # fmt: skip
    r"""Order every graph.

    Args:
        graphs: The batch.
        mode: ``"certify"`` proves that all leaves are equivalent or marks the graph as failed; ``"sample"`` takes one
            random leaf and proves nothing.
        random: Whether to draw the order uniformly among the equivalent ones.
        generator: The source of randomness.
        budget: The largest number of copies of one graph with an individualized node in one level of the tree.
        want_symmetries: Whether to return the proofs.
    """
    num, device = graphs.num_graphs, graphs.color.device
    if num > MAX_GROUPS:
        raise ValueError(f"'label' expected at most {MAX_GROUPS} graphs at once (got {num})")
    failed = torch.zeros(num, dtype=torch.bool, device=device)
    exhausted = torch.zeros_like(failed)
    factor = multiplier(graphs.kind)
    h = refine_rounds(mix(graphs.color + GOLDEN), graphs.src, graphs.dst, factor, FIRST_ROUNDS)
    order, new = sort_within(graphs.batch, num, h)
    rank = torch.arange(order.numel(), device=device) - take(graphs.ptr, graphs.batch)
    rank = torch.empty_like(order).index_copy_(0, order, rank)
    if bool(new.all()):
        return Labeling(rank, failed, exhausted, [])
    open_ = torch.zeros_like(failed)
    open_[take(graphs.batch, where(~new))] = True
    root, kinds = _root_level(graphs, h, order, new, open_, mode)
    levels, level = [], root
    while True:
        level, child, entries = expand(level, kinds, mode, generator, random, budget, exhausted)
        levels.append(level)
        if entries > MAX_ENTRIES:
            exhausted |= open_
            return Labeling(rank, failed, exhausted, [], crowded=True)
        failed[take(level.graph, where(level.broken))] = True
        if child is None:
            break
        level = child
    symmetries = []
    for depth in range(len(levels) - 1, -1, -1):
        child = levels[depth + 1] if depth + 1 < len(levels) else _empty(levels[depth])
        if child.num > 0 or bool(levels[depth].split.any()):
            proof = assemble(levels[depth], child, kinds, mode, generator, random, failed, want_symmetries)
            symmetries.append((depth, proof))
    rank[levels[0].root] = levels[0].pos
    proofs = _on_base_path(levels, symmetries) if want_symmetries else []
    return Labeling(rank, failed, exhausted, proofs)


def _root_level(
    graphs: ColoredGraphs, h: Tensor, order: Tensor, new: Tensor, open_: Tensor, mode: str
) -> tuple[Level, Tensor | None]:
    r"""The graphs that are not discrete after the first rounds, refined."""
    stay = take(open_, graphs.batch)
    node, arc, graph = where(stay), where(take(stay, graphs.src)), where(open_)
    index = stay.cumsum(0) - 1
    counts = take(graphs.ptr.diff(), graph)
    ptr = torch.zeros(graph.numel() + 1, dtype=torch.long, device=h.device)
    torch.cumsum(counts, 0, out=ptr[1:])
    group = torch.repeat_interleave(counts)
    src, dst = take(index, take(graphs.src, arc)), take(index, take(graphs.dst, arc))
    kinds, kid, factor = None, None, None
    if graphs.kind is not None:
        kind = take(graphs.kind, arc)
        kinds, kid = torch.unique(kind, return_inverse=True)
        factor = multiplier(kind)
    # A graph keeps its nodes together, so its places in the order are the numbers of its nodes.
    known = take(index, take(order, node)), take(new, node)
    h, order, new = refine(take(h, node), group, graph.numel(), src, dst, factor, known)
    no = torch.zeros_like(graph, dtype=torch.bool)
    level = Level(
        group, ptr, node, torch.full_like(node, -1), h, take(graphs.color, node), src, dst, kid,
        torch.zeros_like(graph), graph, torch.full_like(no, mode != SAMPLE), no, no.clone(),
        torch.full_like(graph, -1), order, new,
    )  # fmt: skip
    return level, kinds


def _empty(level: Level) -> Level:
    e = level.group[:0]
    no = e.to(torch.bool)
    return Level(
        e, level.ptr[:1] * 0, e, e, e, e, e, e, None if level.kid is None else e, e, e, no, no, no, e, e, no, e, no, no
    )


def _on_base_path(levels: list[Level], symmetries: list[tuple[int, Symmetry]]) -> list[Symmetry]:
    r"""Keep what concerns the chosen path, and name graphs instead of instances."""
    on_path = [torch.ones(levels[0].num, dtype=torch.bool, device=levels[0].ptr.device)]
    for level in levels[1:]:
        on_path.append(on_path[-1][level.parent] & (~level.is_copy | level.base))
    kept = []
    for depth, proof in symmetries:
        path, graph = on_path[depth], levels[depth].graph
        f, p = path[proof.factor_owner], path[proof.owner]
        kept.append(
            Symmetry(
                graph[proof.factor_owner[f]],
                proof.factor[f],
                proof.is_factorial[f],
                graph[proof.owner[p]],
                proof.generator[p],
                proof.source[p],
                proof.target[p],
            )
        )
    return kept


def subgraphs(graphs: ColoredGraphs, chosen: Tensor) -> tuple[ColoredGraphs, Tensor]:
    r"""Take some graphs out of a batch; also returns their nodes in the batch."""
    counts = graphs.ptr.diff()[chosen]
    node = graphs.ptr[chosen].repeat_interleave(counts) + segment_arange(counts)
    ptr = torch.zeros(chosen.numel() + 1, dtype=torch.long, device=node.device)
    torch.cumsum(counts, 0, out=ptr[1:])
    batch = torch.repeat_interleave(torch.arange(chosen.numel(), device=node.device), counts)
    index = torch.full_like(graphs.color, -1)
    index[node] = torch.arange(node.numel(), device=node.device)
    arc = (index[graphs.src] >= 0).nonzero().view(-1)
    src, dst = index[graphs.src[arc]], index[graphs.dst[arc]]
    kind = None if graphs.kind is None else graphs.kind[arc]
    return ColoredGraphs(ptr, batch, graphs.color[node], src, dst, kind), node
