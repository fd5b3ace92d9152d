r"""What is measured: reconstruction and its floors without symmetry breaking, and which graphs are told apart."""

from __future__ import annotations

from pyg_symbreak.metrics.all_pairs import AllPairs, separation_all_pairs
from pyg_symbreak.metrics.floor import wl_floor
from pyg_symbreak.metrics.reconstruction import (
    ReconstructionMetrics,
    pair_targets,
    reconstruction_counts,
    reconstruction_scores,
)
from pyg_symbreak.metrics.reference_embeddings import canonical_embedding, wl_embedding
from pyg_symbreak.metrics.separation import Separation, measure_separation, separation_any
from pyg_symbreak.metrics.two_sample import energy_test

__all__ = [
    "AllPairs",
    "ReconstructionMetrics",
    "Separation",
    "canonical_embedding",
    "energy_test",
    "measure_separation",
    "pair_targets",
    "reconstruction_counts",
    "reconstruction_scores",
    "separation_all_pairs",
    "separation_any",
    "wl_embedding",
    "wl_floor",
]
