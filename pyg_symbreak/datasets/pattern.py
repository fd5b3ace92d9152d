r"""Node classification: which nodes belong to a planted pattern, on the published graphs."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any, Final

import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SPLITS, SplitDataset
from pyg_symbreak.datasets.raw import placed_by_hand, raw_digest

NAMES: Final = ("PATTERN_v2.zip", "PATTERN_v2.pt")
SOURCE: Final = "https://data.pyg.org/datasets/benchmarking-gnns/PATTERN_v2.zip"


class PATTERN(SplitDataset):
    r"""PATTERN: 14,000 stochastic block models, each with a planted pattern whose nodes are to be found.

    From "Benchmarking Graph Neural Networks" (Dwivedi et al., JMLR 2023, arXiv 2003.00982), as packed by PyG: 10,000,
    2,000 and 2,000 graphs with 44 to 188 nodes. There is no published checksum, so ``PATTERN_v2.zip`` is not downloaded
    but placed in ``<root>/raw/`` by hand; the card ``datasets/pattern.md`` tells from where. It is read with
    ``weights_only=True``. Without it, :class:`~pyg_symbreak.datasets.PatternGraphs` makes graphs by the same recipe.

    Every graph has ``edge_index``, ``x`` ``[n, 3]``, one-hot, float, and ``y`` ``[n]``, 1 for the nodes of the pattern.

    Args:
        root: Folder of the data set.
        split: ``"train"``, ``"val"`` or ``"test"``.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        FileNotFoundError: If there is no file.
        ValueError: If the split is unknown, or the file is damaged.

    .. code-block:: python

        dataset = PATTERN("data/pattern", split="test")
        len(dataset)  # 2000
    """

    num_classes = 2

    def __init__(self, root: str | Path, split: str = "train", **kwargs: Any) -> None:
        self.path = placed_by_hand("PATTERN", Path(root).expanduser() / "raw", NAMES, SOURCE)
        self.digest = raw_digest(self.path)
        super().__init__(root, split, **kwargs)

    def options(self) -> dict[str, str]:
        return {"raw": self.digest}

    def graphs(self) -> list[Data]:
        try:
            content = self.path.read_bytes()
            if self.path.suffix == ".zip":
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    content = archive.read("PATTERN_v2.pt")
            splits = torch.load(io.BytesIO(content), weights_only=True)
            return [
                Data(x=graph["x"].float(), edge_index=graph["edge_index"].long(), y=graph["y"].view(-1).long())
                for graph in splits[SPLITS.index(self.split)]
            ]
        except (
            EOFError,
            KeyError,
            IndexError,
            TypeError,
            AttributeError,
            RuntimeError,
            pickle.UnpicklingError,
            zipfile.BadZipFile,
        ) as error:
            raise ValueError(
                f"'PATTERN' expected {self.path} to hold three lists of graphs (got: {error!r})"
            ) from error
