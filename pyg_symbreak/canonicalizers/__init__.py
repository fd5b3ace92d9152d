r"""Canonicalizers: each draws a group element from a graph, equivariantly in law."""

from __future__ import annotations

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.exact import ExactCanonicalizer
from pyg_symbreak.canonicalizers.haar import HaarCanonicalizer
from pyg_symbreak.canonicalizers.learned import LearnedCanonicalizer, ScoreGIN
from pyg_symbreak.canonicalizers.refinement import RefinementCanonicalizer
from pyg_symbreak.canonicalizers.relaxed import RelaxedPermutation
from pyg_symbreak.canonicalizers.spectral import SpectralCanonicalizer
from pyg_symbreak.canonicalizers.traversal import TraversalCanonicalizer
from pyg_symbreak.canonicalizers.uniform import UniformCanonicalizer

__all__ = [
    "Canonicalizer",
    "ExactCanonicalizer",
    "HaarCanonicalizer",
    "LearnedCanonicalizer",
    "RefinementCanonicalizer",
    "RelaxedPermutation",
    "ScoreGIN",
    "SpectralCanonicalizer",
    "TraversalCanonicalizer",
    "UniformCanonicalizer",
]
