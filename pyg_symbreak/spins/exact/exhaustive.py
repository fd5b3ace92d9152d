r"""Ground states by trying every configuration: what the other solvers are tested against."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from pyg_symbreak.spins.energy import ising_energy
from pyg_symbreak.spins.exact.layers import TOLERANCE
from pyg_symbreak.spins.exact.listed import ListedStates
from pyg_symbreak.spins.layout import check_lattice

_MAX_SITES: Final = 20


def exhaustive_ground_states(field: Tensor, bonds: Tensor, periodic: bool = True) -> ListedStates:
    r"""Find the ground states of a tiny lattice by computing the energy of every configuration.

    Energies are equal if they differ by no more than :math:`10^{-12}` of the sum of all absolute couplings and fields.

    Args:
        field: The field of each site, ``[*sizes]``, at most 20 sites.
        bonds: The couplings, ``[d, *sizes]``, as in :func:`~pyg_symbreak.spins.ising_energy`.
        periodic: Whether the lattice closes up around its boundaries; if not, no bonds may cross them.

    Raises:
        TypeError: If the field or the bonds are no floating point numbers.
        ValueError: If there are more than 20 sites, or the lattice is malformed.

    .. code-block:: python

        >>> exhaustive_ground_states(torch.zeros(3, 3), -torch.ones(2, 3, 3)).count
        102
    """
    owner = "exhaustive_ground_states"
    sizes = check_lattice(field[None], bonds[None], periodic, owner)
    n = field.numel()
    if n > _MAX_SITES:
        raise ValueError(f"'{owner}' expected at most {_MAX_SITES} sites (got {n})")
    field, bonds = field.detach().cpu().double()[None], bonds.detach().cpu().double()[None]
    numbers = torch.arange(2**n)
    parts = [_spins(part, sizes) for part in torch.split(numbers, 2**14)]
    energy = torch.cat([ising_energy(part[:, None], field, bonds)[:, 0] for part in parts])
    tolerance = TOLERANCE * float(field.abs().sum() + bonds.abs().sum())
    least = float(energy.min())
    states = _spins(numbers[energy <= least + tolerance], sizes)
    return ListedStates(sizes, least, least, len(states), states)


def _spins(numbers: Tensor, sizes: tuple[int, ...]) -> Tensor:
    n = torch.Size(sizes).numel()
    return (1 - 2 * ((numbers[:, None] >> torch.arange(n)) & 1)).to(torch.int8).view(-1, *sizes)
