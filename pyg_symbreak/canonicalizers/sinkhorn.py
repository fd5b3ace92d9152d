r"""Sinkhorn sweeps over the kernel of sorted values, by potentials alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pyg_symbreak.canonicalizers.decay_scan import decay_powers, decay_scan
from pyg_symbreak.canonicalizers.sorted_kernel import SortedValues, following


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


class _Kernel:
    """The kernel itself, as an operation on a few vectors ``[N, C]`` at a time.

    It works on exponentials of potentials. In double precision they cannot overflow: a sweep moves a potential by at
    most twice the logarithm of the number of nodes.
    """

    def __init__(self, nodes: SortedValues) -> None:
        self.nodes = nodes
        self.up = (-nodes.gap).exp()
        self.down = following(self.up, 0.0)
        self.powers = decay_powers(self.up, nodes.width), decay_powers(self.down, nodes.width, reverse=True)

    def sides(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The sums over the nodes before and after, the node itself included."""
        return decay_scan(x, self.powers[0]), decay_scan(x, self.powers[1], reverse=True)

    def __call__(self, x: Tensor) -> Tensor:
        low, high = self.sides(x.unsqueeze(1))
        return (low + high).squeeze(1) - x

    def pull(self, new: Tensor, old: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Carry the gradient of ``log(new)``, where ``new = 1 / kernel(old)``, to ``log(old)`` and to the values."""
        both = torch.stack([old, -new * grad], dim=1)
        low, high = self.sides(both)
        total = (low + high - both)[:, 1]
        below, above = torch.zeros_like(low), torch.zeros_like(high)
        below[1:] = self.up[1:, None] * low[:-1]
        above[:-1] = self.down[:-1, None] * high[1:]
        slope = above[self.nodes.last] - below[self.nodes.first]
        return old * total, (both * slope.flip(1)).sum(1)


class _Potentials(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, nodes: SortedValues, num_iters: int) -> tuple[Tensor, Tensor]:
        kernel = _Kernel(nodes)
        history = [torch.ones_like(value)]
        for _ in range(2 * num_iters):
            history.append(kernel(history[-1]).reciprocal())
        ctx.nodes = nodes
        ctx.save_for_backward(*history)
        column = history[-2] if num_iters > 0 else history[-1]
        return history[-1].log(), column.log()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_row: Tensor, grad_column: Tensor) -> tuple[Tensor | None, ...]:
        kernel, history = _Kernel(ctx.nodes), ctx.saved_tensors
        total = torch.zeros_like(grad_row)
        grad, earlier = grad_row, grad_column
        for new, old in zip(history[:0:-1], history[-2::-1]):
            grad, slope = kernel.pull(new, old, grad)
            grad = grad + earlier
            earlier = torch.zeros_like(grad)
            total = total + slope
        return total, None, None
