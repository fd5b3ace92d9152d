r"""What is left of a graph once everything that the cells alone determine is taken away."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.labeling.hashing import argsort, run_lengths, starts


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
        The numbers of the arcs that are not trivial.
    """
    num_cells = size.numel()
    tail, head = cell.index_select(0, src), cell.index_select(0, dst)
    key = tail * num_cells + head
    if kid is not None:
        if num_cells * num_cells * num_kinds >= 2**62:
            key = torch.unique(key, return_inverse=True)[1]
        key = key * num_kinds + kid
    order = argsort(key)
    new = starts(key.index_select(0, order))
    counts = run_lengths(new)
    first = order[new]
    tail, head = tail[first], head[first]
    full = size[tail] * (size[head] - (tail == head).to(torch.long))
    return order[torch.repeat_interleave(counts != full, counts)]


def connected_components(num_nodes: int, src: Tensor, dst: Tensor) -> Tensor:
    r"""Number the nodes by the smallest node of their connected component; arcs come in both directions.

    Hooking and pointer jumping, a logarithmic number of vectorised rounds (FastSV).
    """
    parent = torch.arange(num_nodes, device=src.device)
    if src.numel() == 0:
        return parent
    while True:
        grand = parent[parent]
        offer = grand.index_select(0, dst)
        new = parent.scatter_reduce(0, parent.index_select(0, src), offer, "amin")
        new = new.scatter_reduce_(0, src, offer, "amin")
        new = torch.minimum(new, grand)
        if torch.equal(new, parent):
            return parent
        parent = new
