r"""QM9 as graphs of heavy atoms with typed nodes and edges."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SPLITS, SplitDataset
from pyg_symbreak.datasets.molecules import BONDS, UnusableMolecule, molecule_graph, require_rdkit

RAW_NAME: Final = "qm9_smiles.tsv.gz"
NUM_GDB9: Final = 133_885
_NUM_TRAIN: Final = 100_000
_NUM_TEST: Final = NUM_GDB9 // 10


class QM9Graphs(SplitDataset):
    r"""The molecules of QM9 without hydrogens: at most nine atoms of C, N, O, F and the bonds between them.

    QM9 is "Quantum chemistry structures and properties of 134 kilo molecules" (Ramakrishnan et al., Scientific Data 1,
    140022, 2014). Nothing is downloaded: place the file ``qm9_smiles.tsv.gz`` in ``<root>/raw/``, or give its ``path``.
    Each of its lines holds the number of a molecule in GDB-9 (1 … 133,885), a tab and a SMILES string; the card
    ``datasets/qm9.md`` of the repository tells where to get it.

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
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        FileNotFoundError: If the file is not there.
        ImportError: If RDKit is not installed.
        ValueError: If ``bonds`` or the split is unknown, ``num_graphs`` is below 1, neither ``root`` nor ``path`` is
            given, the file is damaged, or it has no molecule of the split.

    .. code-block:: python

        dataset = QM9Graphs(path="qm9_smiles.tsv.gz", split="test", num_graphs=1000)
        dataset.dropped  # {}
    """

    elements = ("C", "N", "O", "F")

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        bonds: str = "kekule",
        path: str | Path | None = None,
        num_graphs: int | None = None,
        **kwargs: Any,
    ) -> None:
        if bonds not in BONDS:
            raise ValueError(f"'QM9Graphs' expected 'bonds' to be 'kekule' or 'aromatic' (got {bonds!r})")
        if num_graphs is not None and num_graphs < 1:
            raise ValueError(f"'QM9Graphs' expected 'num_graphs' to be at least 1 (got {num_graphs})")
        if path is None and root is None:
            raise ValueError("'QM9Graphs' expected 'root' or 'path' (got neither)")
        self.path = Path(path) if path is not None else Path(str(root)).expanduser() / "raw" / RAW_NAME
        if not self.path.is_file():
            raise FileNotFoundError(
                f"'QM9Graphs' expected the file {RAW_NAME}, which has to be placed by hand (got no {self.path})"
            )
        self.bonds, self.num_graphs = bonds, num_graphs
        self.digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        self.dropped: dict[str, int] = {}
        super().__init__(root, split, **kwargs)
        if root is not None:
            self.dropped = json.loads(self._dropped_path.read_text())

    @property
    def bond_types(self) -> tuple[str, ...]:
        r"""The names of the bonds; edge type ``t`` is ``bond_types[t - 1]``, and 0 is no bond."""
        return tuple(name.lower() for name in BONDS[self.bonds])

    def options(self) -> dict[str, str]:
        return {"bonds": self.bonds, "graphs": str(self.num_graphs or "all"), "raw": self.digest[:8]}

    def process(self) -> None:
        super().process()
        self._dropped_path.write_text(json.dumps(self.dropped))

    def graphs(self) -> list[Data]:
        require_rdkit("QM9Graphs")
        records = _read(self.path)
        numbers = [number for number in split_numbers(self.split) if number in records][: self.num_graphs]
        graphs, dropped = [], Counter[str]()
        for number in numbers:
            try:
                graph = molecule_graph(records[number], self.elements, self.bonds)
            except UnusableMolecule as error:
                dropped[error.reason] += 1
                continue
            graph.mol_id = torch.tensor([number])
            graphs.append(graph)
        self.dropped = dict(sorted(dropped.items()))
        if not graphs:
            raise ValueError(
                f"'QM9Graphs' expected molecules of the split {self.split!r} in {self.path}"
                f" (got {len(numbers)}, of which dropped {self.dropped})"
            )
        return graphs

    @property
    def _dropped_path(self) -> Path:
        return Path(self.processed_paths[0]).with_suffix(".json")


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


def _read(path: Path) -> dict[int, str]:
    content = path.read_bytes()
    try:
        text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("ascii")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(f"'QM9Graphs' expected {path} to be a whole text or gzip file (got: {error})") from error
    records: dict[int, str] = {}
    for row, line in enumerate(text.splitlines(), start=1):
        number, _, smiles = line.partition("\t")
        if not number.isdigit() or not 1 <= int(number) <= NUM_GDB9 or not smiles.strip():
            raise ValueError(
                f"'QM9Graphs' expected a number from 1 to {NUM_GDB9}, a tab and a SMILES string in line {row} of {path}"
                f" (got {line[:80]!r})"
            )
        records[int(number)] = smiles.strip()
    return records
