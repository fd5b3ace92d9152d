r"""Which point-wise activations keep a network equivariant: representations, multiplier groups, and the decision."""

from __future__ import annotations

from pyg_symbreak.equivariance.analysis import Analysis, analyse
from pyg_symbreak.equivariance.bases import Bases, Summand, admissible_bases
from pyg_symbreak.equivariance.constructors import (
    coset_space,
    cyclic,
    cyclic_plane,
    dihedral_plane,
    euclidean,
    octahedral,
    orthogonal,
    permutation,
    point_group,
    sign,
    signed_permutation,
    special_orthogonal,
    standard,
    tensor_power,
    trivial,
    young_module,
)
from pyg_symbreak.equivariance.decision import admissible
from pyg_symbreak.equivariance.image import image_representation
from pyg_symbreak.equivariance.lint import LintReport, Space, lint
from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup
from pyg_symbreak.equivariance.multiplier import Multiplier
from pyg_symbreak.equivariance.orbits import Orbit
from pyg_symbreak.equivariance.registry import multiplier_of, register_activation
from pyg_symbreak.equivariance.report import OrbitReport, Report
from pyg_symbreak.equivariance.representation import Representation
from pyg_symbreak.equivariance.witness import Witness

__all__ = [
    "Analysis",
    "Bases",
    "LintReport",
    "MultiplicativeGroup",
    "Multiplier",
    "Orbit",
    "OrbitReport",
    "Report",
    "Representation",
    "Space",
    "Summand",
    "Witness",
    "admissible",
    "admissible_bases",
    "analyse",
    "coset_space",
    "cyclic",
    "cyclic_plane",
    "dihedral_plane",
    "euclidean",
    "image_representation",
    "lint",
    "multiplier_of",
    "octahedral",
    "orthogonal",
    "permutation",
    "point_group",
    "register_activation",
    "sign",
    "signed_permutation",
    "special_orthogonal",
    "standard",
    "tensor_power",
    "trivial",
    "young_module",
]
