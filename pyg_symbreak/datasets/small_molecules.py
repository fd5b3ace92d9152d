r"""All small molecules of a few elements, made without a file and without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch_geometric.data import Data

from pyg_symbreak.datasets.enumerate_molecules import enumerate_molecules
from pyg_symbreak.datasets.molecule_base import MoleculeDataset

_CUTS = (0.8, 0.9)


class SmallMolecules(MoleculeDataset):
    r"""Every connected, neutral, valence-valid molecule with up to a number of heavy atoms.

    They are enumerated by :func:`~pyg_symbreak.datasets.enumerate_molecules.enumerate_molecules`: nothing is
    downloaded, and no file is needed. The default, C, N and O with up to five heavy atoms, has 4,141 molecules and
    takes about a second; six have 35,484 and take some ten seconds. Most of them no chemist has made, so nothing is to
    be learned here about chemistry.

    Every graph has ``edge_index``, ``node_type``, ``edge_type`` and ``formal_charge`` as made by
    :func:`~pyg_symbreak.datasets.molecules.molecule_graph`, and ``mol_id`` ``[1]``, its place in the enumeration. A
    seeded shuffle cuts the molecules into 80 % for training, 10 % for validation and 10 % for testing; no molecule is
    in two splits.

    Args:
        root: Folder of the data set, or :obj:`None` to keep everything in memory.
        split: ``"train"``, ``"val"`` or ``"test"``.
        max_heavy_atoms: The largest number of heavy atoms.
        elements: The elements of the heavy atoms.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes, of type 0.
        seed: Seed of the split.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If an option is out of range, or no molecule is left for the split.

    .. code-block:: python

        >>> dataset = SmallMolecules(max_heavy_atoms=3, elements=("C", "O"))
        >>> dataset
        SmallMolecules(27, split=train, heavy=3, elements=C_O, bonds=kekule, hydrogens=no, seed=0)
        >>> dataset.node_types, dataset.bond_types
        (('C', 'O'), ('single', 'double', 'triple'))
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        max_heavy_atoms: int = 5,
        elements: Sequence[str] = ("C", "N", "O"),
        bonds: str = "kekule",
        hydrogens: bool = False,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        if max_heavy_atoms < 1:
            raise ValueError(f"'SmallMolecules' expected 'max_heavy_atoms' to be at least 1 (got {max_heavy_atoms})")
        if seed < 0:
            raise ValueError(f"'SmallMolecules' expected 'seed' to be non-negative (got {seed})")
        self.max_heavy_atoms, self.seed = max_heavy_atoms, seed
        self.heavy = tuple(elements)
        self.elements = (("H",) if hydrogens else ()) + self.heavy
        super().__init__(root, split, bonds, hydrogens, **kwargs)

    def options(self) -> dict[str, str]:
        return {
            "heavy": str(self.max_heavy_atoms),
            "elements": "_".join(self.heavy),
            "bonds": self.bonds,
            "hydrogens": "yes" if self.hydrogens else "no",
            "seed": str(self.seed),
        }

    def graphs(self) -> list[Data]:
        molecules = enumerate_molecules(self.max_heavy_atoms, self.heavy)
        numbers = np.random.default_rng(self.seed).permutation(len(molecules))
        train, val, test = np.split(numbers, [round(cut * len(numbers)) for cut in _CUTS])
        chosen = {"train": train, "val": val, "test": test}[self.split]
        return self.convert((number, molecules[number]) for number in chosen.tolist())
