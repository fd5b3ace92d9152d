r"""Groups whose elements are values: compose, invert, act."""

from __future__ import annotations

from pyg_symbreak.groups.base import KINDS, GroupElement
from pyg_symbreak.groups.euclidean import Euclidean
from pyg_symbreak.groups.finite_orthogonal import FiniteOrthogonal
from pyg_symbreak.groups.lattice import LatticeGroup
from pyg_symbreak.groups.lattice_symmetry import LatticeSymmetry
from pyg_symbreak.groups.orthogonal import Orthogonal
from pyg_symbreak.groups.permutation import Permutation
from pyg_symbreak.groups.point_group import PointGroup
from pyg_symbreak.groups.product import Product

__all__ = [
    "KINDS",
    "Euclidean",
    "FiniteOrthogonal",
    "GroupElement",
    "LatticeGroup",
    "LatticeSymmetry",
    "Orthogonal",
    "Permutation",
    "PointGroup",
    "Product",
]
