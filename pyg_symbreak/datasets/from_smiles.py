r"""The molecules of a list or file of SMILES strings as graphs."""

from __future__ import annotations

import contextlib
import copy
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SPLITS
from pyg_symbreak.datasets.molecule_base import MoleculeDataset
from pyg_symbreak.datasets.molecule_selection import Selection, alphabet_option, no_molecules, split_number
from pyg_symbreak.datasets.molecule_table import MoleculeTable, concatenate, table_graphs, type_lookup
from pyg_symbreak.datasets.molecules import check_bonds, require_rdkit
from pyg_symbreak.datasets.smiles_file import SmilesSource, digest
from pyg_symbreak.datasets.smiles_process import Parsing


class MoleculesFromSmiles(MoleculeDataset):
    r"""The molecules of a list or file of SMILES strings.

    Every graph has ``edge_index``, ``node_type``, ``edge_type`` and ``formal_charge`` as made by
    :func:`~pyg_symbreak.datasets.molecules.molecule_graph`, and ``mol_id`` ``[1]``, the number of its line, from 0,
    without the header and empty lines. What cannot be used is left out and counted in :attr:`dropped`, by reason, for
    the whole source: ``"syntax"`` (no SMILES), ``"chemistry"`` (RDKit rejects it), ``"fragments"`` (not connected),
    ``"size"``, ``"bond"``, ``"element"``, ``"charge"``, ``"duplicate"``.

    The split of a molecule depends on the seed and its canonical SMILES string without stereochemistry alone. So copies
    are never in different splits, and other lines do not matter.

    With a ``root`` the strings are parsed once for the three splits, otherwise for each. The graphs are held in memory;
    for millions of molecules take :class:`~pyg_symbreak.datasets.MoleculesOnDisk`.

    Args:
        source: A list of SMILES strings, or the path of a file: ``.smi``, ``.txt``, ``.csv``, ``.tsv``, gzipped or not,
            or a ``.tar.gz`` with one of them.
        root: Folder of the data set, or :obj:`None` to write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        column: Name of the column with the strings, when the first line has names, or its number, from 0, when it has
            none. By default a column called ``smiles``, in any capitals, or what stands first in each line.
        bonds: ``"kekule"`` or ``"aromatic"``.
        elements: The alphabet of atoms, such as ``("C", "N", "O", "N+")``; molecules with other atoms are left out. By
            default the atoms that occur: by atomic number, first those without a charge.
        hydrogens: Whether hydrogens are nodes.
        charges: Whether charged atoms have entries of their own.
        max_nodes: Molecules with more nodes are left out.
        duplicates: Whether a molecule that comes up again, stereochemistry aside, is kept.
        fractions: Shares of the three splits.
        seed: Seed of the split.
        num_workers: How many processes parse the strings; 0 for none but this one.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        FileNotFoundError: If the file is not there.
        ImportError: If RDKit is not installed.
        ValueError: If an option is out of range, the file is damaged or has no such column, no molecule can be used, or
            none is left for the split.

    .. code-block:: python

        >>> dataset = MoleculesFromSmiles(["CCO", "C[NH3+]", "C(", "c1ccccc1"], charges=True, fractions=(1, 0, 0))
        >>> len(dataset), dataset.node_types, dataset.dropped
        (3, ('C', 'O', 'N+'), {'syntax': 1})
    """

    def __init__(
        self,
        source: SmilesSource,
        root: str | Path | None = None,
        split: str = "train",
        column: str | int | None = None,
        bonds: str = "kekule",
        elements: Sequence[str] | None = None,
        hydrogens: bool = False,
        charges: bool = False,
        max_nodes: int | None = None,
        duplicates: bool = True,
        fractions: Sequence[float] = (0.8, 0.1, 0.1),
        seed: int = 0,
        num_workers: int = 0,
        **kwargs: Any,
    ) -> None:
        name = type(self).__name__
        check_bonds(name, bonds)
        split_number(name, split)
        require_rdkit(name)
        a, b, c = fractions if len(fractions) == 3 else (-1, -1, -1)
        self.parsing = Parsing(source, column, bonds, hydrogens, max_nodes, num_workers=num_workers)
        self.selection = Selection(alphabet_option(elements), charges, duplicates, (a, b, c), seed)
        self.charges = charges
        self.raw = source_digest(source, column)
        self._parsed: tuple[MoleculeTable, dict[str, list[int]]] | None = None
        super().__init__(root, split, bonds, hydrogens, **kwargs)

    def options(self) -> dict[str, str]:
        return {"raw": self.raw, **self.parsing.options(), **self.selection.options()}

    def assigned(self, table: MoleculeTable) -> npt.NDArray[np.int64]:
        r"""The number of the split of each molecule of a table."""
        return self.selection.splits(table.key)

    def process(self) -> None:
        self._parsed = self._parse()
        super().process()
        for split in SPLITS:
            other = copy.copy(self)
            other.split = split
            if split != self.split and other._parsed is not None and other._parsed[1][split]:
                with contextlib.suppress(ValueError):  # the other split says so itself when it is asked for
                    super(MoleculesFromSmiles, other).process()
        self._parsed = None

    def graphs(self) -> list[Data]:
        table, numbers = self._parsed or self._parse()
        index = np.array(numbers[self.split], dtype=np.int64)
        if not len(index):
            counts = {split: len(members) for split, members in numbers.items()}
            raise ValueError(f"'{type(self).__name__}' expected molecules for the split {self.split!r} (got {counts})")
        return table_graphs(table, index, type_lookup(self.elements, self.charges))

    def _parse(self) -> tuple[MoleculeTable, dict[str, list[int]]]:
        chunks = list(self.parsing.chunks())
        lines = sum(chunk.lines for chunk in chunks)
        dropped = sum((Counter(chunk.dropped) for chunk in chunks), Counter[str]())
        index = np.zeros(0, dtype=np.int64)
        if any(len(chunk.table.key) for chunk in chunks):
            table = concatenate([chunk.table for chunk in chunks])
            self.elements = self.selection.alphabet(table)
            index, unfit = self.selection.kept(table)
            dropped.update(unfit)
        self.dropped = dict(sorted(dropped.items()))
        if not len(index):
            raise no_molecules(type(self).__name__, self.parsing.source, lines, self.dropped)
        assigned = self.assigned(table)[index]
        return table, {split: index[assigned == number].tolist() for number, split in enumerate(SPLITS)}


def source_digest(source: SmilesSource, column: str | int | None) -> str:
    r"""Eight digits that change with the strings, and with the column they are read from."""
    return hashlib.sha256(f"{digest(source)} {column!r}".encode()).hexdigest()[:8]
