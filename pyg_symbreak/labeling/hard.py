r"""One graph whose leaves are not all equivalent: taken to pieces, and each piece searched with pruning."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pyg_symbreak.labeling.assemble import Symmetry
from pyg_symbreak.labeling.coloring import ColoredGraphs
from pyg_symbreak.labeling.components import connected_components, residual_arcs
from pyg_symbreak.labeling.pruning import Budget, Labelled, Piece, TreeSearch
from pyg_symbreak.labeling.trace import CopyRefiner, Ints, scramble


class Searched(NamedTuple):
    r"""A canonical rank of one graph, and what its search proved."""

    rank: Tensor
    symmetry: Symmetry


class Block(NamedTuple):
    r"""Nodes of the graph that are ordered on their own."""

    node: Ints
    label: Labelled


def search_graph(
    graph: ColoredGraphs, max_search_nodes: int, random: bool, generator: torch.Generator | None = None
) -> Searched:
    r"""Order one graph canonically by a search of its tree.

    Args:
        graph: A batch of one graph.
        max_search_nodes: The largest number of nodes of the tree.
        random: Whether to number the nodes at random first, which makes the result uniform among the canonical ranks.
        generator: The source of randomness.

    Raises:
        BudgetError: If the tree is larger.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.labeling.coloring import color_graphs
        >>> path = color_graphs(Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3))
        >>> sorted(search_graph(path, 100, False).rank.tolist())
        [0, 1, 2]
    """
    device, n = graph.color.device, graph.color.numel()
    number = torch.arange(n, device=device)
    if random:
        number = torch.randperm(n, generator=generator, device=device)
    old = torch.argsort(number).cpu()
    src, dst = number[graph.src].cpu(), number[graph.dst].cpu()
    arc = torch.argsort(src * max(n, 1) + dst)
    kind = np.zeros(src.numel(), dtype=np.int64) if graph.kind is None else graph.kind.cpu()[arc].numpy()
    blocks = _blocks(graph.color.cpu()[old].numpy(), src[arc], dst[arc], kind, Budget(max_search_nodes))
    blocks.sort(key=lambda block: (block.node.size, block.label.key))
    order = np.concatenate([np.empty(0, dtype=np.int64), *(block.node[block.label.order] for block in blocks)])
    rank = torch.empty(n, dtype=torch.long)
    rank[old[torch.from_numpy(order)]] = torch.arange(n)
    return Searched(rank.to(device), _symmetry(blocks, old, device))


def _blocks(color: Ints, src: Tensor, dst: Tensor, kind: Ints, budget: Budget) -> list[Block]:
    n = color.size
    refiner = CopyRefiner(n, src.numpy(), dst.numpy(), kind)
    h = refiner.refine(scramble(color.astype(np.uint64))[None])[0][0]
    _, cell, size = np.unique(h, return_inverse=True, return_counts=True)
    colors, color = np.unique(color, return_inverse=True)
    kinds, kid = np.unique(kind, return_inverse=True)
    made = cell * colors.size + color
    rest = residual_arcs(
        torch.from_numpy(cell), torch.from_numpy(size), src, dst, torch.from_numpy(kid), max(1, kinds.size)
    )
    rest = rest.sort().values
    src, dst, kind, kid = src[rest], dst[rest], kind[rest.numpy()], kid[rest.numpy()]
    component = connected_components(n, src, dst).numpy()
    node = np.argsort(component, kind="stable")
    local = np.empty(n, dtype=np.int64)
    bounds = np.flatnonzero(np.concatenate([np.ones(min(n, 1), bool), np.diff(component[node]) > 0, [True]]))
    local[node] = np.arange(n) - np.repeat(bounds[:-1], np.diff(bounds))
    owner = component[src.numpy()]
    arc = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[arc], component[node[bounds[:-1]]], "right")
    tail, head, first, blocks = local[src.numpy()[arc]], local[dst.numpy()[arc]], 0, []
    for begin, end, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), ends.tolist()):
        inside, nodes = arc[first:last], node[begin:end]
        piece = Piece(h[nodes], made[nodes], tail[first:last], head[first:last], kind[inside], kid[inside])
        blocks.append(Block(nodes, _label(piece, budget)))
        first = last
    return blocks


def _label(piece: Piece, budget: Budget) -> Labelled:
    order = np.argsort(piece.h)
    ordered = piece.h[order]
    if bool((ordered[1:] != ordered[:-1]).all()):
        return Labelled(order, piece.key(order, []), np.empty((0, order.size), dtype=np.int64), [])
    return TreeSearch(piece, budget).run()


def _symmetry(blocks: list[Block], old: Tensor, device: torch.device) -> Symmetry:
    r"""The proofs about all pieces, and the exchange of pieces with one key; nodes have their old numbers."""
    factors: list[int] = []
    pairs: list[tuple[Ints, Ints]] = []
    same = 1
    for i, (node, label) in enumerate(blocks):
        factors += [factor for factor in label.factors if factor > 1]
        pairs += [(node, node[moves]) for moves in label.generators]
        if i > 0 and blocks[i - 1].node.size == node.size and blocks[i - 1].label.key == label.key:
            same += 1
            left, right = blocks[i - 1].node[blocks[i - 1].label.order], node[label.order]
            pairs.append((np.concatenate([left, right]), np.concatenate([right, left])))
            factors.append(same)
        else:
            same = 1
    none = np.empty(0, dtype=np.int64)
    source, target = (old[torch.from_numpy(np.concatenate([none, *(pair[k] for pair in pairs)]))] for k in (0, 1))
    counts = torch.tensor([pair[0].size for pair in pairs], dtype=torch.long)
    name = torch.arange(len(pairs)).repeat_interleave(counts)
    factor = torch.tensor(factors, dtype=torch.long)
    fields = (torch.zeros_like(factor), factor, torch.zeros_like(factor, dtype=torch.bool))
    moved = (torch.zeros_like(name), name, source, target)
    return Symmetry(*(value.to(device) for value in (*fields, *moved)))
