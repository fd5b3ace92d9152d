r"""Metrics of generated graphs: MMDs with intervals, and validity, uniqueness and novelty up to isomorphism."""

from __future__ import annotations

from pyg_symbreak.metrics.graphs.blocks import find_blocks
from pyg_symbreak.metrics.graphs.descriptors import clustering_histogram, degree_histogram, spectrum_histogram
from pyg_symbreak.metrics.graphs.evaluate import GraphMetrics
from pyg_symbreak.metrics.graphs.kernels import GaussianKernel, earth_mover, euclidean, total_variation
from pyg_symbreak.metrics.graphs.mmd import MMD, Gram
from pyg_symbreak.metrics.graphs.orbits import mean_orbits, orbit_counts
from pyg_symbreak.metrics.graphs.validity import is_community_small, is_planar, is_sbm, is_tree
from pyg_symbreak.metrics.graphs.vun import graph_keys, valid_unique_novel
from pyg_symbreak.metrics.graphs.wavelets import wavelet_histogram

__all__ = [
    "MMD",
    "GaussianKernel",
    "Gram",
    "GraphMetrics",
    "clustering_histogram",
    "degree_histogram",
    "earth_mover",
    "euclidean",
    "find_blocks",
    "graph_keys",
    "is_community_small",
    "is_planar",
    "is_sbm",
    "is_tree",
    "mean_orbits",
    "orbit_counts",
    "spectrum_histogram",
    "total_variation",
    "valid_unique_novel",
    "wavelet_histogram",
]
