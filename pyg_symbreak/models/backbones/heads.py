r"""From the states of nodes or tokens to numbers."""

from __future__ import annotations

import torch
from torch import Tensor


class Head(torch.nn.Module):
    r"""A perceptron with one hidden layer.

    Args:
        width: The number of channels of a state.
        out_channels: The number of numbers to return.

    Shapes:
        - **input:** ``[..., width]``.
        - **output:** ``[..., out_channels]``.

    .. code-block:: python

        >>> Head(8, 2)(torch.randn(3, 8)).shape
        torch.Size([3, 2])
    """

    def __init__(self, width: int, out_channels: int) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(width, width)
        self.out = torch.nn.Linear(width, out_channels)

    def forward(self, h: Tensor) -> Tensor:
        out: Tensor = self.out(self.hidden(h).relu())
        return out


class PairHead(torch.nn.Module):
    r"""Reads ordered pairs off the states of nodes: :math:`W \, \mathrm{ReLU}(U h_i + V h_j)`.

    Args:
        width: The number of channels of a state.
        out_channels: The number of numbers to return for a pair.

    Shapes:
        - **input:** ``[B, n, width]``.
        - **output:** ``[B, n, n, out_channels]``.

    .. code-block:: python

        >>> PairHead(8, 2)(torch.randn(3, 5, 8)).shape
        torch.Size([3, 5, 5, 2])
    """

    def __init__(self, width: int, out_channels: int) -> None:
        super().__init__()
        self.first = torch.nn.Linear(width, width)
        self.second = torch.nn.Linear(width, width, bias=False)
        self.out = torch.nn.Linear(width, out_channels)

    def forward(self, h: Tensor) -> Tensor:
        hidden = self.first(h).unsqueeze(2) + self.second(h).unsqueeze(1)
        out: Tensor = self.out(hidden.relu())
        return out
