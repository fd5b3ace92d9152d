r"""Invariant and equivariant graph networks: linear maps between tensors over the nodes, of any order."""

from __future__ import annotations

from pyg_symbreak.nn.ign.linear import EquivariantLinear
from pyg_symbreak.nn.ign.partitions import hom_dimension, set_partitions, stirling
from pyg_symbreak.nn.ign.tuples import Tuples

__all__ = ["EquivariantLinear", "Tuples", "hom_dimension", "set_partitions", "stirling"]
