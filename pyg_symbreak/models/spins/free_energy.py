r"""Training without ground states: the free energy of the predicted spins, at a temperature that falls."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.models.spins.distribution import SpinDistribution


def free_energy(law: SpinDistribution, field: Tensor, bonds: Tensor, temperature: float = 0.0) -> Tensor:
    r"""Compute the variational free energy of predicted spins, in units in which all lattices are alike.

    .. math::
        F = \frac{\mathbb{E}[H(s)]}{\sum_{u, a} |J_{a, u}| + \sum_u |h_u|} - \tau \, \frac{S}{n}

    The energy :math:`H` is relative to that of a lattice without frustration, which is known without solving anything,
    and the entropy :math:`S` to the number :math:`n` of sites. With such units, independent spins without a field and
    without frustration order at the temperature :math:`\tau = 2`, whatever the couplings and the dimension.

    Args:
        law: The predicted spins.
        field: The field of each site, ``[B, *sizes]``.
        bonds: The couplings, ``[B, d, *sizes]``.
        temperature: The temperature :math:`\tau`; at 0 it is the expected energy.

    Returns:
        ``[B]``, differentiable in the logits; without couplings and field, minus the entropy alone.

    Raises:
        ValueError: If the shapes do not fit.

    .. code-block:: python

        >>> free_energy(SpinDistribution(torch.full((1, 4), 9.0)), torch.zeros(1, 4), torch.ones(1, 1, 4))
        tensor([-1.0000])
    """
    largest = field.abs().flatten(1).sum(1) + bonds.abs().flatten(1).sum(1)
    energy = law.expected_energy(field, bonds) / torch.where(largest > 0, largest, 1.0)
    return energy if temperature == 0 else energy - temperature * law.entropy() / field[0].numel()


class AnnealedFreeEnergy(torch.nn.Module):
    r"""The :func:`free_energy` as a loss whose temperature falls from step to step.

    Minimized at temperature zero from the start, the energy keeps what orders first: a wrong phase, in which each spin
    is content with its neighbours, or patches with walls between. Just below the temperature at which independent
    spins order, only the ordering of least energy grows. So the temperature starts above it, falls in a straight line,
    and the rest of the steps is done at zero: mean-field annealing, of a network that answers for many lattices.

    Every call in training mode counts as a step; the count is saved and loaded with the module. In evaluation mode the
    temperature is zero.

    Args:
        num_steps: The number of steps of the whole training.
        start: The temperature of the first step.
        share: The share of the steps after which the temperature is zero.

    Shapes:
        - **input:** a distribution, ``field`` ``[B, *sizes]`` and ``bonds`` ``[B, d, *sizes]``.
        - **output:** ``[B]``.

    Raises:
        ValueError: If ``num_steps`` is not positive, ``start`` is negative, or ``share`` is not in :math:`[0, 1]`.

    .. code-block:: python

        >>> loss = AnnealedFreeEnergy(num_steps=100, start=2.5, share=0.5)
        >>> loss.temperature
        2.5
        >>> for _ in range(20):
        ...     value = loss(SpinDistribution(torch.ones(1, 4)), torch.zeros(1, 4), torch.ones(1, 1, 4))
        >>> loss.temperature, loss.eval().temperature
        (1.5, 0.0)
    """

    def __init__(self, num_steps: int, *, start: float = 2.5, share: float = 0.6) -> None:
        super().__init__()
        if num_steps < 1:
            raise ValueError(f"'AnnealedFreeEnergy' expected 'num_steps' to be at least 1 (got {num_steps})")
        if not start >= 0:
            raise ValueError(f"'AnnealedFreeEnergy' expected 'start' to be at least 0 (got {start})")
        if not 0 <= share <= 1:
            raise ValueError(f"'AnnealedFreeEnergy' expected 'share' in [0, 1] (got {share})")
        self.num_steps, self.start, self.share = num_steps, start, share
        self.step: Tensor
        self.register_buffer("step", torch.zeros((), dtype=torch.long))

    def reset_parameters(self) -> None:
        r"""Begin at the first step."""
        self.step.zero_()

    @property
    def temperature(self) -> float:
        r"""The temperature of the next step in training, zero in evaluation."""
        steps = self.share * self.num_steps
        if not self.training or steps == 0:
            return 0.0
        return self.start * max(0.0, 1 - int(self.step) / steps)

    def forward(self, law: SpinDistribution, field: Tensor, bonds: Tensor) -> Tensor:
        out = free_energy(law, field, bonds, self.temperature)
        if self.training:
            self.step += 1
        return out

    def extra_repr(self) -> str:
        return f"{self.num_steps}, start={self.start}, share={self.share}"
