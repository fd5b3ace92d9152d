r"""Discrete diffusion of graphs with typed nodes and edges, with symmetry breaking as an argument."""

from __future__ import annotations

from pyg_symbreak.models.diffusion.breaking import Draw, SymmetryBreaking, TypedScore
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.denoiser import GraphTransformer
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.flow import flow
from pyg_symbreak.models.diffusion.guidance import guided
from pyg_symbreak.models.diffusion.layer import GraphTransformerLayer
from pyg_symbreak.models.diffusion.likelihood import variational_bound
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.models.diffusion.pairs import pair_index, pair_number
from pyg_symbreak.models.diffusion.samplers import ancestral, initial_state
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.sizes import SizeHistogram
from pyg_symbreak.models.diffusion.transition import (
    AbsorbingTransition,
    MarginalTransition,
    Transition,
    UniformTransition,
)

__all__ = [
    "AbsorbingTransition",
    "DenseGraph",
    "DiffusionConfig",
    "Draw",
    "GraphDiffusion",
    "GraphTransformer",
    "GraphTransformerLayer",
    "MarginalTransition",
    "NoiseSchedule",
    "SizeHistogram",
    "SymmetryBreaking",
    "Transition",
    "TypedScore",
    "UniformTransition",
    "ancestral",
    "flow",
    "guided",
    "initial_state",
    "pair_index",
    "pair_number",
    "variational_bound",
]
