r"""The unit of energy of a lattice, which its ground states do not depend on."""

from __future__ import annotations

import torch
from torch import Tensor


def energy_unit(field: Tensor, bonds: Tensor) -> Tensor:
    r"""Compute the energy a site of a lattice whose bonds and fields are all content,

    .. math::
        \frac{1}{n} \Bigl( \sum_{u, a} |J_{a, u}| + \sum_u |h_u| \Bigr) .

    It is known without solving anything, and no symmetry of the lattice changes it. In this unit strong and weak
    couplings are the same task: multiplied by a positive number, couplings and fields have the same ground states.

    Args:
        field: The field of each site, ``[B, *sizes]``.
        bonds: The couplings, ``[B, d, *sizes]``.

    Returns:
        ``[B]``; 1 for lattices without couplings and field.

    .. code-block:: python

        >>> energy_unit(torch.zeros(2, 3, 3), torch.tensor([2.0, 0.0]).view(2, 1, 1, 1).expand(2, 2, 3, 3))
        tensor([4., 1.])
    """
    unit = (field.abs().flatten(1).sum(1) + bonds.abs().flatten(1).sum(1)) / field.shape[1:].numel()
    return torch.where(unit > 0, unit, 1.0)
