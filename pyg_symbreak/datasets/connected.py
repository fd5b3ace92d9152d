r"""All connected graphs of one size."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import networkx as nx
import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset, undirected_data
from pyg_symbreak.datasets.download import PublicFile, find_raw
from pyg_symbreak.datasets.graph6 import read_graph6
from pyg_symbreak.datasets.raw import raw_digest, read_raw

FILE: Final = PublicFile(
    "graph8c.g6",
    "https://raw.githubusercontent.com/jw9730/lps/c03c9a484bdf3dc566eccb6d0eba4fd322f7166b/src_synthetic/"
    "graph_separation/dataset/graph8c/raw/graph8c.g6",
    "0002354f1ab3344a2706626a037ad15367bf23a2163aa68f552c3a169ca9a036",
)
#: How many connected graphs there are with 1, 2, …, 8 nodes, up to isomorphism (OEIS A001349).
COUNTS: Final = (1, 1, 2, 6, 21, 112, 853, 11117)


class ConnectedGraphs(SplitDataset):
    r"""All connected graphs with a given number of nodes, each once up to isomorphism; with 8 nodes, GRAPH8c.

    GRAPH8c has 11,117 graphs, so 61,788,286 pairs to tell apart; as a benchmark of expressivity it comes from "Breaking
    the Limits of Message Passing Graph Neural Networks" (Balcilar et al., ICML 2021, arXiv 2106.04319). Graphs with up
    to 7 nodes are those of networkx's atlas and need no file. That with 8 nodes, ``graph8c.g6``, by B. D. McKay, is
    downloaded and its SHA-256 verified, unless it lies in ``<root>/raw/``.

    Every graph has ``edge_index`` and ``x`` ``[n, 1]``, ones. There is one split.

    Args:
        num_nodes: The number of nodes, from 1 to 8.
        root: Folder of the data set; with up to 7 nodes :obj:`None` makes the graphs in memory and writes nothing.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        OSError: If the file with 8 nodes is neither there nor can be downloaded.
        ValueError: If the number of nodes is out of range, a folder is missing, or the file is damaged.

    >>> [len(ConnectedGraphs(n)) for n in range(1, 7)]
    [1, 1, 2, 6, 21, 112]
    """

    def __init__(self, num_nodes: int = 8, root: str | Path | None = None, **kwargs: Any) -> None:
        if not 1 <= num_nodes <= len(COUNTS):
            raise ValueError(f"'ConnectedGraphs' expected 'num_nodes' from 1 to {len(COUNTS)} (got {num_nodes})")
        self.size = num_nodes  # not num_nodes, which PyG's data sets keep for themselves
        self.path: Path | None = None
        if num_nodes == len(COUNTS):
            if root is None:
                raise ValueError("'ConnectedGraphs' expected 'root', the folder of the file, with 8 nodes (got None)")
            self.path = find_raw("ConnectedGraphs", Path(root).expanduser() / "raw", FILE, ("graph8c.g6.xz",))
        self.digest = None if self.path is None else raw_digest(self.path)
        super().__init__(root, "test", **kwargs)

    def options(self) -> dict[str, str]:
        return {"n": str(self.size)} | ({} if self.digest is None else {"raw": self.digest})

    def graphs(self) -> list[Data]:
        if self.path is not None:
            graphs = read_graph6(read_raw(self.path))
        else:
            atlas = nx.graph_atlas_g()[1:]  # the first has no nodes, over which connectivity is not defined
            chosen = [graph for graph in atlas if len(graph) == self.size and nx.is_connected(graph)]
            graphs = [(self.size, np.array(graph.edges, dtype=np.int64).reshape(-1, 2)) for graph in chosen]
        if len(graphs) != COUNTS[self.size - 1] or any(n != self.size for n, _ in graphs):
            wanted = f"{COUNTS[self.size - 1]} graphs with {self.size} nodes"
            raise ValueError(f"'ConnectedGraphs' expected {self.path} to hold {wanted} (got {len(graphs)} graphs)")
        return [undirected_data(edges, n, x=torch.ones(n, 1)) for n, edges in graphs]
