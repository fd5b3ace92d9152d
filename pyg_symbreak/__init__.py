r"""Symmetry breaking for PyTorch Geometric: draw a group element from the input, equivariantly in law, and use it."""

from __future__ import annotations

__version__ = "0.1.0"
