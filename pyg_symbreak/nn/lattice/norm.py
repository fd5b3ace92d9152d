r"""Normalization of functions on the group of a lattice."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.nn.lattice.short_norm import short_norm

# Rows shorter than a vector register, and how wide a matrix product may be to be cheaper (measured on a CPU).
VECTOR, PRODUCT = 8, 64


class LatticeNorm(torch.nn.Module):
    r"""Layer norm of the channels of a function on the symmetry group of a lattice, at every element of the group,
    from `"Layer Normalization" <https://arxiv.org/abs/1607.06450>`_.

    .. math::
        y_c(g) = \gamma_c \frac{x_c(g) - \mu(g)}{\sqrt{\sigma^2(g) + \epsilon}} + \beta_c

    The mean :math:`\mu` and the variance :math:`\sigma^2` are those of the channels at :math:`g`: symmetries only move
    them along, and nothing differs between training and evaluation, or depends on the size of the lattice.

    Args:
        channels: The number of channels; with a single one nothing but the shift would be left.
        eps: The small number :math:`\epsilon`.

    Shapes:
        - **input:** ``[B, K, channels, *sizes]``.
        - **output:** the same.

    Raises:
        ValueError: If there are fewer than two channels, or the input has another shape.

    .. code-block:: python

        >>> LatticeNorm(4)(torch.randn(2, 8, 4, 6, 6)).mean(2).abs().max() < 1e-5
        tensor(True)
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        if channels < 2:
            raise ValueError(f"'LatticeNorm' expected at least 2 channels (got {channels})")
        self.channels, self.eps = channels, eps
        self.weight = torch.nn.Parameter(torch.empty(channels))
        self.bias = torch.nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Set the scales to one and the shifts to zero."""
        torch.nn.init.ones_(self.weight)
        torch.nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() < 4 or x.size(2) != self.channels:
            raise ValueError(
                f"'LatticeNorm' expected an input of shape [B, K, {self.channels}, …] (got {list(x.shape)})"
            )
        # Sites first: this is how the convolutions lay out what they return, so nothing is copied.
        sites = x.permute(0, *range(3, x.dim()), 1, 2)
        if self.channels < VECTOR and self.channels * x.size(1) <= PRODUCT:
            out = short_norm(sites, self.weight, self.bias, self.eps)
        else:
            out = F.layer_norm(sites, (self.channels,), self.weight, self.bias, self.eps)
        return out.permute(0, x.dim() - 2, x.dim() - 1, *range(1, x.dim() - 2))

    def extra_repr(self) -> str:
        return f"{self.channels}, eps={self.eps}"
