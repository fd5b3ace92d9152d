r"""Stochastic block models with a planted pattern, by the recipe of PATTERN."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import RandomGraphs, checked_sizes, sizes_text, undirected_data

_SIZES: Final = range(5, 35)
_NUM_GRAPHS: Final = {"train": 10_000, "val": 2_000, "test": 2_000}
_NUM_TYPES: Final = 3


class _Pattern(NamedTuple):
    adjacency: npt.NDArray[np.bool_]  # upper triangle
    types: npt.NDArray[np.int64]


class PatternGraphs(RandomGraphs):
    r"""Graphs of five communities and a planted pattern, whose nodes are to be found, made by the recipe of PATTERN.

    The recipe is that of "Benchmarking Graph Neural Networks" (Dwivedi et al., JMLR 2023, arXiv 2003.00982): five
    communities and one pattern, each of a size drawn from ``sizes``; two nodes of one community are joined with
    probability ``p``, of two communities with ``q``, two nodes of the pattern with 0.5, one and a node of a community
    with 0.5. Every node has one of three types, drawn at random. There are ``num_patterns`` patterns, with their types,
    and they are the same in all splits: only the communities, and how the pattern is tied to them, differ.

    Every graph has ``edge_index``, ``x`` ``[n, 3]``, one-hot, float, and ``y`` ``[n]``, 1 for the nodes of the pattern.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        num_graphs: How many graphs; by default 10,000, 2,000 and 2,000.
        seed: Seed of the graphs; by default 0, 1, 2 for the three splits.
        sizes: Sizes of communities and patterns, all equally likely.
        num_communities: The number of communities.
        p: Probability of an edge inside a community.
        q: Probability of an edge between two communities.
        num_patterns: The number of different patterns; graph ``i`` has pattern ``i % num_patterns``.
        pattern_seed: Seed of the patterns.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        ValueError: If an option is out of range.

    >>> dataset = PatternGraphs(split="test", num_graphs=4)
    >>> dataset
    PatternGraphs(4, split=test, n=5..34, communities=5, p=0.5, q=0.35, patterns=100x0, graphs=4, seed=2)
    >>> dataset[0].x.shape[1], dataset[0].y.unique()
    (3, tensor([0, 1]))
    """

    num_classes = 2

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        num_graphs: int | None = None,
        seed: int | None = None,
        sizes: Sequence[int] = _SIZES,
        num_communities: int = 5,
        p: float = 0.5,
        q: float = 0.35,
        num_patterns: int = 100,
        pattern_seed: int = 0,
        **kwargs: Any,
    ) -> None:
        self.sizes = checked_sizes("PatternGraphs", sizes, 1)
        for name, value, least in (
            ("num_communities", num_communities, 0),
            ("num_patterns", num_patterns, 1),
            ("pattern_seed", pattern_seed, 0),
        ):
            if value < least:
                raise ValueError(f"'PatternGraphs' expected '{name}' to be at least {least} (got {value})")
        for name, share in (("p", p), ("q", q)):
            if not 0 <= share <= 1:
                raise ValueError(f"'PatternGraphs' expected '{name}' from 0 to 1 (got {share})")
        self.num_communities = num_communities
        self.p, self.q = float(p), float(q)
        self.num_patterns = num_patterns
        self.pattern_seed = pattern_seed
        super().__init__(root, split, _NUM_GRAPHS.get(split) if num_graphs is None else num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        recipe = {"communities": str(self.num_communities), "p": str(self.p), "q": str(self.q)}
        patterns = {"patterns": f"{self.num_patterns}x{self.pattern_seed}"}
        return {"n": sizes_text(self.sizes), **recipe, **patterns, **super().options()}

    def graphs(self) -> list[Data]:
        rng = np.random.default_rng([self.pattern_seed, 0])  # a stream of its own, whatever the splits draw
        patterns = []
        for _ in range(self.num_patterns):
            size = int(rng.choice(self.sizes))
            patterns.append(_Pattern(rng.random((size, size)) < 0.5, rng.integers(_NUM_TYPES, size=size)))
        rng = np.random.default_rng([self.seed, 1])
        return [self._graph(rng, patterns[i % self.num_patterns]) for i in range(self.num_graphs)]

    def _graph(self, rng: np.random.Generator, pattern: _Pattern) -> Data:
        sizes = rng.choice(self.sizes, size=self.num_communities)
        community = np.repeat(np.arange(self.num_communities), sizes)
        first, n = len(community), len(community) + len(pattern.types)
        probability = np.full((n, n), 0.5)
        probability[:first, :first] = np.where(community[:, None] == community, self.p, self.q)
        joined = rng.random((n, n)) < probability
        joined[first:, first:] = pattern.adjacency
        types = np.concatenate([rng.integers(_NUM_TYPES, size=first), pattern.types])
        place = rng.permutation(n)
        x = torch.zeros(n, _NUM_TYPES)
        x[torch.from_numpy(place), torch.from_numpy(types)] = 1
        y = torch.zeros(n, dtype=torch.int64)
        y[torch.from_numpy(place[first:])] = 1
        return undirected_data(place[np.argwhere(np.triu(joined, 1))], n, x=x, y=y)
