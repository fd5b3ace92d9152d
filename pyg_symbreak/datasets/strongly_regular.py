r"""The strongly regular graphs of one family."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset, undirected_data
from pyg_symbreak.datasets.download import PublicFile, find_raw
from pyg_symbreak.datasets.graph6 import read_graph6
from pyg_symbreak.datasets.raw import raw_digest, read_raw

FILE: Final = PublicFile(
    "sr251256.g6",
    "https://raw.githubusercontent.com/gbouritsas/GSN/6cce24a2c0f59c183c388f3016d33502f63e8175/datasets/SR_graphs/"
    "sr251256/sr251256.g6",
    "f55f86eb48cd61c3315c62341cc3a8c59289c58504edb3ab859d7ef2068b9aa4",
)


class StronglyRegular(SplitDataset):
    r"""SR25: the 15 strongly regular graphs with parameters (25, 12, 5, 6), in 105 pairs that 3-WL cannot tell apart.

    Every node has 12 neighbours, two neighbours share 5 and two other nodes 6. Found by A. J. Paulus and by M. Z.
    Rozenfeld in 1973; as a benchmark of expressivity from "Improving Graph Neural Network Expressivity via Subgraph
    Isomorphism Counting" (Bouritsas et al., arXiv 2006.09252). The file is downloaded and its SHA-256 verified, unless
    it lies in ``<root>/raw/``.

    Every graph has ``edge_index``, ``x`` ``[25, 1]``, ones, and ``y`` ``[1]``, its number. There is one split.

    Args:
        root: Folder of the data set.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        OSError: If the file is neither there nor can be downloaded.
        ValueError: If the file is damaged.

    .. code-block:: python

        dataset = StronglyRegular("data/sr25")
        len(dataset)  # 15
    """

    def __init__(self, root: str | Path, **kwargs: Any) -> None:
        self.path = find_raw("StronglyRegular", Path(root).expanduser() / "raw", FILE, ("sr251256.g6.xz",))
        self.digest = raw_digest(self.path)
        super().__init__(root, "test", **kwargs)

    def options(self) -> dict[str, str]:
        return {"raw": self.digest}

    def graphs(self) -> list[Data]:
        graphs = read_graph6(read_raw(self.path))
        if not graphs or any((n, len(edges)) != (25, 150) for n, edges in graphs):
            got = sorted({(n, len(edges)) for n, edges in graphs})
            raise ValueError(
                f"'StronglyRegular' expected {self.path} to hold graphs with 25 nodes, 150 edges (got {got})"
            )
        return [
            undirected_data(edges, n, x=torch.ones(n, 1), y=torch.tensor([number]))
            for number, (n, edges) in enumerate(graphs)
        ]
