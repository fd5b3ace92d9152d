r"""Message-passing layers that use canonical ranks."""

from __future__ import annotations

from pyg_symbreak.nn.conv.rank_conv import RankConv
from pyg_symbreak.nn.conv.sympe_conv import SymPEConv

__all__ = ["RankConv", "SymPEConv"]
