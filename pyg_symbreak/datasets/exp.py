r"""Pairs of planar graphs that 1-WL cannot tell apart but a formula can."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset
from pyg_symbreak.datasets.download import PublicFile, find_raw
from pyg_symbreak.datasets.raw import raw_digest, read_raw, restricted_load

FILE: Final = PublicFile(
    "GRAPHSAT.pkl",
    "https://raw.githubusercontent.com/jw9730/lps/c03c9a484bdf3dc566eccb6d0eba4fd322f7166b/src_synthetic/"
    "graph_separation/dataset/EXP/raw/GRAPHSAT.pkl",
    "82f25cfab85e8bf51d518271afc12f45340f8a297d68994259c5b8bb9618ef17",
)
OTHERS: Final = ("EXP.npz", "GRAPHSAT.pkl.xz", "EXP_GRAPHSAT.pkl.xz")
_BOUNDS: Final = {"val": (0, 200), "test": (200, 400), "train": (400, 1200)}


class EXP(SplitDataset):
    r"""1,200 graphs in 600 pairs that 1-WL cannot tell apart; one of each pair encodes a satisfiable formula.

    From "The Surprising Power of Graph Neural Networks with Random Node Initialization" (Abboud et al., IJCAI 2021,
    arXiv 2010.01179). Graphs ``2i`` and ``2i + 1`` are a pair with labels 1 and 0, so every deterministic network
    bounded by 1-WL is right on exactly half of them. The split is that of frame averaging (arXiv 2110.03336) and of
    probabilistic symmetrization (arXiv 2306.02866): the first 200 graphs for validation, the next 200 for testing, 800
    for training.

    The file is downloaded and its SHA-256 verified, unless it, or ``EXP.npz``, lies in ``<root>/raw/``; see the card
    ``datasets/exp.md``. Its source is under GPL-3 and nothing of it comes with this package. The pickle is read with
    everything locked out but tensors.

    Every graph has ``edge_index``, ``x`` ``[n, 1]``, float, 0 or 1 by the type of the node, and ``y``
    ``[1]``, int64.

    Args:
        root: Folder of the data set.
        split: ``"train"``, ``"val"`` or ``"test"``.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        OSError: If the file is neither there nor can be downloaded.
        ValueError: If the split is unknown, or the file is damaged.

    .. code-block:: python

        dataset = EXP("data/exp", split="test")
        len(dataset), len(dataset.pairs())  # (200, 100)
    """

    def __init__(self, root: str | Path, split: str = "train", **kwargs: Any) -> None:
        self.path = find_raw("EXP", Path(root).expanduser() / "raw", FILE, OTHERS)
        self.digest = raw_digest(self.path)
        super().__init__(root, split, **kwargs)

    def options(self) -> dict[str, str]:
        return {"raw": self.digest}

    def graphs(self) -> list[Data]:
        first, last = _BOUNDS[self.split]
        return read_exp(self.path)[first:last]

    def pairs(self) -> list[tuple[Data, Data]]:
        r"""The pairs of the split, for EXP-iso: graphs that are not isomorphic but alike to 1-WL."""
        return [(self[i], self[i + 1]) for i in range(0, len(self) - 1, 2)]


def read_exp(path: Path) -> list[Data]:
    r"""All graphs of a file.

    Args:
        path: ``EXP.npz`` (``n``, ``x``, ``edge_index``, ``ptr``, ``y``), or the published pickle, compressed or not.

    Raises:
        ValueError: If the file is damaged or has no such content.
    """
    try:
        content = read_raw(path)
        graphs = _from_arrays(content) if path.suffix == ".npz" else _from_pickle(content)
        if len(graphs) != 1200:
            raise ValueError(f"{len(graphs)} graphs")
        return graphs
    except (
        EOFError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(f"'EXP' expected {path} to hold 1200 graphs (got: {error!r})") from error


def _graph(x: Tensor, edge_index: Tensor, y: Tensor) -> Data:
    return Data(x=x.view(-1, 1).float(), edge_index=edge_index.long(), y=y.view(1).long())


def _from_arrays(content: bytes) -> list[Data]:
    with np.load(io.BytesIO(content), allow_pickle=False) as table:
        names = ("n", "x", "edge_index", "ptr", "y")
        sizes, x, edges, ptr, y = (torch.from_numpy(table[name].astype(np.int64)) for name in names)
    ends = sizes.cumsum(0)
    return [_graph(x[ends[i] - sizes[i] : ends[i]], edges[:, ptr[i] : ptr[i + 1]], y[i]) for i in range(sizes.numel())]


class _OldData:
    """What an object of an old PyG becomes: its attributes, in ``__dict__``."""


def _tensors(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), weights_only=True)


def _from_pickle(content: bytes) -> list[Data]:
    allowed = {
        ("torch_geometric.data.data", "Data"): _OldData,
        ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
        ("torch.storage", "_load_from_bytes"): _tensors,
        ("collections", "OrderedDict"): OrderedDict,
    }
    return [_graph(old.x, old.edge_index, old.y) for old in restricted_load(content, allowed)]
