r"""Exact ground states of Ising spins on lattices, with certificates."""

from __future__ import annotations

from pyg_symbreak.spins.exact.exhaustive import exhaustive_ground_states
from pyg_symbreak.spins.exact.ground_states import GroundStates
from pyg_symbreak.spins.exact.listed import ListedStates
from pyg_symbreak.spins.exact.min_cut import MinCutGroundStates, min_cut_ground_states
from pyg_symbreak.spins.exact.planes import PlanesGroundStates, planes_ground_states
from pyg_symbreak.spins.exact.solve import METHODS, solve
from pyg_symbreak.spins.exact.transfer import TransferGroundStates, transfer_ground_states
from pyg_symbreak.spins.exact.uniform import UniformGroundStates, uniform_ground_states

__all__ = [
    "METHODS",
    "GroundStates",
    "ListedStates",
    "MinCutGroundStates",
    "PlanesGroundStates",
    "TransferGroundStates",
    "UniformGroundStates",
    "exhaustive_ground_states",
    "min_cut_ground_states",
    "planes_ground_states",
    "solve",
    "transfer_ground_states",
    "uniform_ground_states",
]
