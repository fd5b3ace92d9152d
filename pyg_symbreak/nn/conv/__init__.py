r"""Message-passing layers that use canonical ranks."""

from __future__ import annotations

from pyg_symbreak.nn.conv.rank_conv import RankConv

__all__ = ["RankConv"]
