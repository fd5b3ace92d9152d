r"""Uniform random labelled trees."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any

import numpy as np
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SIZES, RandomGraphs, checked_sizes, sizes_text, undirected_data


class TreeGraphs(RandomGraphs):
    r"""Trees, uniform among the :math:`n^{n-2}` labelled ones, :math:`n` from ``sizes`` in equal shares.

    A uniform Prüfer sequence is drawn for every tree (H. Prüfer, "Neuer Beweis eines Satzes über Permutationen", 1918).
    Small trees are few up to isomorphism (11 on 7 nodes, 19,320 on 16), so the splits share most of their small
    graphs; :func:`~pyg_symbreak.datasets.seen_graphs` finds them.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        sizes: Numbers of nodes.
        split: ``"train"``, ``"val"`` or ``"test"``.
        num_graphs: How many graphs; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If a size is below 1 or the split is unknown.

    >>> dataset = TreeGraphs(split="test", num_graphs=10)
    >>> all(graph.num_edges == 2 * (graph.num_nodes - 1) for graph in dataset)
    True
    """

    def __init__(
        self,
        root: str | Path | None = None,
        sizes: Sequence[int] = SIZES,
        split: str = "train",
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.sizes = checked_sizes("TreeGraphs", sizes, 1)
        super().__init__(root, split, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        return {"n": sizes_text(self.sizes), **super().options()}

    def graphs(self) -> list[Data]:
        rng = np.random.default_rng(self.seed)
        graphs = []
        for i in range(self.num_graphs):
            n = self.sizes[i % len(self.sizes)]
            graphs.append(undirected_data(prufer_edges(rng.integers(0, n, max(n - 2, 0)).tolist(), n), n))
        return [graphs[i] for i in rng.permutation(len(graphs))]


def prufer_edges(sequence: Sequence[int], n: int) -> list[tuple[int, int]]:
    r"""The edges of the labelled tree on ``n`` nodes that a Prüfer sequence of length ``n - 2`` encodes.

    >>> prufer_edges([3, 3, 3, 4], 6)
    [(0, 3), (1, 3), (2, 3), (3, 4), (4, 5)]
    """
    degree = [1] * n
    for node in sequence:
        degree[node] += 1
    leaves = [node for node in range(n) if degree[node] == 1]
    heapify(leaves)
    edges = []
    for node in sequence:
        edges.append((heappop(leaves), node))
        degree[node] -= 1
        if degree[node] == 1:
            heappush(leaves, node)
    return [*edges, (heappop(leaves), heappop(leaves))] if n > 1 else []
