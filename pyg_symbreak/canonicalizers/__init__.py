r"""Canonicalizers: each draws a group element from a graph, equivariantly in law."""

from __future__ import annotations

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.canonical_inputs import canonical_adjacency, canonical_positions
from pyg_symbreak.canonicalizers.combined import CombinedCanonicalizer
from pyg_symbreak.canonicalizers.energy import EnergyCanonicalizer
from pyg_symbreak.canonicalizers.exact import ExactCanonicalizer
from pyg_symbreak.canonicalizers.exact_lattice import ExactLatticeCanonicalizer
from pyg_symbreak.canonicalizers.frame import FrameCanonicalizer
from pyg_symbreak.canonicalizers.gram_schmidt import gram_schmidt
from pyg_symbreak.canonicalizers.haar import HaarCanonicalizer
from pyg_symbreak.canonicalizers.learned import LearnedCanonicalizer
from pyg_symbreak.canonicalizers.principal_axes import PrincipalAxesCanonicalizer
from pyg_symbreak.canonicalizers.product import ProductCanonicalizer
from pyg_symbreak.canonicalizers.refinement import RefinementCanonicalizer
from pyg_symbreak.canonicalizers.relaxed import RelaxedPermutation
from pyg_symbreak.canonicalizers.relaxed_finite import RelaxedFiniteOrthogonal
from pyg_symbreak.canonicalizers.relaxed_lattice import RelaxedLatticeSymmetry
from pyg_symbreak.canonicalizers.score_gin import ScoreGIN
from pyg_symbreak.canonicalizers.spectral import SpectralCanonicalizer
from pyg_symbreak.canonicalizers.traversal import TraversalCanonicalizer
from pyg_symbreak.canonicalizers.uniform import UniformCanonicalizer
from pyg_symbreak.canonicalizers.uniform_finite import UniformFiniteCanonicalizer

__all__ = [
    "Canonicalizer",
    "CombinedCanonicalizer",
    "EnergyCanonicalizer",
    "ExactCanonicalizer",
    "ExactLatticeCanonicalizer",
    "FrameCanonicalizer",
    "HaarCanonicalizer",
    "LearnedCanonicalizer",
    "PrincipalAxesCanonicalizer",
    "ProductCanonicalizer",
    "RefinementCanonicalizer",
    "RelaxedFiniteOrthogonal",
    "RelaxedLatticeSymmetry",
    "RelaxedPermutation",
    "ScoreGIN",
    "SpectralCanonicalizer",
    "TraversalCanonicalizer",
    "UniformCanonicalizer",
    "UniformFiniteCanonicalizer",
    "canonical_adjacency",
    "canonical_positions",
    "gram_schmidt",
]
