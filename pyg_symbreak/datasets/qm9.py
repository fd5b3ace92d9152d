r"""QM9 as graphs with typed nodes and edges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SPLITS
from pyg_symbreak.datasets.molecule_base import MoleculeDataset
from pyg_symbreak.datasets.molecules import check_bonds
from pyg_symbreak.datasets.qm9_source import (
    NUM_GDB9,
    RAW_NAME,
    columns,
    qm9pack_folder,
    read_files,
    read_qm9pack,
    source_name,
)

_NUM_TRAIN: Final = 100_000
_NUM_TEST: Final = NUM_GDB9 // 10
_CHARGED: Final = ("C-", "N-", "N+", "O-")


class QM9Graphs(MoleculeDataset):
    r"""The molecules of QM9: at most nine heavy atoms of C, N, O, F and the bonds between them.

    QM9 is "Quantum chemistry structures and properties of 134 kilo molecules" (Ramakrishnan et al., Scientific Data 1,
    140022, 2014). Nothing is downloaded: place the file ``qm9_smiles.tsv.gz`` in ``<root>/raw/``, or give its ``path``.
    Each of its lines holds the number of a molecule in GDB-9 (1 … 133,885), a tab and a SMILES string; the card
    ``datasets/qm9.md`` of the repository tells where to get it. Without the file the installed package ``qm9pack``
    (``pip install qm9pack``, 104 MB) is read.

    Every graph has ``edge_index``, ``node_type``, ``edge_type`` and ``formal_charge`` as made by
    :func:`~pyg_symbreak.datasets.molecules.molecule_graph`, and ``mol_id`` ``[1]``, the GDB-9 number. Molecules that
    RDKit cannot sanitise are left out and counted in :attr:`dropped`, by reason.

    The split depends on the GDB-9 number alone: the 133,885 numbers are shuffled by NumPy's legacy generator with seed
    42, the first 100,000 are for training, the last 13,388 for testing and the 20,497 between them for validation, by
    the rule of DiGress (Vignac et al., arXiv 2209.14734). Graphs come in this shuffled order, so that ``num_graphs``
    takes a random part of the split.

    Args:
        root: Folder of the data set, or :obj:`None` to keep everything in memory.
        split: ``"train"``, ``"val"`` or ``"test"``.
        bonds: ``"kekule"`` or ``"aromatic"``.
        path: The file with the SMILES, gzipped or not, if it is not in ``<root>/raw/``.
        num_graphs: At most so many molecules are read, from the first on.
        hydrogens: Whether hydrogens, which RDKit adds, are nodes; node types are then H, C, N, O, F.
        charges: Whether charged atoms have types of their own, C-, N-, N+ and O-, after those without a charge.
        properties: Names of properties for ``y`` ``[1, F]``, float32, in the units of the source: ``A``, ``B``, ``C``,
            ``mu``, ``alpha``, ``homo``, ``lumo``, ``gap``, ``r2``, ``zpve``, ``u0``, ``u298``, ``h298``, ``g298``,
            ``cv``. They are read from ``qm9_props.npz`` beside the file with the SMILES, in the same order.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        FileNotFoundError: If a file is not there.
        ImportError: If RDKit is not installed.
        ValueError: If ``bonds``, a property or the split is unknown, ``num_graphs`` is below 1, neither ``root`` nor
            ``path`` is given (and ``qm9pack`` is not installed), a file is damaged, or it has no molecule of the split.

    .. code-block:: python

        dataset = QM9Graphs(path="qm9_smiles.tsv.gz", split="test", num_graphs=1000)
        dataset.dropped  # {}
    """

    elements: tuple[str, ...] = ("C", "N", "O", "F")

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        bonds: str = "kekule",
        path: str | Path | None = None,
        num_graphs: int | None = None,
        hydrogens: bool = False,
        charges: bool = False,
        properties: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        check_bonds("QM9Graphs", bonds)
        if num_graphs is not None and num_graphs < 1:
            raise ValueError(f"'QM9Graphs' expected 'num_graphs' to be at least 1 (got {num_graphs})")
        self.path = _found(root, path)
        self.num_graphs, self.charges, self.properties = num_graphs, charges, tuple(properties)
        self.elements = (("H",) if hydrogens else ()) + QM9Graphs.elements + (_CHARGED if charges else ())
        columns(self.properties)
        self.source = source_name(self.path, bool(self.properties))
        super().__init__(root, split, bonds, hydrogens, **kwargs)

    def options(self) -> dict[str, str]:
        atoms = ("hydrogens" if self.hydrogens else "heavy") + ("_charges" if self.charges else "")
        names = {"properties": "_".join(self.properties)} if self.properties else {}
        return {
            "bonds": self.bonds,
            "atoms": atoms,
            **names,
            "graphs": str(self.num_graphs or "all"),
            "raw": self.source,
        }

    def graphs(self) -> list[Data]:
        if self.path is not None:
            records = read_files(self.path, self.properties)
        else:
            folder = qm9pack_folder()
            assert folder is not None  # or the initialiser would have refused
            records = read_qm9pack(folder, self.properties)
        numbers = [number for number in split_numbers(self.split) if number in records.smiles][: self.num_graphs]
        graphs = self.convert((number, records.smiles[number]) for number in numbers)
        if not graphs:
            raise ValueError(
                f"'QM9Graphs' expected molecules of the split {self.split!r} in {self.path or 'qm9pack'}"
                f" (got {len(numbers)}, of which dropped {self.dropped})"
            )
        if self.properties:
            for graph in graphs:
                graph.y = torch.from_numpy(records.properties[int(graph.mol_id)])[None]
        return graphs


def _found(root: str | Path | None, path: str | Path | None) -> Path | None:
    if path is None and root is None:
        if qm9pack_folder() is None:
            raise ValueError("'QM9Graphs' expected 'root' or 'path' (got neither)")
        return None
    found = Path(path) if path is not None else Path(str(root)).expanduser() / "raw" / RAW_NAME
    if found.is_file():
        return found
    if path is None and qm9pack_folder() is not None:
        return None
    raise FileNotFoundError(
        f"'QM9Graphs' expected the file {RAW_NAME}, which has to be placed by hand (got no {found}), or the package"
        " 'qm9pack', `pip install qm9pack`"
    )


def split_numbers(split: str) -> list[int]:
    r"""Return the GDB-9 numbers (from 1) of a split of QM9, in shuffled order, before any molecule is left out.

    Args:
        split: ``"train"``, ``"val"`` or ``"test"``.

    .. code-block:: python

        >>> [len(split_numbers(split)) for split in ("train", "val", "test")]
        [100000, 20497, 13388]
    """
    shuffled = np.random.RandomState(42).permutation(NUM_GDB9) + 1
    parts = np.split(shuffled, [_NUM_TRAIN, NUM_GDB9 - _NUM_TEST])
    numbers: list[int] = parts[SPLITS.index(split)].tolist()
    return numbers
