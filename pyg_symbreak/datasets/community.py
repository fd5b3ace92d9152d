r"""Graphs of two communities, as in the graph-autoencoder experiment of Satorras et al., with and without its leak."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import networkx as nx
import numpy as np
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import RandomGraphs, undirected_data
from pyg_symbreak.datasets.erdos_renyi import gnp_edges

COMMUNITY_SIZES: Final = (6, 7, 8, 9, 10)
P_INTRA: Final = 0.7
P_INTER: Final = 0.01


class CommunityGraphs(RandomGraphs):
    r"""Two communities :math:`G(n_i, 0.7)`, :math:`n_i \sim U\{6, \dots, 10\}`, loosely tied to each other.

    The law of "E(n) Equivariant Graph Neural Networks" (Satorras et al., ICML 2021, arXiv 2102.09844, section 5.2):
    every pair of nodes in two different communities is an edge with probability 0.01, and where no such edge is drawn
    the two first nodes are joined. As in the authors' code the communities of that step are the connected components
    before it, so that every graph is connected. 5000/500/500 graphs, seeds 0/1/2.

    The authors' code draws the inside of community :math:`i` with the constant seed :math:`i`. There are then only 25
    different pairs of communities, and most test graphs are copies of training graphs. ``leaky=True`` draws the very
    same graphs, to compare with published numbers; the default draws every community afresh.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        leaky: Draw the inside of the communities with the reference's constant seeds.
        num_graphs: How many graphs; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If the split is unknown, ``num_graphs`` is below 1 or ``seed`` is negative.

    >>> dataset = CommunityGraphs(split="test", num_graphs=4)
    >>> dataset
    CommunityGraphs(4, split=test, leaky=False, graphs=4, seed=2)
    >>> all(12 <= graph.num_nodes <= 20 for graph in dataset)
    True
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        leaky: bool = False,
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.leaky = bool(leaky)
        super().__init__(root, split, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        return {"leaky": str(self.leaky), **super().options()}

    def graphs(self) -> list[Data]:
        legacy = np.random.RandomState(self.seed)  # sizes and ties: the reference's stream
        inner = random.Random(self.seed)
        graphs = []
        for _ in range(self.num_graphs):
            sizes = [int(size) for size in legacy.choice(COMMUNITY_SIZES, 2)]
            rngs = [random.Random(i) for i in range(2)] if self.leaky else [inner, inner]
            edges = [gnp_edges(rng, size, P_INTRA) for rng, size in zip(rngs, sizes, strict=True)]
            inside = np.concatenate([edges[0], edges[1] + sizes[0]])
            ties = _ties(legacy, inside, sum(sizes))
            graphs.append(undirected_data(np.concatenate([inside, ties]), sum(sizes)))
        return graphs


def _ties(
    legacy: np.random.RandomState, inside: np.ndarray[Any, np.dtype[np.int64]], num_nodes: int
) -> np.ndarray[Any, np.dtype[np.int64]]:
    graph = nx.Graph(inside.tolist())
    graph.add_nodes_from(range(num_nodes))
    parts = [sorted(part) for part in nx.connected_components(graph)]
    parts.sort()
    ties: list[tuple[int, int]] = []
    for i, first in enumerate(parts):
        for second in parts[i + 1 :]:
            pairs = [(a, b) for a in first for b in second]
            drawn = [pair for pair, u in zip(pairs, legacy.random_sample(len(pairs)), strict=True) if u < P_INTER]
            ties += drawn or pairs[:1]
    return np.array(ties, dtype=np.int64).reshape(-1, 2)
