r"""Sinkhorn sweeps over the kernel of sorted values, by potentials alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pyg_symbreak.canonicalizers.decay_sums import DecaySums
from pyg_symbreak.canonicalizers.sorted_kernel import SortedValues, following

CHUNK = 5
r"""How many half sweeps the backward pass looks at together."""


def sinkhorn_potentials(value: Tensor, nodes: SortedValues, num_iters: int) -> tuple[Tensor, Tensor]:
    r"""Make the kernel of sorted values doubly stochastic, as in `"Learning Latent Permutations with Gumbel-Sinkhorn
    Networks" <https://arxiv.org/abs/1802.08665>`_.

    .. math::
        S_{p q} = e^{r_p + c_q - |v_p - v_q|}

    Every sweep chooses :math:`c` so that columns sum to one, then :math:`r` so that rows do. These are all that is kept
    of it, and gradients are those of the sweeps unrolled: :math:`O(T n)` numbers for :math:`T` sweeps, where
    matrices would be :math:`O(T n^2)`.

    Args:
        value: The values :math:`v`, ``[N]`` float64; gradients reach them.
        nodes: The same values, looked at.
        num_iters: The number :math:`T` of sweeps.

    Returns:
        :math:`r` and :math:`c`, ``[N]`` each.

    .. code-block:: python

        >>> value = torch.tensor([0.0, 0.0]).double()
        >>> row, column = sinkhorn_potentials(value, SortedValues.build(value, torch.tensor([0, 2])), 5)
        >>> (row + column).exp()
        tensor([0.5000, 0.5000], dtype=torch.float64)
    """
    row, column = _Potentials.apply(value, nodes, num_iters)  # type: ignore[no-untyped-call]
    return row, column


def _kernel(nodes: SortedValues) -> DecaySums:
    up = (-nodes.gap).exp()
    return DecaySums(up, following(up, 0.0), nodes.width)


class _Potentials(torch.autograd.Function):
    """It works on exponentials of potentials, so that a sweep is a product with the kernel and a reciprocal.

    In double precision they cannot overflow: half a sweep moves a potential by at most the logarithm of the number of
    nodes more than the one before.
    """

    @staticmethod
    def forward(ctx: Any, value: Tensor, nodes: SortedValues, num_iters: int) -> tuple[Tensor, Tensor]:
        kernel = _kernel(nodes)
        history = [value.new_ones(2 * value.numel(), 1)]
        for _ in range(2 * num_iters):
            history.append(kernel.total(history[-1]).reciprocal())
        ctx.nodes = nodes
        # Mirrored halves are left behind.
        ctx.save_for_backward(torch.stack([x[: value.numel(), 0] for x in history]))
        row, column = (x[: value.numel(), 0].log() for x in (history[-1], history[-min(2, len(history))]))
        return row, column

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_row: Tensor, grad_column: Tensor) -> tuple[Tensor | None, ...]:
        kernel, (history,) = _kernel(ctx.nodes), ctx.saved_tensors
        total = torch.zeros_like(grad_row)
        grad, grad_column = (kernel.mirror(x.unsqueeze(1)) for x in (grad_row, grad_column))
        weights: list[Tensor] = []
        num_halves = history.size(0) - 1
        old = kernel.mirror(history[num_halves].unsqueeze(1))
        for half in range(num_halves, 0, -1):
            weights.append(-old * grad)
            old = kernel.mirror(history[half - 1].unsqueeze(1))
            grad = old * kernel.total(weights[-1])
            if half == num_halves:
                grad = grad + grad_column
            if len(weights) == CHUNK or half == 1:
                total += _slope(kernel, ctx.nodes, history[half - 1 : half - 1 + len(weights)].T, weights[::-1])
                weights = []
        return total, None, None


def _slope(kernel: DecaySums, nodes: SortedValues, old: Tensor, weights: list[Tensor]) -> Tensor:
    """The gradient of the values through the kernel of some half sweeps, which take steps from ``old``."""
    weight = torch.cat([w[: old.size(0)] for w in weights], dim=1)
    low, high = kernel.sides(torch.cat([weight, old], dim=1))
    slope = high[nodes.last] - low[nodes.first]
    return (torch.cat([old, weight], dim=1) * slope).sum(1)
