r"""Ground states of spins on lattices: distributions, models on the torus and on graphs, likelihoods over all draws."""

from __future__ import annotations

from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.models.spins.free_energy import free_energy
from pyg_symbreak.models.spins.graph_draw import GraphDraw, GraphDrawer
from pyg_symbreak.models.spins.graph_model import GRAPH_METHODS, GraphSpinModel
from pyg_symbreak.models.spins.likelihood import (
    marginal_log_likelihood,
    spin_correlation,
    stabilizer_log_likelihood,
)
from pyg_symbreak.models.spins.model import METHODS, SpinModel
from pyg_symbreak.models.spins.recurrent import RecurrentSpinModel
from pyg_symbreak.models.spins.score import ElementScores
from pyg_symbreak.models.spins.start import repeat_cell_
from pyg_symbreak.models.spins.units import energy_unit

__all__ = [
    "GRAPH_METHODS",
    "METHODS",
    "ElementScores",
    "GraphDraw",
    "GraphDrawer",
    "GraphSpinModel",
    "RecurrentSpinModel",
    "SpinDistribution",
    "SpinModel",
    "energy_unit",
    "free_energy",
    "marginal_log_likelihood",
    "repeat_cell_",
    "spin_correlation",
    "stabilizer_log_likelihood",
]
