r"""Layers that use a drawn group element."""

from __future__ import annotations

from pyg_symbreak.nn.conv.rank_conv import RankConv
from pyg_symbreak.nn.rank_pair import RankPairEmbedding
from pyg_symbreak.nn.sympe import SymPE

__all__ = ["RankConv", "RankPairEmbedding", "SymPE"]
