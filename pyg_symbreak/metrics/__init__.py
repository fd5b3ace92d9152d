r"""What is measured: reconstruction, and the floors that no method without symmetry breaking gets below."""

from __future__ import annotations

from pyg_symbreak.metrics.floor import wl_floor
from pyg_symbreak.metrics.reconstruction import (
    ReconstructionMetrics,
    pair_targets,
    reconstruction_counts,
    reconstruction_scores,
)

__all__ = ["ReconstructionMetrics", "pair_targets", "reconstruction_counts", "reconstruction_scores", "wl_floor"]
