r"""Linear maps of vector channels."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pyg_symbreak.nn.rank_pair import positive


class VectorLinear(torch.nn.Module):
    r"""Mixes the channels of vectors, from `"Vector Neurons" <https://arxiv.org/abs/2104.12229>`_.

    .. math::
        V' = W V, \qquad V \in \mathbb{R}^{C \times d}

    There is no bias: a constant vector would point somewhere, and no rotation moves it along with the input.

    Args:
        in_channels: The number :math:`C` of input vectors.
        out_channels: The number of output vectors.

    Shapes:
        - **input:** vectors ``[..., in_channels, d]``, in any dimension :math:`d`.
        - **output:** vectors ``[..., out_channels, d]``; channels are contiguous in memory, which makes chains of such
          maps fast.

    Raises:
        ValueError: If a number of channels is not positive.

    .. code-block:: python

        >>> VectorLinear(2, 5)(torch.randn(7, 2, 3)).shape
        torch.Size([7, 5, 3])
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        positive("VectorLinear", in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.weight = torch.nn.Parameter(torch.empty(out_channels, in_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the weights afresh, such that lengths are kept on average."""
        bound = math.sqrt(3 / self.in_channels)
        torch.nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        return torch.nn.functional.linear(x.mT, self.weight).mT

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
