r"""The whole labelling of a batch: the engine first, the full search for the few graphs that resist it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.labeling.assemble import Symmetry
from pyg_symbreak.labeling.coloring import ColoredGraphs
from pyg_symbreak.labeling.engine import label, subgraphs
from pyg_symbreak.labeling.hard import search_graph
from pyg_symbreak.labeling.hashing import MAX_GROUPS
from pyg_symbreak.labeling.individualize import CERTIFY, SAMPLE
from pyg_symbreak.labeling.pruning import BudgetError

MAX_SEARCH_NODES = 1 << 16


class SearchBudgetExceeded(RuntimeError):
    r"""A graph needs a larger search than ``max_search_nodes`` allows."""


class Solution(NamedTuple):
    r"""Ranks of all nodes, and per graph the proofs that belong to it."""

    rank: Tensor
    symmetries: list[Symmetry]


def solve(
    graphs: ColoredGraphs, *, random: bool, generator: torch.Generator | None = None,
    max_search_nodes: int = MAX_SEARCH_NODES, on_budget: str = "raise", want_symmetries: bool = False,
    chunk_nodes: int = 1 << 17,
) -> Solution:  # fmt: skip
    r"""Label every graph exactly; see :func:`pyg_symbreak.labeling.random_canonical_rank` for the options.

    All graphs go through the engine as one batch. Those whose leaves it cannot prove equivalent are searched one at a
    time; ``max_search_nodes`` bounds the number of nodes in the whole search tree of each of them.

    Raises:
        SearchBudgetExceeded: If a graph needs more than ``max_search_nodes`` and ``on_budget`` is ``"raise"``.
    """
    if on_budget not in ("raise", "uncertified"):
        raise ValueError(f"'on_budget' expected 'raise' or 'uncertified' (got {on_budget!r})")
    if max_search_nodes < 1:
        raise ValueError(f"'max_search_nodes' expected a positive number (got {max_search_nodes})")
    rank = torch.empty_like(graphs.batch)
    symmetries: list[Symmetry] = []
    todo = _chunks(graphs.ptr, chunk_nodes)[::-1]
    while todo:
        first, last = todo.pop()
        whole = first == 0 and last == graphs.num_graphs
        chosen = torch.arange(first, last, device=rank.device)
        part, node = (graphs, slice(None)) if whole else subgraphs(graphs, chosen)
        found = label(part, CERTIFY, random, generator, max_search_nodes, want_symmetries)
        if last - first > 1 and found.crowded:
            middle = (first + last) // 2
            todo += [(middle, last), (first, middle)]
            continue
        rank[node] = found.rank
        resist = found.failed | found.exhausted
        symmetries.extend(_rename(proof, chosen, node, resist) for proof in found.symmetries)
        for graph in resist.nonzero().view(-1).tolist():
            number = chosen[graph : graph + 1]
            alone, inside = subgraphs(graphs, number)
            try:
                rank[inside], proof = search_graph(alone, max_search_nodes, random, generator)
            except BudgetError:
                if on_budget == "raise":
                    raise SearchBudgetExceeded(
                        f"'max_search_nodes' expected a budget that suffices for graph {int(number)} (got"
                        f' {max_search_nodes}); on_budget="uncertified" accepts an order without a certificate'
                    ) from None
                rank[inside] = label(alone, SAMPLE, random, generator, max_search_nodes, False).rank
                continue
            if want_symmetries:
                symmetries.append(_rename(proof, number, inside, torch.zeros_like(resist[:1])))
    return Solution(rank, symmetries)


def _chunks(ptr: Tensor, chunk_nodes: int) -> list[tuple[int, int]]:
    r"""Ranges of graphs that are handled at once."""
    num = ptr.numel() - 1
    if num <= MAX_GROUPS and int(ptr[-1]) <= chunk_nodes:
        return [(0, num)] if num > 0 else []
    bounds, first, ends = [], 0, ptr.tolist()
    for graph in range(1, num + 1):
        full = graph - first >= MAX_GROUPS or (graph < num and ends[graph + 1] - ends[first] > chunk_nodes)
        if graph == num or full:
            bounds.append((first, graph))
            first = graph
    return bounds


def _rename(proof: Symmetry, chosen: Tensor, node: Tensor | slice, resist: Tensor) -> Symmetry:
    r"""Name graphs and nodes of the whole batch, and drop what concerns the graphs that resist."""
    f, p = ~resist[proof.factor_owner], ~resist[proof.owner]
    source, target = proof.source[p], proof.target[p]
    if not isinstance(node, slice):
        source, target = node[source], node[target]
    return Symmetry(
        chosen[proof.factor_owner[f]], proof.factor[f], proof.is_factorial[f],
        chosen[proof.owner[p]], proof.generator[p], source, target,
    )  # fmt: skip
