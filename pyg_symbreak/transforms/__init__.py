r"""Transforms in the dialect of PyG: one line in a data pipeline breaks the symmetries of every graph."""

from __future__ import annotations

from pyg_symbreak.transforms.add_canonical_laplacian_pe import AddCanonicalLaplacianPE
from pyg_symbreak.transforms.add_canonical_rank import AddCanonicalRank
from pyg_symbreak.transforms.add_orbits import AddOrbits
from pyg_symbreak.transforms.add_random_node_features import AddRandomNodeFeatures
from pyg_symbreak.transforms.add_sym_pe import AddSymPE
from pyg_symbreak.transforms.lattice_to_graph import LatticeToGraph
from pyg_symbreak.transforms.random_node_permutation import RandomNodePermutation
from pyg_symbreak.transforms.randomness import draw_generator
from pyg_symbreak.transforms.to_canonical_order import ToCanonicalOrder

__all__ = [
    "AddCanonicalLaplacianPE",
    "AddCanonicalRank",
    "AddOrbits",
    "AddRandomNodeFeatures",
    "AddSymPE",
    "LatticeToGraph",
    "RandomNodePermutation",
    "ToCanonicalOrder",
    "draw_generator",
]
