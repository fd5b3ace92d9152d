r"""Exact combinatorics on whole batches of graphs: canonical orders, automorphisms, isomorphism."""

from __future__ import annotations

from pyg_symbreak.labeling.automorphism import AutomorphismGroup, automorphism_counts, automorphism_group
from pyg_symbreak.labeling.form import canonical_hash, find_isomorphism, is_isomorphic
from pyg_symbreak.labeling.lattice import lattice_ranks, lattice_stabilizer
from pyg_symbreak.labeling.rank import canonical_rank, random_canonical_rank, refinement_rank, wl_colors
from pyg_symbreak.labeling.search import SearchBudgetExceeded
from pyg_symbreak.labeling.wl import wl_hash

__all__ = [
    "AutomorphismGroup",
    "SearchBudgetExceeded",
    "automorphism_counts",
    "automorphism_group",
    "canonical_hash",
    "canonical_rank",
    "find_isomorphism",
    "is_isomorphic",
    "lattice_ranks",
    "lattice_stabilizer",
    "random_canonical_rank",
    "refinement_rank",
    "wl_colors",
    "wl_hash",
]
