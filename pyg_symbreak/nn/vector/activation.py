r"""Nonlinear maps of vector channels."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.nn.vector.linear import VectorLinear


class VectorLeakyReLU(torch.nn.Module):
    r"""Weakens the part of a vector that points against a learned direction, from `"Vector Neurons"
    <https://arxiv.org/abs/2104.12229>`_.

    .. math::
        v' = v - (1 - \alpha) \, \min\bigl(0, \langle v, k \rangle\bigr) \, \frac{k}{\|k\|^2 + \varepsilon}, \qquad
        k = (W V)_c

    The direction :math:`k` is a combination of the input vectors and so turns with them.

    Args:
        channels: The number of vectors.
        negative_slope: What is left of the opposed part, :math:`\alpha`.
        share: Whether all channels share one direction.
        eps: What keeps the division finite, :math:`\varepsilon`.

    Shapes:
        - **input:** vectors ``[..., channels, d]``.
        - **output:** vectors ``[..., channels, d]``.

    .. code-block:: python

        >>> VectorLeakyReLU(4)(torch.randn(7, 4, 3)).shape
        torch.Size([7, 4, 3])
    """

    def __init__(self, channels: int, negative_slope: float = 0.2, *, share: bool = False, eps: float = 1e-6) -> None:
        super().__init__()
        self.direction = VectorLinear(channels, 1 if share else channels)
        self.negative_slope, self.eps = negative_slope, eps

    def reset_parameters(self) -> None:
        r"""Draw the directions afresh."""
        self.direction.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        k = self.direction(x)
        along = (x * k).sum(-1, keepdim=True).clamp(max=0)
        factor = along / ((k * k).sum(-1, keepdim=True) + self.eps)
        return torch.addcmul(x, factor, k, value=self.negative_slope - 1)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"
