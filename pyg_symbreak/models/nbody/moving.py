r"""Particles that move from layer to layer, and the small start of what is learned about it."""

from __future__ import annotations

import torch
from torch import Tensor


class Move(torch.nn.Module):
    r"""One of ``num_steps`` equal steps of time: a learned change of the velocity, then a drift with a learned
    correction.

    .. math::
        v \leftarrow v + W_1 h, \qquad x \leftarrow x + v / \text{num\_steps} + W_2 h

    The maps start near zero, so that an untrained network lets the particles fly straight on for one unit of time.

    Args:
        channels: The number of channels of :math:`h`.
        dim: The dimension of the space.
        num_steps: The number of steps.

    .. code-block:: python

        >>> move = Move(4, 3, num_steps=2)
        >>> pos, vel = move(torch.zeros(1, 5, 4), torch.zeros(1, 5, 3), torch.ones(1, 5, 3))
        >>> pos[0, 0].tolist()
        [0.5, 0.5, 0.5]
    """

    def __init__(self, channels: int, dim: int, num_steps: int) -> None:
        super().__init__()
        self.num_steps = num_steps
        self.linear = torch.nn.Linear(channels, 2 * dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        torch.nn.init.normal_(self.linear.weight, std=0.02 / self.linear.in_features**0.5)
        torch.nn.init.zeros_(self.linear.bias)

    def forward(self, h: Tensor, pos: Tensor, vel: Tensor) -> tuple[Tensor, Tensor]:
        r"""Move.

        Args:
            h: The hidden state of the particles, ``[…, channels]``.
            pos: Positions, ``[…, dim]``.
            vel: Velocities, ``[…, dim]``.
        """
        shift, kick = self.linear(h).chunk(2, dim=-1)
        vel = vel + kick
        return pos + vel / self.num_steps + shift, vel

    def extra_repr(self) -> str:
        return f"num_steps={self.num_steps}"


class SmallLinear(torch.nn.Linear):
    r"""A linear map that starts near zero.

    .. code-block:: python

        >>> bool(SmallLinear(8, 3)(torch.ones(8)).abs().max() < 0.2)
        True
    """

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        torch.nn.init.normal_(self.weight, std=0.01)
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)


def displacement_head(channels: int, dim: int) -> torch.nn.Sequential:
    r"""A perceptron from hidden states to small displacements.

    .. code-block:: python

        >>> displacement_head(8, 3)(torch.zeros(2, 8)).shape
        torch.Size([2, 3])
    """
    return torch.nn.Sequential(torch.nn.Linear(channels, channels), torch.nn.SiLU(), SmallLinear(channels, dim))
