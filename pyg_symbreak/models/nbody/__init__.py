r"""Charged particles: backbones, draws, and models made of both by name."""

from __future__ import annotations

from pyg_symbreak.models.nbody.build import NBODY_BACKBONES, NBodySettings, build_nbody, nbody_settings
from pyg_symbreak.models.nbody.draws import NBODY_DRAWS, nbody_draw
from pyg_symbreak.models.nbody.egnn import ParticleEGNN
from pyg_symbreak.models.nbody.gnn import ParticleGNN
from pyg_symbreak.models.nbody.transformer import ParticleTransformer

__all__ = [
    "NBODY_BACKBONES",
    "NBODY_DRAWS",
    "NBodySettings",
    "ParticleEGNN",
    "ParticleGNN",
    "ParticleTransformer",
    "build_nbody",
    "nbody_draw",
    "nbody_settings",
]
