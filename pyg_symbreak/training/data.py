r"""The data sets of the autoencoder comparison by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch_geometric.data import InMemoryDataset

from pyg_symbreak.datasets import load_dataset
from pyg_symbreak.metrics import wl_floor


@dataclass(frozen=True)
class Splits:
    r"""The three splits of a data set.

    Args:
        train: What the weights are fitted to.
        val: What decides on the best epoch.
        test: What the results are measured on.
    """

    train: InMemoryDataset
    val: InMemoryDataset
    test: InMemoryDataset


def load_splits(name: str, root: str | None = None) -> Splits:
    r"""Makes or reads the splits of a data set.

    Args:
        name: One of :data:`pyg_symbreak.datasets.DATASETS`.
        root: The folder to keep data sets in, each in one of its own name; by default nothing is written. ``"qm9"``
            needs it: its raw file is placed by hand in ``<root>/qm9/raw/``.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> [len(split) for split in vars(load_splits("er-0.25")).values()]
        [5000, 500, 500]
    """
    folder = None if root is None else Path(root) / name
    return Splits(*(load_dataset(name, split, folder) for split in ("train", "val", "test")))


def floors(name: str, root: str | None = None) -> dict[str, dict[str, float]]:
    r"""Returns the test metrics that no encoder without symmetry breaking improves on: see :func:`wl_floor`.

    ``"distance"`` is the floor with a decoder of distances, as published tables have it (missing where edges have
    types, which it cannot rebuild), ``"pair"`` that with any decoder of pairs of nodes.

    Args:
        name: One of :data:`pyg_symbreak.datasets.DATASETS`.
        root: As in :func:`load_splits`.

    Raises:
        ValueError: If the name is unknown.
    """
    test = load_dataset(name, "test", None if root is None else Path(root) / name)
    if "edge_type" in test[0]:
        return {"pair": wl_floor(test, "pair", node_attrs=("node_type",), edge_attr="edge_type")}
    return {decoder: wl_floor(test, decoder) for decoder in ("distance", "pair")}
