r"""Which point-wise activations keep a network equivariant."""

from __future__ import annotations

from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup
from pyg_symbreak.equivariance.representation import Representation

__all__ = [
    "MultiplicativeGroup",
    "Representation",
]
