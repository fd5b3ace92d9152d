r"""A graph autoencoder with one short vector per node, on ragged batches."""

from __future__ import annotations

from pyg_symbreak.models.autoencoder.config import (
    DECODERS,
    ENCODERS,
    PRESETS,
    SYMMETRY_BREAKING,
    AutoencoderConfig,
    Preset,
)
from pyg_symbreak.models.autoencoder.decoder import Reconstruction
from pyg_symbreak.models.autoencoder.model import GraphAutoencoder

__all__ = [
    "DECODERS",
    "ENCODERS",
    "PRESETS",
    "SYMMETRY_BREAKING",
    "AutoencoderConfig",
    "GraphAutoencoder",
    "Preset",
    "Reconstruction",
]
