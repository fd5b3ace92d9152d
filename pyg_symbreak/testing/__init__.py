r"""Checks that a user runs on their own functions, layers and transforms."""

from __future__ import annotations

from pyg_symbreak.testing.automorphisms import enumerate_automorphisms, orbits_by_search
from pyg_symbreak.testing.draw import assert_equivariant_draw
from pyg_symbreak.testing.elements import isolated_seed, replicate
from pyg_symbreak.testing.exact import assert_equivariant
from pyg_symbreak.testing.law import assert_equivariant_in_law
from pyg_symbreak.testing.statistics import chi_square_sf, chi_square_two_sample, chi_square_uniform, ks_two_sample
from pyg_symbreak.testing.uniform import assert_uniform_over_automorphisms
from pyg_symbreak.testing.zoo import graph_zoo

__all__ = [
    "assert_equivariant",
    "assert_equivariant_draw",
    "assert_equivariant_in_law",
    "assert_uniform_over_automorphisms",
    "chi_square_sf",
    "chi_square_two_sample",
    "chi_square_uniform",
    "enumerate_automorphisms",
    "graph_zoo",
    "isolated_seed",
    "ks_two_sample",
    "orbits_by_search",
    "replicate",
]
