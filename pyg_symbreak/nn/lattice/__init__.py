r"""Group convolutions on periodic lattices: networks equivariant to translations, turns, reflections and spin flips."""

from __future__ import annotations

from pyg_symbreak.nn.lattice.conv import LatticeConv
from pyg_symbreak.nn.lattice.fields import half_bonds
from pyg_symbreak.nn.lattice.network import LatticeBlock, LatticeNetwork
from pyg_symbreak.nn.lattice.norm import LatticeNorm
from pyg_symbreak.nn.lattice.readout import LatticeReadout
from pyg_symbreak.nn.lattice.wrap import wrap

__all__ = [
    "LatticeBlock",
    "LatticeConv",
    "LatticeNetwork",
    "LatticeNorm",
    "LatticeReadout",
    "half_bonds",
    "wrap",
]
