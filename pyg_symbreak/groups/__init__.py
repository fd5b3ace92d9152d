r"""Groups whose elements are values: compose, invert, act."""

from __future__ import annotations

from pyg_symbreak.groups.base import GroupElement
from pyg_symbreak.groups.euclidean import Euclidean
from pyg_symbreak.groups.orthogonal import Orthogonal
from pyg_symbreak.groups.permutation import Permutation

__all__ = ["Euclidean", "GroupElement", "Orthogonal", "Permutation"]
