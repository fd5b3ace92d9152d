r"""Structural features of noisy graphs: computed on device, equivariant, and without an ambiguity of eigenvectors."""

from __future__ import annotations

from pyg_symbreak.models.diffusion.features.base import StructuralFeature
from pyg_symbreak.models.diffusion.features.cycles import CycleCounts
from pyg_symbreak.models.diffusion.features.features import FEATURES, Features, make_features
from pyg_symbreak.models.diffusion.features.molecular import MolecularFeatures
from pyg_symbreak.models.diffusion.features.rrwp import RRWP
from pyg_symbreak.models.diffusion.features.spectral import SpectralProjectors

__all__ = [
    "FEATURES",
    "RRWP",
    "CycleCounts",
    "Features",
    "MolecularFeatures",
    "SpectralProjectors",
    "StructuralFeature",
    "make_features",
]
