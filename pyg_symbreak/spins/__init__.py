r"""Ising spins on lattices: energies, order parameters, exact ground states."""

from __future__ import annotations

from pyg_symbreak.spins.energy import ising_energy, local_fields
from pyg_symbreak.spins.layout import bonds_to_edges, check_lattice, check_sizes, cut_boundary, lattice_edges
from pyg_symbreak.spins.order import order_parameters

__all__ = [
    "bonds_to_edges",
    "check_lattice",
    "check_sizes",
    "cut_boundary",
    "ising_energy",
    "lattice_edges",
    "local_fields",
    "order_parameters",
]
