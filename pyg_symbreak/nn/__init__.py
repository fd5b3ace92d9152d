r"""Layers that use a drawn group element."""

from __future__ import annotations

from pyg_symbreak.nn.canonicalize import Canonicalize
from pyg_symbreak.nn.conv import RankConv, SymPEConv
from pyg_symbreak.nn.dense_sympe import DenseSymPE, GroupSymPE
from pyg_symbreak.nn.rank_pair import RankPairEmbedding
from pyg_symbreak.nn.symmetrize import Symmetrize
from pyg_symbreak.nn.sympe import SymPE

__all__ = [
    "Canonicalize",
    "DenseSymPE",
    "GroupSymPE",
    "RankConv",
    "RankPairEmbedding",
    "SymPE",
    "SymPEConv",
    "Symmetrize",
]
