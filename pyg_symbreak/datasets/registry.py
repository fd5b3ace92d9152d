r"""Data sets by name, for the command line and for tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pyg_symbreak.datasets.base import SPLITS, SplitDataset
from pyg_symbreak.datasets.community import CommunityGraphs
from pyg_symbreak.datasets.erdos_renyi import ErdosRenyiGraphs
from pyg_symbreak.datasets.qm9 import QM9Graphs
from pyg_symbreak.datasets.regular import RegularGraphs
from pyg_symbreak.datasets.trees import TreeGraphs
from pyg_symbreak.datasets.zoo import SymmetricGraphZoo

_BUILDERS: Final[dict[str, tuple[Callable[..., SplitDataset], dict[str, Any]]]] = {
    "er-0.25": (ErdosRenyiGraphs, {"p": 0.25}),
    "er-0.20": (ErdosRenyiGraphs, {"p": 0.20}),
    "er-0.10": (ErdosRenyiGraphs, {"p": 0.10}),
    "community": (CommunityGraphs, {}),
    "community-leaky": (CommunityGraphs, {"leaky": True}),
    "trees": (TreeGraphs, {}),
    "regular-4": (RegularGraphs, {"degree": 4}),
    "qm9": (QM9Graphs, {}),
    "zoo": (SymmetricGraphZoo, {}),
}

#: The names that :func:`load_dataset` knows.
DATASETS: Final = tuple(_BUILDERS)


def load_dataset(name: str, split: str = "train", root: str | Path | None = None, **options: Any) -> SplitDataset:
    r"""Make a data set from its name.

    Args:
        name: One of ``er-0.25``, ``er-0.20``, ``er-0.10``, ``community``, ``community-leaky``, ``trees``,
            ``regular-4``, ``qm9`` and ``zoo``.
        split: ``"train"``, ``"val"`` or ``"test"``; the zoo is the same for each.
        root: Folder of the data set, or :obj:`None` to keep everything in memory.
        **options: Further arguments of the class, such as ``num_graphs``, or ``path`` for ``qm9``.

    Raises:
        ValueError: If the name or the split is unknown.

    >>> load_dataset("er-0.10", "val", num_graphs=10)
    ErdosRenyiGraphs(10, split=val, p=0.1, n=7..16, graphs=10, seed=1)
    """
    if name not in _BUILDERS:
        raise ValueError(f"'load_dataset' expected 'name' to be one of {', '.join(DATASETS)} (got {name!r})")
    if split not in SPLITS:
        raise ValueError(f"'load_dataset' expected 'split' to be one of {', '.join(SPLITS)} (got {split!r})")
    cls, settings = _BUILDERS[name]
    if name == "zoo":
        return cls(root, **settings, **options)
    return cls(root, split=split, **settings, **options)
