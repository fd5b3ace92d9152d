r"""Training without ground states: the free energy of the predicted spins."""

from __future__ import annotations

from torch import Tensor

from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.models.spins.units import energy_unit


def free_energy(law: SpinDistribution, field: Tensor, bonds: Tensor, temperature: float | Tensor = 0.0) -> Tensor:
    r"""Compute the variational free energy of predicted spins, in units in which all lattices are alike.

    .. math::
        F = \frac{\mathbb{E}[H(s)]}{n \epsilon} - \tau \, \frac{S}{n}

    The energy :math:`H` is in units :math:`\epsilon` of :func:`~pyg_symbreak.models.spins.energy_unit`, and the entropy
    :math:`S` that of all :math:`n` sites. With such units, independent spins without a field and
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

        >>> import torch
        >>> free_energy(SpinDistribution(torch.full((1, 4), 9.0)), torch.zeros(1, 4), torch.ones(1, 1, 4))
        tensor([-1.0000])
    """
    sites = field.shape[1:].numel()
    energy = law.expected_energy(field, bonds) / (sites * energy_unit(field, bonds))
    return energy - temperature * law.entropy() / sites
