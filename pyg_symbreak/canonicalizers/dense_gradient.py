r"""Gradients of soft sorting by blocks of matrices, for values with as many channels as graphs have nodes."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from pyg_symbreak.groups.ragged import node_batch, segment_arange

CHUNK = 2**20
r"""How many entries of matrices are written down at a time; a graph with more has its block to itself."""

WIDE = 8
r"""From how many nodes for each channel on running sums are faster than matrices, roughly."""


class SortGradient(NamedTuple):
    r"""The gradients of the parts of :math:`S_{p q} = e^{r_p + c_q - |v_p - v_q|}`, ``[N]`` each."""

    value: Tensor
    row: Tensor
    column: Tensor


def pays(width: int, channels: int) -> bool:
    r"""Whether blocks are faster than running sums.

    .. code-block:: python

        >>> pays(width=44, channels=64), pays(width=444, channels=2)
        (True, False)
    """
    return width <= WIDE * channels


def dense_gradient(value: Tensor, row: Tensor, column: Tensor, ptr: Tensor, grad: Tensor, x: Tensor) -> SortGradient:
    r"""Return the gradients for :math:`\partial L / \partial S = \bar y \, x^\top`, the matrices of some graphs at a
    time.

    Args:
        value: The sorted values :math:`v`, ``[N]``.
        row: The potentials :math:`r`, ``[N]``.
        column: The potentials :math:`c`, ``[N]``.
        ptr: The offsets of the graphs, ``[B + 1]``.
        grad: The gradient :math:`\bar y`, ``[N, C]``.
        x: What was moved, ``[N, C]``.

    .. code-block:: python

        >>> import torch
        >>> v, zero = torch.tensor([0.0, 1.0]), torch.zeros(2)
        >>> dense_gradient(v, zero, zero, torch.tensor([0, 2]), torch.eye(2), torch.ones(2, 2)).row
        tensor([1.3679, 1.3679])
    """
    out = SortGradient(*row.new_zeros(3, row.size(0)).unbind(0))
    sizes = ptr.diff()
    owner, place = node_batch(ptr), segment_arange(sizes)
    width = int(sizes.max()) if sizes.numel() > 0 else 0
    step = max(CHUNK // max(width, 1) ** 2, 1)
    bounds = ptr[::step].tolist()
    for number, low in enumerate(bounds):
        first = number * step
        high = bounds[number + 1] if number + 1 < len(bounds) else int(ptr[-1])
        count = min(step, sizes.numel() - first)
        if high == low or count < 1:
            continue
        nodes = slice(low, high)
        where = (owner[nodes] - first, place[nodes])
        wide = int(sizes[first : first + count].max())

        def block(source: Tensor, fill: float = 0.0) -> Tensor:
            made = grad.new_full((count, wide, *source.shape[1:]), fill)  # noqa: B023
            made[where] = source[nodes].to(grad.dtype)  # noqa: B023
            return made

        v, r, c = block(value), block(row, float("-inf")), block(column, float("-inf"))
        gap = v.unsqueeze(1) - v.unsqueeze(2)  # [g, p, q]: that of q less that of p
        weight = (r.unsqueeze(2) + c.unsqueeze(1) - gap.abs()).exp_()
        weight.mul_(block(grad) @ block(x).transpose(1, 2))
        out.row[nodes] = weight.sum(2)[where].to(row.dtype)
        out.column[nodes] = weight.sum(1)[where].to(row.dtype)
        weight.mul_(gap.sign_())
        out.value[nodes] = (weight.sum(2) - weight.sum(1))[where].to(row.dtype)
    return out
