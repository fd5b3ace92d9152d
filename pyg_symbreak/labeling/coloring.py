r"""From a PyG batch to coloured graphs: colours by value, one arc for each ordered pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr
from pyg_symbreak.labeling.hashing import (
    argsort,
    check_injective,
    hash_rows,
    mix_injective,
    run_lengths,
    sort,
    starts,
    take,
)


class ColoredGraphs(NamedTuple):
    r"""A batch of node- and arc-coloured graphs.

    Each ordered pair of nodes has at most one arc, sorted by source, never from a node to itself; with an arc there is
    always the opposite one. The colour of an arc says which edges run forward and which backward between its ends.
    Colours are 64-bit integers made from values alone, so they agree between batches, processes and machines.

    Attributes:
        ptr: Offsets of the graphs, ``[B + 1]``.
        batch: The graph of each node, ``[N]``.
        color: Colours of the nodes, ``[N]``.
        src: First nodes of the arcs, ``[A]``, ascending.
        dst: Second nodes of the arcs, ``[A]``.
        kind: Colours of the arcs, ``[A]``, or ``None`` if all are 0.
    """

    ptr: Tensor
    batch: Tensor
    color: Tensor
    src: Tensor
    dst: Tensor
    kind: Tensor | None

    @property
    def num_graphs(self) -> int:
        r"""The number of graphs."""
        return self.ptr.numel() - 1


def color_graphs(data: GraphLike, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = ()) -> ColoredGraphs:
    r"""Turn graphs with attributes into coloured graphs.

    Args:
        data: One graph or a batch of graphs.
        node_attrs: Names of the node attributes that colour the nodes, each of shape ``[N]`` or ``[N, ...]``.
        edge_attrs: Names of the edge attributes that colour the edges, each of shape ``[E]`` or ``[E, ...]``.

    Raises:
        ValueError: If an attribute is missing, has the wrong length or holds NaN, or the batch is malformed.
        TypeError: If an attribute is no real-valued tensor.
    """
    ptr = node_ptr(data)
    num_nodes = int(ptr[-1])
    batch: Tensor | None = data.get("batch")
    batch = node_batch(ptr) if batch is None else batch.to(torch.long)
    edge_index = data.edge_index
    if edge_index is None:
        edge_index = torch.zeros(2, 0, dtype=torch.long, device=ptr.device)
    color = attribute_colors(data, node_attrs, num_nodes, "node_attrs")
    kind = attribute_colors(data, edge_attrs, edge_index.size(1), "edge_attrs")
    if color is None:
        color = torch.zeros(num_nodes, dtype=torch.long, device=ptr.device)
    src, dst = edge_index.to(torch.long).unbind(0)
    return build_graphs(ptr, batch, color, src, dst, kind)


def attribute_colors(data: GraphLike, names: Sequence[str], length: int, argument: str) -> Tensor | None:
    r"""Hash the values of the named attributes row by row; ``None`` if there are no names."""
    if isinstance(names, str):
        raise TypeError(f"'{argument}' expected a sequence of names (got the string '{names}')")
    if len(names) == 0:
        return None
    columns: list[Tensor] = []
    for name in names:
        value = data.get(name)
        if value is None:
            raise ValueError(f"'{argument}' expected attributes of the data, {sorted(data.keys())} (got '{name}')")
        columns.extend(_columns(name, value, length, argument))
    if len(columns) == 0:
        return torch.zeros(length, dtype=torch.long, device=data.get(names[0]).device)
    return mix_injective(columns[0]) if len(columns) == 1 else hash_rows(torch.stack(columns, 1))


def _columns(name: str, value: object, length: int, argument: str) -> list[Tensor]:
    if not isinstance(value, Tensor) or value.is_complex():
        kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise TypeError(f"'{argument}' expected '{name}' as a tensor of real numbers (got {kind})")
    if value.dim() == 0 or value.size(0) != length:
        raise ValueError(f"'{argument}' expected '{name}' with {length} rows (got {list(value.shape)})")
    flat = value.detach().reshape(length, math.prod(value.shape[1:]))
    if not flat.is_floating_point():
        return list(flat.to(torch.long).unbind(1))
    flat = flat.to(torch.float64)
    if bool(flat.isnan().any()):
        raise ValueError(f"'{argument}' expected '{name}' without NaN (got a NaN, which equals no colour)")
    # Whole numbers are coloured as integers, so 1, 1.0 and True agree, and so do 0.0 and -0.0.
    whole = (flat == flat.round()) & (flat.abs() < 2.0**53)
    words = torch.where(whole, torch.where(whole, flat, 0.0).to(torch.long), flat.contiguous().view(torch.long))
    if bool(whole.all()):
        return list(words.unbind(1))
    colors = torch.where(whole, words, mix_injective(words))
    for color, word, is_whole in zip(colors.unbind(1), words.unbind(1), whole.unbind(1)):
        check_injective(color, torch.stack([word, is_whole.to(torch.long)], 1))
    return list(colors.unbind(1))


def build_graphs(
    ptr: Tensor, batch: Tensor, color: Tensor, src: Tensor, dst: Tensor, kind: Tensor | None
) -> ColoredGraphs:
    r"""Merge multi-edges, fold self-loops into node colours and give every arc its opposite."""
    num_nodes = color.numel()
    code = src * num_nodes + dst
    if code.numel() > 1 and not bool((code[1:] > code[:-1]).all()):
        code, kind = _merge(code, kind)
        src, dst = _ends(code, num_nodes)
    if bool((src == dst).any()):
        color, code, kind = _fold_loops(color, code, src, dst, kind)
        src, dst = _ends(code, num_nodes)
    opposite = dst * num_nodes + src
    if kind is None:
        if not torch.equal(sort(opposite), code):
            code, kind = _symmetrize(code, opposite, torch.zeros_like(code))
            src, dst = _ends(code, num_nodes)
    else:
        order = argsort(opposite, num_nodes * num_nodes)
        if not (torch.equal(take(opposite, order), code) and torch.equal(take(kind, order), kind)):
            code, kind = _symmetrize(code, opposite, kind)
            src, dst = _ends(code, num_nodes)
    return ColoredGraphs(ptr, batch, color, src, dst, kind)


def _ends(code: Tensor, num_nodes: int) -> tuple[Tensor, Tensor]:
    src = torch.div(code, max(num_nodes, 1), rounding_mode="floor")
    return src, code - src * num_nodes


def _merge(code: Tensor, kind: Tensor | None) -> tuple[Tensor, Tensor | None]:
    r"""Sort the arcs; of parallel ones make one, whose colour is the multiset of their colours."""
    if kind is None:
        code = sort(code)
    else:
        order = argsort(kind)
        order = order[torch.sort(code[order], stable=True).indices]
        code, kind = code[order], kind[order]
    new = starts(code)
    if bool(new.all()):
        return code, kind
    counts = run_lengths(new)
    run = new.cumsum(0) - 1
    first = new.nonzero().view(-1)
    merged = torch.zeros_like(first) if kind is None else kind[first]
    many = counts > 1
    row = many.cumsum(0) - 1
    inside = many[run]
    rows = torch.zeros(int(many.sum()), int(counts.max()) + 1, dtype=torch.long, device=code.device)
    rows[:, 0] = counts[many]
    if kind is not None:
        place = torch.arange(code.numel(), device=code.device) - first[run] + 1
        rows[row[run[inside]], place[inside]] = kind[inside]
    # The width of the rows must not leak into the colour, so parallel arcs are hashed as (count, colours …).
    merged[many] = _hash_ragged(rows)
    return code[first], merged


def _hash_ragged(rows: Tensor) -> Tensor:
    h = mix_injective(rows[:, 0])
    for place in range(1, rows.size(1)):
        h = torch.where(place <= rows[:, 0], mix_injective(h + rows[:, place]), h)
    check_injective(h, rows)
    return h


def _fold_loops(
    color: Tensor, code: Tensor, src: Tensor, dst: Tensor, kind: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    loop = src == dst
    node = src[loop]
    rows = torch.zeros(color.numel(), 3, dtype=torch.long, device=color.device)
    rows[:, 0] = color
    rows[node, 1] = 1
    if kind is not None:
        rows[node, 2] = kind[loop]
    color = color.clone()
    color[node] = hash_rows(rows[node])
    check_injective(color, rows)
    return color, code[~loop], None if kind is None else kind[~loop]


def _symmetrize(code: Tensor, opposite: Tensor, kind: Tensor) -> tuple[Tensor, Tensor]:
    both, index = torch.unique(torch.cat([code, opposite]), return_inverse=True)
    rows = torch.zeros(both.numel(), 4, dtype=torch.long, device=code.device)
    forward, backward = index.split(code.numel())
    rows[forward, 0], rows[forward, 1] = 1, kind
    rows[backward, 2], rows[backward, 3] = 1, kind
    plain = (rows[:, :2] == rows[:, 2:]).all(1)
    # An edge that runs both ways with one colour keeps that colour, whatever else is in the batch.
    merged = rows[:, 1].clone()
    merged[~plain] = hash_rows(rows[~plain])
    check_injective(merged, rows)
    return both, merged
