r"""Exact ground states of Ising spins on lattices, with certificates."""

from __future__ import annotations

from pyg_symbreak.spins.exact.ground_states import GroundStates

__all__ = ["GroundStates"]
