r"""Invariant and equivariant graph networks: linear maps between tensors over the nodes, of any order."""

from __future__ import annotations

from pyg_symbreak.nn.ign.activation import OrbitActivation
from pyg_symbreak.nn.ign.coset import CosetLinear, coset_action
from pyg_symbreak.nn.ign.linear import EquivariantLinear
from pyg_symbreak.nn.ign.network import InvariantGraphBlock, InvariantGraphNetwork, graph_tensor
from pyg_symbreak.nn.ign.partitions import hom_dimension, set_partitions, stirling
from pyg_symbreak.nn.ign.product import PairProduct, pair_product
from pyg_symbreak.nn.ign.tuples import Tuples

__all__ = [
    "CosetLinear",
    "EquivariantLinear",
    "InvariantGraphBlock",
    "InvariantGraphNetwork",
    "OrbitActivation",
    "PairProduct",
    "Tuples",
    "coset_action",
    "graph_tensor",
    "hom_dimension",
    "pair_product",
    "set_partitions",
    "stirling",
]
