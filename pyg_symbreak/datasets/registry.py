r"""Data sets by name, for the command line and for tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from torch_geometric.data import Dataset

from pyg_symbreak.datasets.automorphism import AutomorphismGraphs
from pyg_symbreak.datasets.base import SPLITS
from pyg_symbreak.datasets.brec import BREC
from pyg_symbreak.datasets.community import CommunityGraphs
from pyg_symbreak.datasets.connected import ConnectedGraphs
from pyg_symbreak.datasets.csl import CSL
from pyg_symbreak.datasets.erdos_renyi import ErdosRenyiGraphs
from pyg_symbreak.datasets.exp import EXP
from pyg_symbreak.datasets.glyphs import Glyphs
from pyg_symbreak.datasets.ising import IsingGroundStates
from pyg_symbreak.datasets.moses import MOSES
from pyg_symbreak.datasets.nbody import NBody
from pyg_symbreak.datasets.pattern import PATTERN
from pyg_symbreak.datasets.pattern_graphs import PatternGraphs
from pyg_symbreak.datasets.peptides import PeptidesFunc, PeptidesStruct
from pyg_symbreak.datasets.point_shapes import PointShapes
from pyg_symbreak.datasets.qm9 import QM9Graphs
from pyg_symbreak.datasets.regular import RegularGraphs
from pyg_symbreak.datasets.small_molecules import SmallMolecules
from pyg_symbreak.datasets.spectre import SpectreGraphs
from pyg_symbreak.datasets.spin_glass import RandomBondIsing, RandomFieldIsing
from pyg_symbreak.datasets.strongly_regular import StronglyRegular
from pyg_symbreak.datasets.trees import TreeGraphs
from pyg_symbreak.datasets.zinc import ZINC250k
from pyg_symbreak.datasets.zoo import SymmetricGraphZoo

_BUILDERS: Final[dict[str, tuple[Callable[..., Any], dict[str, Any]]]] = {
    "er-0.25": (ErdosRenyiGraphs, {"p": 0.25}),
    "er-0.20": (ErdosRenyiGraphs, {"p": 0.20}),
    "er-0.10": (ErdosRenyiGraphs, {"p": 0.10}),
    "community": (CommunityGraphs, {}),
    "community-leaky": (CommunityGraphs, {"leaky": True}),
    "trees": (TreeGraphs, {}),
    "regular-4": (RegularGraphs, {"degree": 4}),
    "point-shapes": (PointShapes, {}),
    "glyphs": (Glyphs, {}),
    "qm9": (QM9Graphs, {}),
    "zoo": (SymmetricGraphZoo, {}),
    "small-molecules": (SmallMolecules, {}),
    "zinc250k": (ZINC250k, {}),
    "moses": (MOSES, {}),
    "planar": (SpectreGraphs, {"name": "planar"}),
    "sbm": (SpectreGraphs, {"name": "sbm"}),
    "tree": (SpectreGraphs, {"name": "tree"}),
    "comm20": (SpectreGraphs, {"name": "comm20"}),
    "automorphism": (AutomorphismGraphs, {}),
    "graph8c": (ConnectedGraphs, {"num_nodes": 8}),
    "exp": (EXP, {}),
    "csl": (CSL, {}),
    "sr25": (StronglyRegular, {}),
    "brec": (BREC, {}),
    "pattern": (PATTERN, {}),
    "pattern-graphs": (PatternGraphs, {}),
    "peptides-func": (PeptidesFunc, {}),
    "peptides-struct": (PeptidesStruct, {}),
    "nbody": (NBody, {}),
    "ising": (IsingGroundStates, {}),
    "spin-glass": (RandomBondIsing, {}),
    "random-field": (RandomFieldIsing, {}),
}

_ONE_SPLIT: Final = ("zoo", "automorphism", "graph8c", "sr25", "brec")
_FOLDER: Final = (
    ZINC250k, MOSES, SpectreGraphs, ConnectedGraphs, EXP, StronglyRegular, BREC, PATTERN, PeptidesFunc, PeptidesStruct,
)  # fmt: skip

#: The names that :func:`load_dataset` knows.
DATASETS: Final = tuple(_BUILDERS)


def load_dataset(name: str, split: str = "train", root: str | Path | None = None, **options: Any) -> Dataset:
    r"""Make a data set from its name.

    Args:
        name: One of ``er-0.25``, ``er-0.20``, ``er-0.10``, ``community``, ``community-leaky``, ``trees``,
            ``regular-4``, ``point-shapes``, ``glyphs``, ``qm9``, ``zoo``, ``small-molecules``, ``zinc250k``, ``moses``,
            ``planar``, ``sbm``, ``tree``, ``comm20``, ``automorphism``, ``graph8c``, ``exp``, ``csl``, ``sr25``,
            ``brec``, ``pattern``, ``pattern-graphs``, ``peptides-func``, ``peptides-struct``, ``nbody``, ``ising``,
            ``spin-glass`` and ``random-field``.
        split: ``"train"``, ``"val"`` or ``"test"``; the zoo and other sets to look at are the same for each.
        root: Folder of the data set, or :obj:`None` to keep everything in memory, where the class allows that.
        **options: Further arguments of the class, such as ``num_graphs``, or ``path`` for ``qm9``.

    Raises:
        ValueError: If the name or the split is unknown, or ``root`` is missing for one that needs it.

    >>> load_dataset("er-0.10", "val", num_graphs=10)
    ErdosRenyiGraphs(10, split=val, p=0.1, n=7..16, graphs=10, seed=1)
    """
    if name not in _BUILDERS:
        raise ValueError(f"'load_dataset' expected 'name' to be one of {', '.join(DATASETS)} (got {name!r})")
    if split not in SPLITS:
        raise ValueError(f"'load_dataset' expected 'split' to be one of {', '.join(SPLITS)} (got {split!r})")
    cls, settings = _BUILDERS[name]
    if root is None and cls in _FOLDER:
        raise ValueError(f"'load_dataset' expected 'root', the folder of the data set {name!r} (got None)")
    if name in _ONE_SPLIT:
        return cls(root=root, **settings, **options)
    return cls(root, split=split, **settings, **options)
