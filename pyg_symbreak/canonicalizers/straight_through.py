r"""Straight-through estimation: values that moved exactly, gradients of a soft move."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pyg_symbreak.canonicalizers.dense_gradient import dense_gradient, pays
from pyg_symbreak.canonicalizers.soft_sort import SoftSort
from pyg_symbreak.canonicalizers.sorted_kernel import kernel_sums

CHUNK = 2**16
r"""How many numbers the backward pass works on at a time, so that its memory does not grow with the channels."""


class SoftMove(NamedTuple):
    r"""A soft matrix for moving nodes: row ``rows[p]`` of the result holds ``S[p, q]`` times row ``columns[q]`` of the
    input.

    Attributes:
        soft: The weights, for the nodes in the order of their scores.
        rows: The nodes of the result in that order, ``[N]``.
        columns: The nodes of the input in that order, ``[N]``.
    """

    soft: SoftSort
    rows: Tensor
    columns: Tensor


def straight_through(moved: Tensor, x: Tensor, move: SoftMove) -> Tensor:
    r"""Return ``moved`` as it is; backward, gradients also reach the weights as if these had moved ``x``.

    With :math:`y = S x` the gradient of the weights is :math:`\partial L / \partial S = \bar y \, x^\top`. It is never
    written down either: the gradients of scores and potentials are sums over its rows and columns.

    Args:
        moved: What the permutation made of ``x``, ``[N, …]``.
        x: What was moved, ``[N, …]``; no gradient reaches it here.
        move: The soft matrix.
    """
    soft = move.soft
    out: Tensor = _StraightThrough.apply(moved, x.detach(), soft.value, soft.row, soft.column, move)  # type: ignore[no-untyped-call]
    return out


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, moved: Tensor, x: Tensor, value: Tensor, row: Tensor, column: Tensor, move: SoftMove
    ) -> Tensor:
        ctx.nodes = move.soft.nodes
        ctx.save_for_backward(x, row, column, move.rows, move.columns, move.soft.ptr)
        return moved.view_as(moved)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, row, column, rows, columns, ptr = ctx.saved_tensors
        dtype = torch.promote_types(grad.dtype, torch.float32)
        left, right = (t.reshape(t.size(0), x[:1].numel()) for t in (grad, x))
        if pays(ctx.nodes.width, left.size(1)):
            y, g = right[columns].to(dtype), left[rows].to(dtype)
            return grad, None, *dense_gradient(ctx.nodes.value, row, column, ptr, g, y), None
        grad_value, grad_row, grad_column = row.new_zeros(3, row.size(0)).unbind(0)
        chunk = max(CHUNK // max(row.size(0), 1), 1)
        for g, y in zip(left.split(chunk, dim=1), right.split(chunk, dim=1)):
            g, y = g[rows].to(dtype), y[columns].to(dtype)
            soft, back = kernel_sums(ctx.nodes, row, column, y), kernel_sums(ctx.nodes, column, row, g)
            grad_row += (g * soft.total).sum(1)
            grad_column += (y * back.total).sum(1)
            grad_value += (g * (soft.above - soft.below)).sum(1) + (y * (back.above - back.below)).sum(1)
        return grad, None, grad_value, grad_row, grad_column, None
