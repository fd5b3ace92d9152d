r"""What the data sets of this package share: a split, a version, and a root that may be left out."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import Data, InMemoryDataset

SPLITS: Final = ("train", "val", "test")
SPLIT_SIZES: Final = {"train": 5000, "val": 500, "test": 500}
SPLIT_SEEDS: Final = {"train": 0, "val": 1, "test": 2}
SIZES: Final = range(7, 17)


class SplitDataset(InMemoryDataset):  # type: ignore[misc]
    r"""An in-memory data set with named splits that works with and without a folder on disk.

    With ``root=None`` the graphs are made in memory and nothing is written. Otherwise the data set follows PyG's
    ``<root>/raw`` and ``<root>/processed``, and the name of the processed file carries the version of the generator and
    every option, so that two settings can never be confused.

    A subclass sets :attr:`version`, and implements :meth:`options` and :meth:`graphs`.

    Args:
        root: Folder of the data set, or :obj:`None` to write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        transform: Applied at every access.
        pre_transform: Applied once, before the graphs are stored.
        pre_filter: Keeps the graphs for which it returns :obj:`True`.
        force_reload: Make the graphs again even if they are on disk.

    Raises:
        ValueError: If the split is unknown, or if no graph is left.

    >>> class Edges(SplitDataset):
    ...     def options(self):
    ...         return {"count": "3"}
    ...
    ...     def graphs(self):
    ...         return [undirected_data([(0, 1)], 2) for _ in range(3)]
    >>> Edges(split="val")
    Edges(3, split=val, count=3)
    >>> Edges(split="val").processed_file_names
    'Edges-v1-val-count=3.pt'
    """

    version: int = 1

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        transform: Callable[[Any], Any] | None = None,
        pre_transform: Callable[[Any], Any] | None = None,
        pre_filter: Callable[[Any], bool] | None = None,
        force_reload: bool = False,
    ) -> None:
        if split not in SPLITS:
            name = type(self).__name__
            raise ValueError(f"'{name}' expected 'split' to be one of {', '.join(SPLITS)} (got {split!r})")
        self.split = split
        self._on_disk = root is not None
        folder = None if root is None else str(root)
        super().__init__(folder, transform, pre_transform, pre_filter, log=False, force_reload=force_reload)
        if self._on_disk:
            self.load(self.processed_paths[0])
        else:
            self.data, self.slices = self.collate(self._prepared())

    @abstractmethod
    def options(self) -> dict[str, str]:
        r"""Everything that decides the graphs, as short texts for the name of the processed file."""

    @abstractmethod
    def graphs(self) -> list[Data]:
        r"""Makes the graphs of the split."""

    @property
    def has_process(self) -> bool:
        return self._on_disk

    @property
    def processed_file_names(self) -> str:
        fields = [f"{key}={value}" for key, value in self.options().items()]
        return "-".join([type(self).__name__, f"v{self.version}", self.split, *fields]) + ".pt"

    def process(self) -> None:
        path = Path(self.processed_paths[0])
        part = path.with_name(f"{path.name}.{os.getpid()}.part")  # a full disk or a kill must not leave half a file
        try:
            self.save(self._prepared(), str(part))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def _prepared(self) -> list[Data]:
        graphs = self.graphs()
        if self.pre_filter is not None:
            graphs = [graph for graph in graphs if self.pre_filter(graph)]
        if self.pre_transform is not None:
            graphs = [self.pre_transform(graph) for graph in graphs]
        if not graphs:
            raise ValueError(f"'{type(self).__name__}' expected at least one graph after 'pre_filter' (got 0)")
        return graphs

    def __repr__(self) -> str:
        fields = "".join(f", {key}={value}" for key, value in self.options().items())
        return f"{type(self).__name__}({len(self)}, split={self.split}{fields})"


class RandomGraphs(SplitDataset):
    r"""Random graphs drawn from one seeded stream that no global random state touches.

    Args:
        root: As in :class:`SplitDataset`.
        split: As in :class:`SplitDataset`.
        num_graphs: How many graphs; by default 5000 for ``"train"`` and 500 for ``"val"`` and ``"test"``.
        seed: Seed of the stream; by default 0, 1 and 2 for the three splits.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        ValueError: If ``num_graphs`` is not positive or ``seed`` is negative.

    >>> class Empty(RandomGraphs):
    ...     def graphs(self):
    ...         return [undirected_data([], self.seed) for _ in range(self.num_graphs)]
    >>> Empty(split="test", num_graphs=2)
    Empty(2, split=test, graphs=2, seed=2)
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        name = type(self).__name__
        if num_graphs is not None and num_graphs < 1:
            raise ValueError(f"'{name}' expected 'num_graphs' to be at least 1 (got {num_graphs})")
        if seed is not None and seed < 0:
            raise ValueError(f"'{name}' expected 'seed' to be non-negative (got {seed})")
        self.num_graphs = SPLIT_SIZES.get(split, 1) if num_graphs is None else num_graphs
        self.seed = SPLIT_SEEDS.get(split, 0) if seed is None else seed
        super().__init__(root, split, **kwargs)

    def options(self) -> dict[str, str]:
        return {"graphs": str(self.num_graphs), "seed": str(self.seed)}


def checked_sizes(name: str, sizes: Sequence[int], minimum: int) -> tuple[int, ...]:
    r"""The sizes as a tuple, after a check that there are some and that none is below ``minimum``.

    >>> checked_sizes("TreeGraphs", range(3, 6), 1)
    (3, 4, 5)
    """
    out = tuple(int(size) for size in sizes)
    if not out or min(out) < minimum:
        raise ValueError(f"'{name}' expected 'sizes' to hold at least one number, each {minimum} or more (got {out})")
    return out


def sizes_text(sizes: Sequence[int]) -> str:
    r"""A short text that tells the sizes: ``7..16`` for a run of consecutive numbers, else the numbers.

    >>> sizes_text(range(7, 17)), sizes_text([8, 12]), sizes_text([5])
    ('7..16', '8_12', '5')
    """
    if len(sizes) > 1 and list(sizes) == list(range(sizes[0], sizes[-1] + 1)):
        return f"{sizes[0]}..{sizes[-1]}"
    return "_".join(str(size) for size in sizes)


def undirected_data(edges: npt.ArrayLike, num_nodes: int, **attributes: Any) -> Data:
    r"""A graph from its undirected edges, each given once: both arcs, sorted by source, then by target.

    >>> undirected_data([(0, 1), (2, 1)], 3).edge_index
    tensor([[0, 1, 1, 2],
            [1, 0, 2, 1]])
    """
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    source = np.concatenate([pairs[:, 0], pairs[:, 1]])
    target = np.concatenate([pairs[:, 1], pairs[:, 0]])
    key = np.sort(source * num_nodes + target)
    edge_index = torch.from_numpy(np.stack([key // max(num_nodes, 1), key % max(num_nodes, 1)]))
    return Data(edge_index=edge_index, num_nodes=num_nodes, **attributes)
