r"""Exact ground states by whichever method suits the lattice."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from pyg_symbreak.spins.exact.gauge import find_gauge
from pyg_symbreak.spins.exact.ground_states import GroundStates
from pyg_symbreak.spins.exact.integer_problem import integer_problem
from pyg_symbreak.spins.exact.layers import split_into_layers
from pyg_symbreak.spins.exact.min_cut import min_cut_ground_states
from pyg_symbreak.spins.exact.planes import PlanesGroundStates, planes_ground_states
from pyg_symbreak.spins.exact.transfer import transfer_ground_states
from pyg_symbreak.spins.exact.uniform import uniform_ground_states
from pyg_symbreak.spins.layout import check_lattice

#: The methods of :func:`solve`, in the order in which they are tried.
METHODS: Final = ("uniform", "min_cut", "transfer", "planes")
_NARROW: Final = 20  # bits of a transfer table, a second or less


def solve(
    field: Tensor, bonds: Tensor, periodic: bool = True, method: str | None = None, time_limit: float = 60.0
) -> GroundStates:
    r"""Find the ground states of a lattice, with a proof that no energy is lower.

    * ``"uniform"``, :func:`uniform_ground_states`: couplings that depend on the direction alone, one field.
    * ``"min_cut"``, :func:`min_cut_ground_states`: no frustration (ferromagnets in any gauge), any fields, any size.
      Counts the ground states unless there are very many.
    * ``"transfer"``, :func:`transfer_ground_states`: narrow lattices, of side 10 periodic, 20 open. Counts.
    * ``"planes"``, :func:`planes_ground_states`: everything else, spin glasses up to side 32. Does not count.

    Args:
        field: The field of each site, ``[*sizes]``.
        bonds: The couplings, ``[d, *sizes]``, as in :func:`~pyg_symbreak.spins.ising_energy`.
        periodic: Whether the lattice closes up around its boundaries.
        method: One of the methods; by default the first one that suits the lattice and counts its ground states, or
            else the first one that suits it.
        time_limit: Seconds for ``"planes"``.

    Raises:
        ValueError: If the method is unknown or does not suit the lattice, or the lattice is malformed.
        TimeoutError: If ``"planes"`` has no proof in time; :func:`planes_ground_states` tells what it found.
        ImportError: If scipy is missing, for ``"min_cut"`` and ``"planes"``.

    .. code-block:: python

        >>> field, bonds = torch.zeros(6, 6), torch.ones(2, 6, 6)
        >>> type(solve(field, bonds)).__name__, solve(field, bonds).count
        ('UniformGroundStates', 2)
        >>> bonds[0, 0, 0] = -1
        >>> type(solve(field, bonds)).__name__, solve(field, bonds).energy, solve(field, bonds).count
        ('TransferGroundStates', -70.0, 2)
    """
    if method is not None and method not in METHODS:
        raise ValueError(f"'solve' expected 'method' to be one of {', '.join(METHODS)} (got {method!r})")
    check_lattice(field.unsqueeze(0), bonds.unsqueeze(0), periodic, "solve")
    if method == "uniform":
        return _uniform(field, bonds)
    if method == "min_cut":
        return min_cut_ground_states(field, bonds, periodic)
    if method == "transfer":
        return transfer_ground_states(field, bonds, periodic)
    if method == "planes":
        return _planes(field, bonds, periodic, time_limit)
    if _is_uniform(field, bonds):
        try:
            return _uniform(field, bonds)
        except ValueError:  # an odd frustrated lattice, too wide for a transfer matrix
            return _planes(field, bonds, periodic, time_limit)
    narrow = _is_narrow(field, bonds)
    if _is_unfrustrated(field, bonds, periodic, needed=not narrow):
        found = min_cut_ground_states(field, bonds, periodic)
        if found.count is not None or not narrow:
            return found
    return transfer_ground_states(field, bonds, periodic) if narrow else _planes(field, bonds, periodic, time_limit)


def _planes(field: Tensor, bonds: Tensor, periodic: bool, time_limit: float) -> PlanesGroundStates:
    found = planes_ground_states(field, bonds, periodic, time_limit)
    if not found.proven:
        raise TimeoutError(
            f"'solve' expected a proof within {time_limit:g} seconds "
            f"(got the energy {found.energy:g} and the bound {found.bound:g}); raise 'time_limit'"
        )
    return found


def _uniform(field: Tensor, bonds: Tensor) -> GroundStates:
    if not _is_uniform(field, bonds):
        raise ValueError(
            "'solve' expected couplings that depend on the direction alone and one field for the method 'uniform' "
            "(got others)"
        )
    couplings = bonds.detach().flatten(1)[:, 0].tolist()
    return uniform_ground_states(tuple(field.shape), couplings, float(field.detach().flatten()[0]))


def _is_uniform(field: Tensor, bonds: Tensor) -> bool:
    lines = torch.cat([field.detach().reshape(1, -1).double(), bonds.detach().flatten(1).double()])
    return bool((lines == lines[:, :1]).all())


def _is_narrow(field: Tensor, bonds: Tensor) -> bool:
    layers = split_into_layers(field.detach().double().cpu().numpy(), bonds.detach().double().cpu().numpy())
    return layers.width * (2 if layers.closed else 1) <= _NARROW


def _is_unfrustrated(field: Tensor, bonds: Tensor, periodic: bool, needed: bool) -> bool:
    try:
        return find_gauge(integer_problem(field, bonds, periodic, "solve")) is not None
    except ImportError:
        if needed:
            raise
        return False
