r"""Metrics of generated molecules; RDKit (the extra ``mol``) is imported when they are used."""

from __future__ import annotations

from pyg_symbreak.metrics.molecules.check import CheckedMolecule, check_molecule, check_molecules
from pyg_symbreak.metrics.molecules.evaluate import MoleculeMetrics, evaluate_molecules
from pyg_symbreak.metrics.molecules.keys import graph_hashes, molecule_hashes
from pyg_symbreak.metrics.molecules.sets import relaxed_shares, unique_novel
from pyg_symbreak.metrics.molecules.stability import stability

__all__ = [
    "CheckedMolecule",
    "MoleculeMetrics",
    "check_molecule",
    "check_molecules",
    "evaluate_molecules",
    "graph_hashes",
    "molecule_hashes",
    "relaxed_shares",
    "stability",
    "unique_novel",
]
