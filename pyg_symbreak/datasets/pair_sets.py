r"""Pairs of graphs to tell apart, by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Final, TypeVar

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.datasets.brec import BREC, CATEGORIES
from pyg_symbreak.datasets.connected import ConnectedGraphs
from pyg_symbreak.datasets.csl import CSL, NUM_COPIES, NUM_FOLDS
from pyg_symbreak.datasets.exp import EXP
from pyg_symbreak.datasets.strongly_regular import StronglyRegular
from pyg_symbreak.labeling import wl_hash

T = TypeVar("T")

_NUM_SAMPLED: Final = 1000
_CONNECTED: Final = re.compile(r"graph([2-8])c(-hard)?")

#: The names that :func:`separation_pairs` knows.
PAIR_SETS: Final = (
    *(f"graph{n}c{kind}" for n in range(2, 9) for kind in ("", "-hard")),
    "exp", "csl", "sr25", "brec", *(f"brec-{category}" for category in CATEGORIES),
)  # fmt: skip


def separation_pairs(
    name: str, root: str | Path | None = None, *, num_pairs: int | None = None, seed: int = 0
) -> list[tuple[Data, Data]]:
    r"""Pairs of graphs that are not isomorphic, for :func:`~pyg_symbreak.metrics.measure_separation`.

    ======================  ==========================================================================  =============
    name                    pairs                                                                       how many
    ======================  ==========================================================================  =============
    ``graph8c``             of the connected graphs with 8 nodes, a sample; also 2 to 7 nodes           1,000
    ``graph8c-hard``        those among them that 1-WL cannot tell apart, all; also 2 to 7 nodes         312
    ``exp``                 planar graphs that 1-WL cannot tell apart                                   600
    ``csl``                 circular skip links, one graph a class                                      45
    ``sr25``                strongly regular graphs, which 3-WL cannot tell apart                       105
    ``brec``                the seven categories of BREC                                                400
    ``brec-<category>``     one of them: basic, regular, strongly-regular, extension, cfi, 4-vertex,    60, 50, 50,
                            distance-regular                                                            100, 100, 20,
                                                                                                        20
    ======================  ==========================================================================  =============

    ``csl`` and connected graphs with up to 7 nodes need no file; the others are read as their classes do.

    Args:
        name: One of :data:`PAIR_SETS`.
        root: Folder of the data set, where it has files.
        num_pairs: At most so many pairs, drawn at random; by default 1,000 of the connected graphs, else all.
        seed: Seed of the draw.

    Raises:
        OSError: If a file is neither there nor can be downloaded.
        ValueError: If the name is unknown, the number of pairs is not positive, or ``root`` is missing.

    >>> len(separation_pairs("csl")), len(separation_pairs("graph6c-hard")), len(separation_pairs("graph4c"))
    (45, 3, 15)
    """
    if name not in PAIR_SETS:
        raise ValueError(f"'separation_pairs' expected 'name' to be one of {', '.join(PAIR_SETS)} (got {name!r})")
    if num_pairs is not None and num_pairs < 1:
        raise ValueError(f"'separation_pairs' expected 'num_pairs' to be at least 1 (got {num_pairs})")
    if root is None and (name in ("exp", "sr25") or name.startswith(("brec", "graph8c"))):
        raise ValueError(f"'separation_pairs' expected 'root', the folder of the data set {name!r} (got None)")
    generator = torch.Generator().manual_seed(seed)
    if match := _CONNECTED.fullmatch(name):
        graphs = list(ConnectedGraphs(int(match[1]), root))
        if match[2] is None:
            return _sampled(graphs, _NUM_SAMPLED if num_pairs is None else num_pairs, generator)
        pairs = _alike(graphs)
    elif name == "csl":
        fifteen = CSL(split="test", seed=seed)
        pairs = list(combinations([fifteen[i] for i in range(0, len(fifteen), NUM_COPIES // NUM_FOLDS)], 2))
    elif name == "sr25":
        pairs = list(combinations(StronglyRegular(str(root)), 2))
    elif name == "exp":
        pairs = [pair for split in ("val", "test", "train") for pair in EXP(str(root), split).pairs()]
    else:
        pairs = BREC(str(root), None if name == "brec" else name.removeprefix("brec-")).pairs()
    if num_pairs is None or num_pairs >= len(pairs):
        return pairs
    chosen = torch.randperm(len(pairs), generator=generator)[:num_pairs].sort().values
    return [pairs[i] for i in chosen.tolist()]


def _sampled(graphs: Sequence[T], count: int, generator: torch.Generator) -> list[tuple[T, T]]:
    total = len(graphs) * (len(graphs) - 1) // 2
    if total <= count:
        return list(combinations(graphs, 2))
    drawn: set[tuple[int, int]] = set()
    while len(drawn) < count:
        for a, b in torch.randint(len(graphs), (count, 2), generator=generator).tolist():
            if a != b and len(drawn) < count:
                drawn.add((min(a, b), max(a, b)))
    return [(graphs[a], graphs[b]) for a, b in sorted(drawn)]


def _alike(graphs: Sequence[Data]) -> list[tuple[Data, Data]]:
    kinds: dict[int, list[Data]] = defaultdict(list)
    for graph, key in zip(graphs, wl_hash(Batch.from_data_list(list(graphs))).tolist(), strict=True):
        kinds[key].append(graph)
    return [pair for members in kinds.values() for pair in combinations(members, 2)]
