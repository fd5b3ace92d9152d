r"""What the data sets of molecules share: an alphabet of atoms and bonds, and an account of what was left out."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset
from pyg_symbreak.datasets.molecules import BONDS, UnusableMolecule, check_bonds, molecule_graph, require_rdkit


class MoleculeDataset(SplitDataset):
    r"""Molecules with ``node_type``, ``edge_type`` and ``formal_charge``, and the names of these types.

    A subclass sets :attr:`elements` (before the initialiser of this class, if it is no constant) and implements
    :meth:`options` and :meth:`graphs`.

    Args:
        root: Folder of the data set, or :obj:`None` to keep everything in memory.
        split: ``"train"``, ``"val"`` or ``"test"``.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        ValueError: If ``bonds`` is unknown.
    """

    elements: tuple[str, ...] = ()

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        bonds: str = "kekule",
        hydrogens: bool = False,
        **kwargs: Any,
    ) -> None:
        check_bonds(type(self).__name__, bonds)
        self.bonds, self.hydrogens = bonds, hydrogens
        self.dropped: dict[str, int] = {}
        super().__init__(root, split, **kwargs)
        if root is not None:
            self.restore(json.loads(self.account_path.read_text()))

    @property
    def node_types(self) -> tuple[str, ...]:
        r"""The names of the atoms; node type ``t`` is ``node_types[t]``."""
        return self.elements

    @property
    def bond_types(self) -> tuple[str, ...]:
        r"""The names of the bonds; edge type ``t`` is ``bond_types[t - 1]``, and 0 is no bond."""
        return tuple(name.lower() for name in BONDS[self.bonds])

    @property
    def account_path(self) -> Path:
        r"""The file beside the processed one that tells what was left out."""
        return Path(self.processed_paths[0]).with_suffix(".json")

    def account(self) -> dict[str, Any]:
        r"""What is kept in :attr:`account_path`."""
        return {"dropped": self.dropped, "elements": list(self.elements)}

    def restore(self, account: dict[str, Any]) -> None:
        r"""Takes up what :meth:`account` gave."""
        self.dropped, self.elements = dict(account["dropped"]), tuple(account["elements"])

    def _prepared(self) -> list[Data]:
        require_rdkit(type(self).__name__)
        graphs = super()._prepared()
        if self._on_disk:  # before the graphs, so that there are no graphs without their account
            write_json(self.account_path, self.account())
        return graphs

    def convert(self, molecules: Iterable[tuple[int, str]]) -> list[Data]:
        r"""Turns SMILES strings into graphs with ``mol_id`` ``[1]``, and counts those left out in ``dropped``.

        Args:
            molecules: Number and SMILES string of each molecule.
        """
        graphs, dropped = [], Counter[str]()
        for number, smiles in molecules:
            try:
                graph = molecule_graph(smiles, self.elements, self.bonds, self.hydrogens)
            except UnusableMolecule as error:
                dropped[error.reason] += 1
                continue
            graph.mol_id = torch.tensor([number])
            graphs.append(graph)
        self.dropped = dict(sorted(dropped.items()))
        return graphs


def write_json(path: Path, content: Any) -> None:
    r"""Writes a JSON file at once, so that a kill leaves none or a whole one.

    .. code-block:: python

        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.json"
        >>> write_json(path, {"dropped": {}})
        >>> path.read_text()
        '{"dropped": {}}'
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(json.dumps(content), encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
