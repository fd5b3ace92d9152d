r"""Circular skip links: regular graphs in ten classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset, undirected_data

NUM_NODES: Final = 41
SKIPS: Final = (2, 3, 4, 5, 6, 9, 11, 12, 13, 16)
NUM_COPIES: Final = 15
NUM_FOLDS: Final = 5


class CSL(SplitDataset):
    r"""Cycles of 41 nodes with chords that skip 2, 3, 4, 5, 6, 9, 11, 12, 13 or 16 nodes: ten classes of 15 graphs.

    From "Relational Pooling for Graph Representations" (Murphy et al., ICML 2019, arXiv 1903.02541). All graphs are
    4-regular and vertex-transitive, so networks bounded by 1-WL do not beat 10 %. The copies of a class differ by the
    numbering of the nodes alone: a network that is invariant and tells the classes apart once is right on all of them.

    The graphs are made here, by the published construction with other random numberings. Each class is cut into five
    folds of three copies: one for testing, the next for validation, the other three for training.

    Every graph has ``edge_index``, ``x`` ``[n, 1]``, ones, and ``y`` ``[1]``, the class from 0 to 9.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``: 90, 30 and 30 graphs.
        fold: Which fold is tested on, from 0 to 4.
        seed: Seed of the numberings.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        ValueError: If the split or fold is unknown, or the seed is negative.

    >>> dataset = CSL(split="test")
    >>> dataset, dataset[0].edge_index.shape
    (CSL(30, split=test, fold=0, seed=0), torch.Size([2, 164]))
    """

    def __init__(
        self, root: str | Path | None = None, split: str = "train", fold: int = 0, seed: int = 0, **kwargs: Any
    ) -> None:
        if not 0 <= fold < NUM_FOLDS:
            raise ValueError(f"'CSL' expected 'fold' from 0 to {NUM_FOLDS - 1} (got {fold})")
        if seed < 0:
            raise ValueError(f"'CSL' expected 'seed' to be non-negative (got {seed})")
        self.fold = fold
        self.seed = seed
        super().__init__(root, split, **kwargs)

    def options(self) -> dict[str, str]:
        return {"fold": str(self.fold), "seed": str(self.seed)}

    def graphs(self) -> list[Data]:
        rng = np.random.default_rng(self.seed)
        numberings = rng.permuted(np.tile(np.arange(NUM_NODES), (len(SKIPS), NUM_COPIES, 1)), axis=2)
        fold = (np.arange(NUM_COPIES) - self.fold) % NUM_FOLDS
        chosen = {"test": fold == 0, "val": fold == 1, "train": fold > 1}[self.split]
        return [
            undirected_data(numbering[skip_links(skip)], NUM_NODES, x=torch.ones(NUM_NODES, 1), y=torch.tensor([label]))
            for label, skip in enumerate(SKIPS)
            for numbering in numberings[label, chosen]
        ]


def skip_links(skip: int, num_nodes: int = NUM_NODES) -> np.ndarray[Any, np.dtype[np.int64]]:
    r"""The edges ``[2 * num_nodes, 2]`` of a cycle with chords from every node to the one ``skip`` further.

    >>> skip_links(2, 5).tolist()
    [[0, 1], [1, 2], [2, 3], [3, 4], [4, 0], [0, 2], [1, 3], [2, 4], [3, 0], [4, 1]]
    """
    node = np.arange(num_nodes, dtype=np.int64)
    return np.concatenate([np.stack([node, (node + step) % num_nodes], axis=1) for step in (1, skip)])
