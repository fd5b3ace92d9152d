r"""Ising spins on lattices: energies, order parameters, exact ground states."""

from __future__ import annotations

from pyg_symbreak.spins.annealing import greedy_descent, simulated_annealing
from pyg_symbreak.spins.energy import ising_energy, local_fields
from pyg_symbreak.spins.exact import (
    GroundStates,
    ListedStates,
    exhaustive_ground_states,
    min_cut_ground_states,
    planes_ground_states,
    solve,
    transfer_ground_states,
    uniform_ground_states,
)
from pyg_symbreak.spins.layout import bonds_to_edges, check_lattice, check_sizes, cut_boundary, lattice_edges
from pyg_symbreak.spins.order import order_parameters

__all__ = [
    "GroundStates",
    "ListedStates",
    "bonds_to_edges",
    "check_lattice",
    "check_sizes",
    "cut_boundary",
    "exhaustive_ground_states",
    "greedy_descent",
    "ising_energy",
    "lattice_edges",
    "local_fields",
    "min_cut_ground_states",
    "order_parameters",
    "planes_ground_states",
    "simulated_annealing",
    "solve",
    "transfer_ground_states",
    "uniform_ground_states",
]
