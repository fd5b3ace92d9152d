r"""Erdős–Rényi graphs, drawn as in the graph-autoencoder experiment of Satorras et al."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SIZES, RandomGraphs, checked_sizes, sizes_text, undirected_data


class ErdosRenyiGraphs(RandomGraphs):
    r"""Graphs :math:`G(n, p)` with :math:`n` from ``sizes`` in equal shares, in a random order.

    The protocol of "E(n) Equivariant Graph Neural Networks" (Satorras et al., ICML 2021, arXiv 2102.09844, section
    5.2): :math:`p = 0.25`, :math:`n = 7 \dots 16`, 5000/500/500 graphs, seeds 0/1/2. With these defaults the graphs
    are, one by one and node by node, those that the authors' code draws, because the stream is Python's Mersenne
    twister read in their order: for each round over the sizes one uniform number for each pair :math:`i < j`, and one
    shuffle at the end. No global random state is read or written.

    Each graph has ``edge_index`` (both arcs of every edge, sorted) and ``num_nodes``; there are no features.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        p: Probability of each edge.
        sizes: Numbers of nodes; if ``num_graphs`` is no multiple of their count, the first ones get one graph more.
        split: ``"train"``, ``"val"`` or ``"test"``.
        num_graphs: How many graphs; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If ``p`` is outside [0, 1], a size is below 1, or the split is unknown.

    >>> dataset = ErdosRenyiGraphs(split="val", num_graphs=20)
    >>> dataset
    ErdosRenyiGraphs(20, split=val, p=0.25, n=7..16, graphs=20, seed=1)
    >>> sorted({graph.num_nodes for graph in dataset})
    [7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    """

    def __init__(
        self,
        root: str | Path | None = None,
        p: float = 0.25,
        sizes: Sequence[int] = SIZES,
        split: str = "train",
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"'ErdosRenyiGraphs' expected 'p' to be a probability in [0, 1] (got {p})")
        self.p = float(p)
        self.sizes = checked_sizes("ErdosRenyiGraphs", sizes, 1)
        super().__init__(root, split, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        return {"p": repr(self.p), "n": sizes_text(self.sizes), **super().options()}

    def graphs(self) -> list[Data]:
        rng = random.Random(self.seed)
        graphs = []
        for i in range(self.num_graphs):
            n = self.sizes[i % len(self.sizes)]
            graphs.append(undirected_data(gnp_edges(rng, n, self.p), n))
        rng.shuffle(graphs)
        return graphs


def gnp_edges(rng: random.Random, n: int, p: float) -> np.ndarray[Any, np.dtype[np.int64]]:
    r"""The edges :math:`i < j` of :math:`G(n, p)`, shape ``[m, 2]``: the draws of ``networkx.gnp_random_graph``.

    >>> gnp_edges(random.Random(0), 4, 0.5).tolist()
    [[0, 3], [1, 2], [2, 3]]
    """
    pairs = np.stack(np.triu_indices(n, k=1), axis=1).astype(np.int64)
    if p <= 0.0 or p >= 1.0:  # networkx draws nothing here, so the stream must not move
        return pairs[: len(pairs) if p >= 1.0 else 0]
    return pairs[np.array([rng.random() for _ in range(len(pairs))]) < p]
