r"""Peptides as long molecular graphs: what they do, and what shape they have."""

from __future__ import annotations

import csv
import gzip
import json
import pickle
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SPLITS, SplitDataset
from pyg_symbreak.datasets.download import PublicFile, find_raw
from pyg_symbreak.datasets.molecules import require_rdkit
from pyg_symbreak.datasets.ogb_features import ogb_graph
from pyg_symbreak.datasets.raw import NUMPY_NAMES, placed_by_hand, raw_digest, restricted_load

_COGNN: Final = (
    "https://raw.githubusercontent.com/benfinkelshtein/CoGNN/2494bd77a0eab6328af36b860aa2d61854f6f9e8/datasets/"
    "peptides-functional/"
)
FILE: Final = PublicFile(
    "peptide_multi_class_dataset.csv.gz",
    _COGNN + "raw/peptide_multi_class_dataset.csv.gz",
    "e314f7dfb1ac46ef83fe5f5aa4fe502ad4527da633b64e6b997cb0c452511de3",
)
SPLIT_FILE: Final = PublicFile(
    "splits_random_stratified_peptide.pickle",
    _COGNN + "splits_random_stratified_peptide.pickle",
    "4573079852cce8867ad2d734c5dd22d77538bbe9f628223a8d4b3b531f6fffd0",
)
_SPLIT_OTHERS: Final = ("peptides_func_splits.pickle", "splits_random_stratified_peptide_structure.pickle")
STRUCT_NAMES: Final = ("peptide_structure_dataset.csv.gz", "peptides_struct.csv.gz")
STRUCT_SOURCE: Final = "https://www.dropbox.com/s/464u3303eu2u4zp/peptide_structure_dataset.csv.gz?dl=1"

_NUM_FUNCTIONS: Final = 10
#: The eleven properties of the shape, as the columns of ``y``.
SHAPES: Final = (
    "Inertia_mass_a", "Inertia_mass_b", "Inertia_mass_c", "Inertia_valence_a", "Inertia_valence_b",
    "Inertia_valence_c", "length_a", "length_b", "length_c", "Spherocity", "Plane_best_fit",
)  # fmt: skip


class _Peptides(SplitDataset):
    def __init__(self, path: Path, root: str | Path, split: str, **kwargs: Any) -> None:
        name = type(self).__name__
        require_rdkit(name)
        self.path = path
        self.split_path = find_raw(name, Path(root).expanduser() / "raw", SPLIT_FILE, _SPLIT_OTHERS)
        self.digest = raw_digest(self.path, self.split_path)
        super().__init__(root, split, **kwargs)

    def options(self) -> dict[str, str]:
        return {"raw": self.digest}

    def targets(self, rows: list[dict[str, str]]) -> npt.NDArray[np.float64]:
        raise NotImplementedError

    def graphs(self) -> list[Data]:
        name = type(self).__name__
        try:
            rows = _read_rows(self.path)
            targets = torch.from_numpy(self.targets(rows)).float()
            numbers = _read_split(self.split_path, self.split, len(rows))
        except (OSError, EOFError, KeyError, TypeError, ValueError, csv.Error, pickle.UnpicklingError) as error:
            where = f"{self.path} and {self.split_path}"
            raise ValueError(f"'{name}' expected {where} to hold peptides and their split (got: {error!r})") from error
        out = []
        for number in numbers:
            graph = ogb_graph(rows[number]["smiles"])
            graph.y = targets[number : number + 1]
            out.append(graph)
        return out


class PeptidesFunc(_Peptides):
    r"""Peptides-func: 15,535 peptides as molecular graphs of 151 atoms on average, and ten functions to tell.

    From "Long Range Graph Benchmark" (Dwivedi et al., NeurIPS 2022, arXiv 2206.08164), with its stratified split of
    10,873, 2,331 and 2,331 peptides. The measure is the average precision, averaged over the ten functions.

    Both files are downloaded and their SHA-256 verified, unless they lie in ``<root>/raw/``; the card
    ``datasets/peptides.md`` tells more. The data are under CC BY-NC 4.0 and nothing of them comes with this package.

    Every graph has ``x`` ``[n, 9]``, ``edge_index`` and ``edge_attr`` ``[E, 3]`` as made by
    :func:`~pyg_symbreak.datasets.ogb_features.ogb_graph`, and ``y`` ``[1, 10]``, float, 0 or 1.

    Args:
        root: Folder of the data set.
        split: ``"train"``, ``"val"`` or ``"test"``.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        OSError: If a file is neither there nor can be downloaded.
        ImportError: If RDKit is not installed.
        ValueError: If the split is unknown, or a file is damaged.

    .. code-block:: python

        dataset = PeptidesFunc("data/peptides", split="test")
        len(dataset)  # 2331
    """

    def __init__(self, root: str | Path, split: str = "train", **kwargs: Any) -> None:
        path = find_raw("PeptidesFunc", Path(root).expanduser() / "raw", FILE, ("peptides_func.csv.gz",))
        super().__init__(path, root, split, **kwargs)

    def targets(self, rows: list[dict[str, str]]) -> npt.NDArray[np.float64]:
        return np.array([json.loads(row["labels"]) for row in rows], dtype=np.float64).reshape(-1, _NUM_FUNCTIONS)


class PeptidesStruct(_Peptides):
    r"""Peptides-struct: the peptides of :class:`PeptidesFunc` and eleven properties of their shapes, to be regressed.

    From "Long Range Graph Benchmark" (Dwivedi et al., NeurIPS 2022, arXiv 2206.08164). As published, every property is
    shifted and scaled to mean zero and standard deviation one over all peptides. The measure is the mean absolute
    error. There is no SHA-256 of ``peptide_structure_dataset.csv.gz`` to verify a download with, so it is placed in
    ``<root>/raw/`` by hand; its published MD5 is ``9786061a34298a0684150f2e4ff13f47``.

    Every graph has ``x`` ``[n, 9]``, ``edge_index``, ``edge_attr`` ``[E, 3]`` and ``y`` ``[1, 11]``, float.

    Args:
        root: Folder of the data set.
        split: ``"train"``, ``"val"`` or ``"test"``.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        OSError: If a file is not there.
        ImportError: If RDKit is not installed.
        ValueError: If the split is unknown, or a file is damaged.

    .. code-block:: python

        dataset = PeptidesStruct("data/peptides", split="test")
        len(dataset)  # 2331
    """

    def __init__(self, root: str | Path, split: str = "train", **kwargs: Any) -> None:
        path = placed_by_hand("PeptidesStruct", Path(root).expanduser() / "raw", STRUCT_NAMES, STRUCT_SOURCE)
        super().__init__(path, root, split, **kwargs)

    def targets(self, rows: list[dict[str, str]]) -> npt.NDArray[np.float64]:
        table = np.array([[float(row[name]) for name in SHAPES] for row in rows])
        return np.asarray((table - table.mean(axis=0)) / table.std(axis=0, ddof=1))


def _read_rows(path: Path) -> list[dict[str, str]]:
    limit = csv.field_size_limit(1 << 30)  # the file of shapes has matrices of distances in its cells
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            wanted = ("smiles", "labels", *SHAPES)
            return [{name: row[name] for name in wanted if name in row} for row in csv.DictReader(lines)]
    finally:
        csv.field_size_limit(limit)


def _read_split(path: Path, split: str, count: int) -> list[int]:
    parts = restricted_load(path.read_bytes(), NUMPY_NAMES)
    every = np.sort(np.concatenate([np.asarray(parts[name], dtype=np.int64) for name in SPLITS]))
    if not np.array_equal(every, np.arange(count)):
        raise ValueError(f"a split of {len(every)} instead of {count} rows")
    return [int(number) for number in parts[split]]
