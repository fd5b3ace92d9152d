r"""Millions of molecules as graphs that stay on the disk."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch_geometric.data import Batch, Data, Dataset

from pyg_symbreak.datasets.base import SPLITS
from pyg_symbreak.datasets.from_smiles import source_digest
from pyg_symbreak.datasets.molecule_base import write_json
from pyg_symbreak.datasets.molecule_selection import Selection, alphabet_option, no_molecules, split_number
from pyg_symbreak.datasets.molecule_store import open_store, write_store
from pyg_symbreak.datasets.molecule_table import Index, MoleculeTable, table_batch, table_graphs, type_lookup
from pyg_symbreak.datasets.molecules import BONDS, check_bonds, require_rdkit
from pyg_symbreak.datasets.smiles_file import SmilesSource
from pyg_symbreak.datasets.smiles_process import Parsing


class MoleculesOnDisk(Dataset):  # type: ignore[misc]
    r"""The molecules of a large list or file of SMILES strings, parsed once, in parallel and resumably, kept on disk.

    The graphs, splits and alphabets are those of :class:`~pyg_symbreak.datasets.MoleculesFromSmiles`. But the molecules
    are NumPy's ``.npy`` files, some 0.2 kB each, that are mapped into memory: a graph is made when it is asked for,
    several processes share the same memory, and :meth:`batch` makes a whole batch without a graph for each molecule.
    The parsed files serve every choice of alphabet, split and seed.

    A run that is killed goes on where it was: each chunk of lines is written at once, and found again.

    Args:
        source: As for :class:`~pyg_symbreak.datasets.MoleculesFromSmiles`.
        root: Folder of the data set.
        split: ``"train"``, ``"val"`` or ``"test"``.
        column: As for :class:`~pyg_symbreak.datasets.MoleculesFromSmiles`; likewise the next seven.
        bonds: ``"kekule"`` or ``"aromatic"``.
        elements: The alphabet of atoms; by default the atoms that occur.
        hydrogens: Whether hydrogens are nodes.
        charges: Whether charged atoms have entries of their own.
        max_nodes: Molecules with more nodes are left out.
        duplicates: Whether a molecule that comes up again is kept.
        fractions: Shares of the three splits, or :obj:`None` if the whole source belongs to ``split``.
        seed: Seed of the split.
        num_workers: How many processes parse; 0 for none but this one. A program that asks for some must guard its own
            start by ``if __name__ == "__main__":``.
        chunk_size: How many lines are parsed at a time.
        progress: Called with the number of lines of each chunk that is parsed or was found.
        transform: Applied at every access, but not by :meth:`batch`.
        force_reload: Parse again even if the files are on disk.

    Raises:
        FileNotFoundError: If the file is not there.
        ImportError: If RDKit is not installed.
        ValueError: If an option is out of range, the file is damaged or has no such column, no molecule can be used, or
            none is left for the split.

    .. code-block:: python

        >>> import tempfile
        >>> dataset = MoleculesOnDisk(["CCO", "C", "C("], tempfile.mkdtemp(), fractions=(1, 0, 0))
        >>> dataset, dataset.node_types, dataset.dropped
        (MoleculesOnDisk(2, split=train), ('C', 'O'), {'syntax': 1})
        >>> dataset.batch([1, 0]).node_type
        tensor([0, 0, 0, 1])
    """

    version: int = 1

    def __init__(
        self,
        source: SmilesSource,
        root: str | Path,
        split: str = "train",
        column: str | int | None = None,
        bonds: str = "kekule",
        elements: Sequence[str] | None = None,
        hydrogens: bool = False,
        charges: bool = False,
        max_nodes: int | None = None,
        duplicates: bool = True,
        fractions: Sequence[float] | None = (0.8, 0.1, 0.1),
        seed: int = 0,
        num_workers: int = 0,
        chunk_size: int = 10_000,
        progress: Callable[[int], None] | None = None,
        transform: Callable[[Any], Any] | None = None,
        force_reload: bool = False,
    ) -> None:
        name = type(self).__name__
        check_bonds(name, bonds)
        require_rdkit(name)
        shares = None if fractions is None else tuple(fractions)
        self.parsing = Parsing(source, column, bonds, hydrogens, max_nodes, chunk_size, num_workers)
        self.selection = Selection(alphabet_option(elements), charges, duplicates, shares, seed)  # type: ignore[arg-type]
        self.split, self._number = split, 0 if fractions is None else split_number(name, split)
        self.bonds, self.hydrogens, self.charges = bonds, hydrogens, charges
        self.raw = source_digest(source, column)
        self._progress = progress
        self._open: tuple[MoleculeTable, Index, npt.NDArray[np.int16]] | None = None
        super().__init__(str(root), transform, log=False, force_reload=force_reload)
        account = json.loads(Path(self.processed_paths[0]).read_text(encoding="utf-8"))
        self.elements: tuple[str, ...] = tuple(account["elements"])
        self.dropped: dict[str, int] = account["dropped"]
        if not self.len():
            raise ValueError(f"'{name}' expected molecules for the split {split!r} (got {account['splits']})")

    @property
    def node_types(self) -> tuple[str, ...]:
        r"""The names of the atoms; node type ``t`` is ``node_types[t]``."""
        return self.elements

    @property
    def bond_types(self) -> tuple[str, ...]:
        r"""The names of the bonds; edge type ``t`` is ``bond_types[t - 1]``, and 0 is no bond."""
        return tuple(name.lower() for name in BONDS[self.bonds])

    @property
    def store(self) -> Path:
        r"""The folder of the parsed molecules."""
        fields = [f"{key}={value}" for key, value in {"raw": self.raw, **self.parsing.options()}.items()]
        return Path(self.processed_dir) / "-".join(["molecules", f"v{self.version}", *fields])

    @property
    def processed_file_names(self) -> list[str]:
        fields = [f"{key}={value}" for key, value in self.selection.options().items()]
        name = "-".join(["selection", *fields])
        return [f"{self.store.name}/{name}.{suffix}" for suffix in ("json", "npz")]

    def process(self) -> None:
        if self.force_reload and self.store.is_dir():
            shutil.rmtree(self.store)
        account = write_store(self.store, self.parsing, self._progress)
        dropped, index = Counter(account["dropped"]), np.zeros(0, dtype=np.int64)
        elements: tuple[str, ...] = ()
        if account["molecules"]:
            table = open_store(self.store)
            elements = self.selection.alphabet(table)
            index, unfit = self.selection.kept(table)
            dropped.update(unfit)
        if not len(index):
            if not account["molecules"]:
                shutil.rmtree(self.store)
            raise no_molecules(type(self).__name__, self.parsing.source, account["lines"], dict(dropped))
        assigned = self.selection.splits(np.asarray(table.key)[index])
        parts = {split: index[assigned == number] for number, split in enumerate(SPLITS)}
        summary, path = (Path(name) for name in self.processed_paths)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                np.savez(file, **parts)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        counts = {split: len(members) for split, members in parts.items()}
        content = {"dropped": dict(sorted(dropped.items())), "elements": elements, "splits": counts}
        write_json(summary, {**content, "lines": account["lines"]})

    def len(self) -> int:
        return len(self._opened()[1])

    def get(self, idx: int) -> Data:
        return self.multi_get([idx])[0]

    def multi_get(self, indices: Sequence[int]) -> list[Data]:
        r"""The graphs with some numbers, without ``transform``."""
        table, index, lookup = self._opened()
        return table_graphs(table, index[list(indices)], lookup)

    def batch(self, indices: Sequence[int]) -> Batch:
        r"""The batch of the graphs with some numbers, without ``transform``; faster than one graph after another."""
        table, index, lookup = self._opened()
        where = np.asarray(indices, dtype=np.int64)
        if self._indices is not None:
            known = self.indices()
            where = np.array([known[i] for i in where.tolist()], dtype=np.int64)
        return table_batch(table, index[where], lookup)

    def __getitems__(self, indices: Sequence[int]) -> list[Data]:
        r"""The graphs of a mini-batch, as a data loader asks for them."""
        known = self.indices()
        graphs = self.multi_get([known[i] for i in indices])
        return graphs if self.transform is None else [self.transform(graph) for graph in graphs]

    def _opened(self) -> tuple[MoleculeTable, Index, npt.NDArray[np.int16]]:
        if self._open is None:
            with np.load(self.processed_paths[1], allow_pickle=False) as content:
                index = content[SPLITS[self._number]]
            self._open = open_store(self.store), index, type_lookup(self.elements, self.charges)
        return self._open

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": None, "_progress": None}  # another process maps the files itself

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)}, split={self.split})"
