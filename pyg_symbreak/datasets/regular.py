r"""Uniform random labelled regular graphs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SIZES, RandomGraphs, checked_sizes, sizes_text, undirected_data


class RegularGraphs(RandomGraphs):
    r"""Graphs in which every node has ``degree`` neighbours, uniform among the labelled ones.

    The hardest case for message passing: 1-WL gives all nodes of such a graph the same colour. Drawn by the
    configuration model (B. Bollobás, "A probabilistic proof of an asymptotic formula for the number of labelled
    regular graphs", 1980): stubs are paired at random until the result is simple, which makes every simple graph
    equally likely. Where the complement has the smaller degree, it is drawn instead.

    There are few 4-regular graphs on few nodes up to isomorphism (2 on 7 nodes, 6 on 8, 16 on 9, about 8 million on
    16), so the splits share all their smallest graphs; :func:`~pyg_symbreak.datasets.seen_graphs` finds them.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        degree: Neighbours of every node.
        sizes: Numbers of nodes; ``n * degree`` has to be even.
        split: ``"train"``, ``"val"`` or ``"test"``.
        num_graphs: How many graphs; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If the degree is negative or impossible for a size, or if it and the degree of the complement both
            exceed 5, out of reach of the sampler.

    >>> from torch_geometric.utils import degree
    >>> dataset = RegularGraphs(split="test", num_graphs=10)
    >>> all(degree(graph.edge_index[0], graph.num_nodes).eq(4).all() for graph in dataset)
    True
    """

    def __init__(
        self,
        root: str | Path | None = None,
        degree: int = 4,
        sizes: Sequence[int] = SIZES,
        split: str = "train",
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.degree = int(degree)
        self.sizes = checked_sizes("RegularGraphs", sizes, 1)
        if self.degree < 0:
            raise ValueError(f"'RegularGraphs' expected 'degree' to be non-negative (got {degree})")
        for n in self.sizes:
            if self.degree >= n or n * self.degree % 2:
                raise ValueError(
                    "'RegularGraphs' expected every size n to have n > degree and n * degree even"
                    f" (got n = {n}, degree = {degree})"
                )
            if min(self.degree, n - 1 - self.degree) > 5:
                raise ValueError(
                    "'RegularGraphs' expected a degree, or a degree of the complement, of at most 5, because larger"
                    f" ones are rarely simple when drawn (got n = {n}, degree = {degree})"
                )
        super().__init__(root, split, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        return {"degree": str(self.degree), "n": sizes_text(self.sizes), **super().options()}

    def graphs(self) -> list[Data]:
        rng = np.random.default_rng(self.seed)
        counts = [len(range(i, self.num_graphs, len(self.sizes))) for i in range(len(self.sizes))]
        graphs = [
            undirected_data(edges, n)
            for n, count in zip(self.sizes, counts, strict=True)
            for edges in _regular_edges(rng, n, self.degree, count)
        ]
        return [graphs[i] for i in rng.permutation(len(graphs))]


def _regular_edges(rng: np.random.Generator, n: int, degree: int, count: int) -> list[npt.NDArray[np.int64]]:
    sparse = min(degree, n - 1 - degree)
    first, second = np.triu_indices(n, k=1)
    stubs = np.repeat(np.arange(n), sparse)
    out: list[npt.NDArray[np.int64]] = []
    while len(out) < count:
        pairs = rng.permuted(np.broadcast_to(stubs, (4096, len(stubs))), axis=1).reshape(4096, -1, 2)
        low, high = pairs.min(axis=2), pairs.max(axis=2)
        key = np.sort(low * n + high, axis=1)
        simple = (low != high).all(axis=1) & (np.diff(key, axis=1) != 0).all(axis=1)
        for row in key[simple][: count - len(out)]:
            wanted = np.isin(first * n + second, row, invert=sparse != degree)
            out.append(np.stack([first[wanted], second[wanted]], axis=1))
    return out
