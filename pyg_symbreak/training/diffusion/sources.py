r"""What a generator is trained on, by name or file: three splits and their alphabet."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from pyg_symbreak.datasets.base import SPLITS
from pyg_symbreak.datasets.molecules import BONDS, parse_atom, require_rdkit
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion.packed import PackedGraphs, stored_batches

ROOT: Final = "data"
r"""The folder that data sets are kept in, each in one of its own name."""

_CHUNK: Final = 4096
_LARGE: Final = 4_000_000  # bytes, above which several processes read a file
_NO_TYPES: Final = {"node_attr": None, "edge_attr": None}

ORDERS: Final = {"single": 1.0, "double": 2.0, "triple": 3.0, "aromatic": 1.5}


@dataclass(frozen=True, eq=False)
class Source:
    r"""Graphs to train a generator on.

    Args:
        name: What the data set is called.
        splits: The PyG data sets ``"train"``, ``"val"`` and ``"test"``.
        alphabet: The hyper-parameters that the data set decides: names of types, bonds, valences and so on.
        dropped: How many molecules of all splits were left out, by reason.
        kind: What makes a graph valid, if they are no molecules: see
            :class:`~pyg_symbreak.metrics.graphs.GraphMetrics`.
    """

    name: str
    splits: Mapping[str, Any]
    alphabet: Mapping[str, Any]
    dropped: Mapping[str, int] = field(default_factory=dict)
    kind: str | None = None

    @property
    def molecules(self) -> bool:
        r"""Whether the graphs are molecules."""
        return bool(self.alphabet.get("bonds"))

    def packed(self, split: str, max_buckets: int = 4) -> PackedGraphs:
        r"""Returns all graphs of a split, padded to a few sizes.

        Args:
            split: ``"train"``, ``"val"`` or ``"test"``.
            max_buckets: How many sizes at most.
        """
        kinds = {"node_attr": "node_type", "edge_attr": "edge_type"} if self.molecules else _NO_TYPES
        return PackedGraphs.from_graphs(self.splits[split], max_buckets=max_buckets, **kinds)

    def dense(self, split: str) -> DenseGraph:
        r"""Returns all graphs of a split, padded to the largest of them, in the order of :meth:`packed`."""
        graphs = self.packed(split)
        return graphs.batch(torch.arange(len(graphs)))

    @cached_property
    def max_nodes(self) -> int:
        r"""The number of nodes of the largest graph of all splits."""
        return max(int(graph_sizes(dataset).max()) for dataset in self.splits.values())

    def config(self, **options: Any) -> DiffusionConfig:
        r"""Returns the hyper-parameters of a generator of such graphs.

        Args:
            **options: Any others.

        Raises:
            ValueError: If one is out of its range.
        """
        return DiffusionConfig(**{"max_nodes": self.max_nodes, **self.alphabet, **options})

    def smiles(self, split: str) -> list[str]:
        r"""Returns the canonical SMILES of the molecules of a split, without stereochemistry.

        Raises:
            ValueError: If the graphs are no molecules.
        """
        if not self.molecules:
            raise ValueError(f"'Source.smiles' expected molecules (got the data set {self.name})")
        from pyg_symbreak.metrics.molecules import check_molecules
        from pyg_symbreak.training.diffusion.decode import decode_molecules

        found = []
        for graphs in self.packed(split).batches(_CHUNK):
            checked = check_molecules(decode_molecules(graphs, self.config()))
            found += [molecule.smiles for molecule in checked if molecule.smiles is not None]
        return found


def graph_sizes(dataset: Any) -> Tensor:
    r"""Returns the numbers of nodes of all graphs of a data set, ``[B]``.

    Args:
        dataset: A PyG data set or a list of graphs.

    Example:
        >>> from torch_geometric.data import Data
        >>> graph_sizes([Data(edge_index=torch.empty(2, 0).long(), num_nodes=3)])
        tensor([3])
    """
    return torch.cat([node_ptr(batch).diff() for batch in stored_batches(dataset)])


def _qm9(root: Path, **options: Any) -> Callable[[str], Any]:
    from pyg_symbreak.datasets.qm9 import QM9Graphs

    return lambda split: QM9Graphs(root / "qm9", split, **options)


def _small(root: Path) -> Callable[[str], Any]:
    from pyg_symbreak.datasets import SmallMolecules

    return lambda split: SmallMolecules(None, split)


def _zinc(root: Path) -> Callable[[str], Any]:
    from pyg_symbreak.datasets import ZINC250k

    workers = os.cpu_count() or 1
    return lambda split: ZINC250k(root / "zinc250k", split, num_workers=workers)


def _moses(root: Path) -> Callable[[str], Any]:
    from pyg_symbreak.datasets import MOSES

    workers = os.cpu_count() or 1
    return lambda split: MOSES(root / "moses", split, num_workers=workers)


def _spectre(root: Path, name: str) -> Callable[[str], Any]:
    from pyg_symbreak.datasets import SpectreGraphs

    return lambda split: SpectreGraphs(root / name, name, split)


_MOLECULES: Final[dict[str, Callable[[Path], Callable[[str], Any]]]] = {
    "qm9": _qm9,
    "qm9-h": lambda root: _qm9(root, hydrogens=True),
    "qm9-charges": lambda root: _qm9(root, charges=True),
    "qm9-h-charges": lambda root: _qm9(root, hydrogens=True, charges=True),
    "zinc250k": _zinc,
    "moses": _moses,
    "small": _small,
}
KINDS: Final = ("planar", "sbm", "tree", "comm20")
SOURCES: Final = (*_MOLECULES, *KINDS)
r"""The names of the data sets; anything else names a file of SMILES strings."""


def load_source(
    name: str,
    root: str | Path | None = None,
    column: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Source:
    r"""Makes or reads the graphs that a name or a file stands for.

    Args:
        name: One of :data:`SOURCES`, or the path of a file with SMILES strings (``.smi``, ``.csv``, … as
            :class:`~pyg_symbreak.datasets.MoleculesOnDisk` reads them).
        root: The folder to keep data sets in; :data:`ROOT` by default. Raw files are placed in ``<root>/<name>/raw``.
        column: The column of a ``.csv`` file.
        progress: Called with the number of lines of the file that were read since the last call.

    Raises:
        ValueError: If there is neither such a data set nor such a file, or it holds no molecule.
        FileNotFoundError: If a raw file has to be placed by hand.
        ImportError: If RDKit is needed and not installed.

    Example:
        >>> source = load_source("small")
        >>> source.config(num_layers=2).node_types, len(source.splits["train"])
        (('C', 'N', 'O'), 3313)
    """
    folder = Path(ROOT if root is None else root)
    if name in _MOLECULES:
        return _molecular(name, _MOLECULES[name](folder))
    if name in KINDS:
        make = _spectre(folder, name)
        splits = {split: make(split) for split in SPLITS}
        return Source(name, splits, {"node_types": ("node",), "edge_types": ("none", "edge")}, kind=name)
    check_source(name)
    from pyg_symbreak.datasets import MoleculesOnDisk

    path = Path(name)
    kept = folder / f"{path.name}-{fingerprint(path)}"
    workers = (os.cpu_count() or 1) if path.stat().st_size > _LARGE else 0
    return _molecular(
        path.name,
        lambda split: MoleculesOnDisk(path, kept, split, column=column, num_workers=workers, progress=progress),
    )


def check_source(name: str) -> str:
    r"""Returns the name of a data set, or that of a file that is there.

    Raises:
        ValueError: If there is neither such a data set nor such a file.

    Example:
        >>> check_source("qm9")
        'qm9'
    """
    if name not in SOURCES and not Path(name).is_file():
        raise ValueError(
            f"'load_source' expected one of {', '.join(SOURCES)} or a file of SMILES strings (got {name!r})"
        )
    return name


def fingerprint(path: Path) -> str:
    r"""Returns what tells the content of a file from that of others: eight digits of its SHA-256.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.smi"
        >>> path.write_text("C")
        1
        >>> fingerprint(path)
        '6b23c0d5'
    """
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()[:8]


def _molecular(name: str, make: Callable[[str], Any]) -> Source:
    splits = {split: make(split) for split in SPLITS}
    train = splits["train"]
    return Source(name, splits, molecular_alphabet(train.node_types, train.bonds), _dropped(splits))


def _dropped(splits: Mapping[str, Any]) -> dict[str, int]:
    total: Counter[str] = Counter()
    # Splits of one source each tell what was left out of the whole.
    for counts in {getattr(split, "raw", name): split.dropped for name, split in splits.items()}.values():
        total.update(counts)
    return dict(total)


def molecular_alphabet(node_types: tuple[str, ...], bonds: str) -> dict[str, Any]:
    r"""Returns the hyper-parameters that an alphabet of atoms and bonds decides.

    Args:
        node_types: The atoms, with their charges.
        bonds: ``"kekule"`` or ``"aromatic"``.

    Raises:
        ImportError: If RDKit is not installed.

    Example:
        >>> molecular_alphabet(("C", "N+", "O-"), "kekule")["valences"]
        (4.0, 4.0, 1.0)
    """
    table = require_rdkit("molecular_alphabet").GetPeriodicTable()
    atoms = [parse_atom(name) for name in node_types]
    names = [name.lower() for name in BONDS[bonds]]
    return {
        "node_types": tuple(node_types),
        "edge_types": ("none", *names),
        "bonds": bonds,
        "valences": tuple(float(_valence(table, symbol, charge)) for symbol, charge in atoms),
        "weights": tuple(float(table.GetAtomicWeight(symbol)) for symbol, _ in atoms),
        "bond_orders": (0.0, *(ORDERS[name] for name in names)),
    }


def _valence(table: Any, symbol: str, charge: int) -> int:
    # A charged atom binds as its isoelectronic neighbour in the table does: N+ as C, O- as F.
    number = table.GetAtomicNumber(symbol) - charge
    return max(0, int(table.GetDefaultValence(number if 1 <= number <= 118 else table.GetAtomicNumber(symbol))))
