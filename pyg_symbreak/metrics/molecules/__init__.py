r"""Metrics of generated molecules; RDKit (the extra ``mol``) is imported when they are used."""

from __future__ import annotations

from pyg_symbreak.metrics.molecules.check import CheckedMolecule, check_molecule, check_molecules
from pyg_symbreak.metrics.molecules.evaluate import MoleculeMetrics, evaluate_molecules
from pyg_symbreak.metrics.molecules.fcd import FrechetChemNetDistance
from pyg_symbreak.metrics.molecules.filters import MoleculeFilters
from pyg_symbreak.metrics.molecules.fingerprints import NearestNeighbourSimilarity, internal_diversity
from pyg_symbreak.metrics.molecules.keys import graph_hashes, molecule_hashes
from pyg_symbreak.metrics.molecules.nspdk import NSPDKDistance, molecule_graphs, nspdk_features
from pyg_symbreak.metrics.molecules.parts import PartSimilarity, brics_fragments, scaffold
from pyg_symbreak.metrics.molecules.properties import PropertyDistances
from pyg_symbreak.metrics.molecules.sets import relaxed_shares, unique_novel
from pyg_symbreak.metrics.molecules.stability import stability

__all__ = [
    "CheckedMolecule",
    "FrechetChemNetDistance",
    "MoleculeFilters",
    "MoleculeMetrics",
    "NSPDKDistance",
    "NearestNeighbourSimilarity",
    "PartSimilarity",
    "PropertyDistances",
    "brics_fragments",
    "check_molecule",
    "check_molecules",
    "evaluate_molecules",
    "graph_hashes",
    "internal_diversity",
    "molecule_graphs",
    "molecule_hashes",
    "nspdk_features",
    "relaxed_shares",
    "scaffold",
    "stability",
    "unique_novel",
]
