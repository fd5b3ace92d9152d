r"""Data sets of small graphs, synthetic and molecular, as PyG in-memory data sets."""

from __future__ import annotations

from pyg_symbreak.datasets.automorphism import AutomorphismGraphs
from pyg_symbreak.datasets.brec import BREC
from pyg_symbreak.datasets.community import CommunityGraphs
from pyg_symbreak.datasets.connected import ConnectedGraphs
from pyg_symbreak.datasets.csl import CSL
from pyg_symbreak.datasets.erdos_renyi import ErdosRenyiGraphs
from pyg_symbreak.datasets.exp import EXP
from pyg_symbreak.datasets.from_smiles import MoleculesFromSmiles
from pyg_symbreak.datasets.glyphs import Glyphs
from pyg_symbreak.datasets.ising import IsingGroundStates, coupling_grid
from pyg_symbreak.datasets.lattice_items import lattice_items
from pyg_symbreak.datasets.leakage import seen_graphs
from pyg_symbreak.datasets.molecules import UnusableMolecule, graph_molecule, molecule_graph
from pyg_symbreak.datasets.moses import MOSES
from pyg_symbreak.datasets.nbody import NBody
from pyg_symbreak.datasets.on_disk import MoleculesOnDisk
from pyg_symbreak.datasets.pair_sets import PAIR_SETS, separation_pairs
from pyg_symbreak.datasets.pattern import PATTERN
from pyg_symbreak.datasets.pattern_graphs import PatternGraphs
from pyg_symbreak.datasets.peptides import PeptidesFunc, PeptidesStruct
from pyg_symbreak.datasets.point_shapes import PointShapes
from pyg_symbreak.datasets.qm9 import QM9Graphs
from pyg_symbreak.datasets.registry import DATASETS, load_dataset
from pyg_symbreak.datasets.regular import RegularGraphs
from pyg_symbreak.datasets.round_trip import round_trip
from pyg_symbreak.datasets.small_molecules import SmallMolecules
from pyg_symbreak.datasets.spectre import SpectreGraphs
from pyg_symbreak.datasets.spin_glass import RandomBondIsing, RandomFieldIsing
from pyg_symbreak.datasets.strongly_regular import StronglyRegular
from pyg_symbreak.datasets.trees import TreeGraphs
from pyg_symbreak.datasets.zinc import ZINC250k
from pyg_symbreak.datasets.zoo import SymmetricGraphZoo

__all__ = [
    "BREC",
    "CSL",
    "DATASETS",
    "EXP",
    "MOSES",
    "PAIR_SETS",
    "PATTERN",
    "AutomorphismGraphs",
    "CommunityGraphs",
    "ConnectedGraphs",
    "ErdosRenyiGraphs",
    "Glyphs",
    "IsingGroundStates",
    "MoleculesFromSmiles",
    "MoleculesOnDisk",
    "NBody",
    "PatternGraphs",
    "PeptidesFunc",
    "PeptidesStruct",
    "PointShapes",
    "QM9Graphs",
    "RandomBondIsing",
    "RandomFieldIsing",
    "RegularGraphs",
    "SmallMolecules",
    "SpectreGraphs",
    "StronglyRegular",
    "SymmetricGraphZoo",
    "TreeGraphs",
    "UnusableMolecule",
    "ZINC250k",
    "coupling_grid",
    "graph_molecule",
    "lattice_items",
    "load_dataset",
    "molecule_graph",
    "round_trip",
    "seen_graphs",
    "separation_pairs",
]
