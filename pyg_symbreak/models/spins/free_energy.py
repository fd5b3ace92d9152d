r"""Training without ground states: the free energy of the predicted spins."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.models.spins.distribution import SpinDistribution


def free_energy(law: SpinDistribution, field: Tensor, bonds: Tensor, temperature: float | Tensor = 0.0) -> Tensor:
    r"""Compute the variational free energy of predicted spins, in units in which all lattices are alike.

    .. math::
        F = \frac{\mathbb{E}[H(s)]}{\sum_{u, a} |J_{a, u}| + \sum_u |h_u|} - \tau \, \frac{S}{n}

    The energy :math:`H` is relative to that of a lattice without frustration, which is known without solving anything,
    and the entropy :math:`S` to the number :math:`n` of sites. With such units, independent spins without a field and
    without frustration order at the temperature :math:`\tau = 2`, whatever the couplings and the dimension.

    As a loss it should start above that temperature and be cooled to zero. Minimized at zero from the start, the energy
    keeps what orders first: a wrong phase, in which each spin is content with its neighbours, or patches with walls
    between. Just below the temperature at which independent spins order, only the ordering of least energy grows.

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
    return energy - temperature * law.entropy() / field[0].numel()
