r"""What is left of a graph once everything that the cells alone determine is taken away."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.labeling.hashing import argsort, run_lengths, starts, take, where


def residual_arcs(cell: Tensor, size: Tensor, src: Tensor, dst: Tensor, kid: Tensor | None, num_kinds: int) -> Tensor:
    r"""Find the arcs whose relation is neither empty nor complete.

    The arcs of one colour from cell :math:`a` to cell :math:`b` are *trivial* if there are :math:`|a||b|` of them
    (:math:`|a|(|a|-1)` within one cell): every permutation that keeps the cells keeps them. The counts are exact.

    Args:
        cell: The cell of each node.
        size: The number of nodes in each cell.
        src: First nodes of the arcs.
        dst: Second nodes of the arcs.
        kid: Small numbers of the colours of the arcs, or ``None`` if there is one colour.
        num_kinds: How many of these numbers there are.

    Returns:
        The numbers of the arcs that are not trivial, ascending.
    """
    num_cells = size.numel()
    tail, head = take(cell, src), take(cell, dst)
    key, bound = tail * num_cells + head, num_cells * num_cells
    if kid is not None:
        if num_cells * num_cells * num_kinds >= 2**62:
            key = torch.unique(key, return_inverse=True)[1]
        key = key * num_kinds + kid
        bound = num_cells * num_cells * num_kinds
    order = argsort(key, bound)
    new = starts(take(key, order))
    first = where(new)
    counts = run_lengths(new)
    one = take(order, first)
    tail, head = take(tail, one), take(head, one)
    full = take(size, tail) * (take(size, head) - (tail == head).to(torch.long))
    rest = torch.empty_like(new)
    return where(rest.index_copy_(0, order, torch.repeat_interleave(counts != full, counts)))


def connected_components(num_nodes: int, src: Tensor, dst: Tensor) -> Tensor:
    r"""Number the nodes by the smallest node of their connected component; arcs come in both directions.

    Hooking and pointer jumping, a logarithmic number of vectorised rounds (FastSV).
    """
    parent = torch.arange(num_nodes, device=src.device)
    if src.numel() == 0:
        return parent
    while True:
        grand = take(parent, parent)
        offer = take(grand, dst)
        new = parent.scatter_reduce(0, take(parent, src), offer, "amin")
        new = new.scatter_reduce_(0, src, offer, "amin")
        new = torch.minimum(new, grand)
        if torch.equal(new, parent):
            return parent
        parent = new
