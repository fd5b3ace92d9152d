r"""The graphs on which generators of graphs are compared: planar, stochastic blocks, trees, small communities."""

from __future__ import annotations

import hashlib
import io
import lzma
import pickle
import zipfile
from pathlib import Path
from typing import Any, Final

import networkx as nx
import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset, undirected_data
from pyg_symbreak.datasets.download import PublicFile, find_raw

_BERGMEISTER: Final = "https://raw.githubusercontent.com/AndreasBergmeister/graph-generation/462597836ac8902d0b61d67aaa88ffc1c42729c2/data/"
_SPECTRE: Final = "https://raw.githubusercontent.com/KarolisMart/SPECTRE/f676c0d55fe0eba2fbf10133291c9aeac89423e6/data/"

FILES: Final = {
    "planar": PublicFile(
        "planar.pkl", _BERGMEISTER + "planar.pkl", "dc93ab083684935266b54d2f8362b0903363dd394d9100e8fd114f1b1216148d"
    ),
    "sbm": PublicFile(
        "sbm.pkl", _BERGMEISTER + "sbm.pkl", "20254b6ddb2684466d31cb55d0ecbc7a88d34e0475fde86e947da3a59180ea65"
    ),
    "tree": PublicFile(
        "tree.pkl", _BERGMEISTER + "tree.pkl", "ad27d04dd28fb21267020c3f1e7881bbaab936e33a24cdbcc62274507748f450"
    ),
    "comm20": PublicFile(
        "community_12_21_100.pt",
        _SPECTRE + "community_12_21_100.pt",
        "cf4407da67a29eb4fdf4c337b7b7ff30bc56e97a3849ff4e98b45ace0d599ee0",
    ),
}
_OTHERS: Final = {name: (f"{name}.npz",) for name in ("planar", "sbm", "tree")} | {
    "comm20": ("comm20.npz", "community_12_21_100.pt.xz", "spectre_community_12_21_100.pt.xz")
}
_COMM20_SIZES: Final = {"train": 64, "val": 16, "test": 20}


class SpectreGraphs(SplitDataset):
    r"""A benchmark of graph generation: two hundred planar graphs, block models or trees, or a hundred communities.

    The sets were introduced by "SPECTRE" (Martinkus et al., ICML 2022, arXiv 2204.01613) and, with the trees and fixed
    splits, by Bergmeister et al. (ICLR 2024, arXiv 2312.11529): 128, 32 and 40 graphs for training, validation and
    testing. ``"planar"`` are Delaunay triangulations of 64 points, ``"sbm"`` block models with 2 to 5 blocks,
    ``"tree"`` trees with 64 nodes. ``"comm20"`` are 100 graphs of two communities with 12 to 20 nodes, split 64, 16,
    20 by the rule of DiGress.

    The file is downloaded and its SHA-256 verified, unless it, or a ``.npz`` file with the same graphs, lies in
    ``<root>/raw/``; the cards in ``datasets/`` tell the formats. Files with pickles are read with all classes but
    networkx's ``Graph`` locked out.

    Every graph has ``edge_index``, ``node_type`` (all 0) and ``edge_type`` (all 1; 0 is no edge).

    Args:
        root: Folder of the data set.
        name: ``"planar"``, ``"sbm"``, ``"tree"`` or ``"comm20"``.
        split: ``"train"``, ``"val"`` or ``"test"``.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        OSError: If the file is neither there nor can be downloaded.
        ValueError: If the name or split is unknown, or the file is damaged.

    .. code-block:: python

        dataset = SpectreGraphs("data/planar", "planar", split="test")
        len(dataset)  # 40
    """

    node_types: tuple[str, ...] = ("node",)
    bond_types: tuple[str, ...] = ("edge",)
    elements: tuple[str, ...] = node_types
    bonds = "edge"

    def __init__(self, root: str | Path, name: str = "planar", split: str = "train", **kwargs: Any) -> None:
        if name not in FILES:
            raise ValueError(f"'SpectreGraphs' expected 'name' to be one of {', '.join(FILES)} (got {name!r})")
        self.name = name
        folder = Path(root).expanduser() / "raw"
        self.path = find_raw("SpectreGraphs", folder, FILES[name], _OTHERS[name])
        self.digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        super().__init__(root, split, **kwargs)

    def options(self) -> dict[str, str]:
        return {"name": self.name, "raw": self.digest[:8]}

    def graphs(self) -> list[Data]:
        graphs = []
        for num_nodes, edges in read_split(self.path, self.split):
            graph = undirected_data(edges, num_nodes, node_type=torch.zeros(num_nodes, dtype=torch.int64))
            graph.edge_type = torch.ones(graph.num_edges, dtype=torch.int64)
            graphs.append(graph)
        return graphs


def read_split(path: Path, split: str) -> list[tuple[int, Any]]:
    r"""The graphs of a split as their numbers of nodes and their edges, each given once.

    Args:
        path: A ``.npz`` file (``<split>_n``, ``<split>_edges``, ``<split>_ptr``, or the same without a split for
            comm20), a pickle of lists of networkx graphs by split, or SPECTRE's ``.pt`` file of adjacency matrices.
        split: ``"train"``, ``"val"`` or ``"test"``.

    Raises:
        ValueError: If the file is damaged or has no such content.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".xz":
            content = lzma.decompress(content)
        if path.suffix == ".npz":
            return _from_arrays(content, split)
        if path.suffix == ".pkl":
            return [_from_networkx(graph) for graph in _GraphUnpickler(io.BytesIO(content)).load()[split]]
        matrices = torch.load(io.BytesIO(content), weights_only=True)[0]
        graphs = [(len(matrix), np.argwhere(np.triu(matrix.numpy(), 1) > 0)) for matrix in matrices]
        return [graphs[i] for i in comm20_split(len(graphs), split)]
    except (
        OSError,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        pickle.UnpicklingError,
        lzma.LZMAError,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(f"'SpectreGraphs' expected {path} to hold graphs (got: {error!r})") from error


def comm20_split(count: int, split: str) -> list[int]:
    r"""Which graphs of comm20 belong to a split, by the rule of DiGress: a seeded shuffle, cut at 64 % and 80 %.

    >>> [len(comm20_split(100, split)) for split in ("train", "val", "test")]
    [64, 16, 20]
    """
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0)).tolist()
    test = round(count * 0.2)
    train = round((count - test) * 0.8)
    parts = {"train": order[:train], "val": order[train : count - test], "test": order[count - test :]}
    chosen: list[int] = parts[split]
    return chosen


def _from_arrays(content: bytes, split: str) -> list[tuple[int, Any]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as table:
        prefix = f"{split}_" if f"{split}_n" in table else ""
        sizes, edges, ptr = (table[prefix + name] for name in ("n", "edges", "ptr"))
    graphs = [(int(n), edges[ptr[i] : ptr[i + 1]]) for i, n in enumerate(sizes.tolist())]
    return graphs if prefix else [graphs[i] for i in comm20_split(len(graphs), split)]


def _from_networkx(graph: nx.Graph) -> tuple[int, Any]:
    number = {node: i for i, node in enumerate(sorted(graph.nodes()))}
    return len(number), [(number[a], number[b]) for a, b in graph.edges()]


class _GraphUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("networkx.classes.graph", "Graph"):
            return nx.Graph
        raise pickle.UnpicklingError(f"the class {module}.{name} is not allowed")
