r"""Vector neurons: layers on vectors of nodes that commute with rotations and reflections."""

from __future__ import annotations

from pyg_symbreak.nn.vector.activation import VectorLeakyReLU
from pyg_symbreak.nn.vector.conv import VectorConv
from pyg_symbreak.nn.vector.dropout import VectorDropout
from pyg_symbreak.nn.vector.heads import FrameHead, ScoreAndFrame, VectorFrame
from pyg_symbreak.nn.vector.invariants import VectorInvariants
from pyg_symbreak.nn.vector.linear import VectorLinear
from pyg_symbreak.nn.vector.network import VectorNetwork
from pyg_symbreak.nn.vector.norm import VectorNorm

__all__ = [
    "FrameHead",
    "ScoreAndFrame",
    "VectorConv",
    "VectorDropout",
    "VectorFrame",
    "VectorInvariants",
    "VectorLeakyReLU",
    "VectorLinear",
    "VectorNetwork",
    "VectorNorm",
]
