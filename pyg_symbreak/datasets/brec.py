r"""Four hundred pairs of graphs in seven categories, ever harder to tell apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset, undirected_data
from pyg_symbreak.datasets.download import PublicFile, find_raw
from pyg_symbreak.datasets.graph6 import read_graph6
from pyg_symbreak.datasets.raw import raw_digest, read_raw

_SOURCE: Final = (
    "https://raw.githubusercontent.com/GraphPKU/BREC/966b5ed5c27bf6372ea081f90ef8c8b2a3342ebc/customize/Data/raw/"
)
_DIGESTS: Final = {
    "basic": "adef7f761b803026b515d94172399f5db72fe73859b0e489a1edfaa5874aeec2",
    "regular": "e9e85ff2003f50676e2a2ac7ef70b8ad919598c3042aaf8f5f6f43184bfdc663",
    "str": "6de58d99b80b7ace4529d17cf8fe3d000b496b3c2a7ab7f59fe3f28f61746d6f",
    "extension": "9b76b59842f997a502a83724daba033d793c5fbc9c2aa758834beb78d2309d4a",
    "cfi": "e8d56d7c0a22768da8dfdcaae800bc8dc815fb10b1bf1b52dc7893ed68c4e92f",
    "4vtx": "a9e593c485f3fa08d3db967d7c545a4f5cf7f417f016c9a77a5c1cc646786cea",
    "dr": "11b861e1439ddee4c58fa04b523e874c25fdbb4ba867f3ac9104711cb3739d89",
}
FILES: Final = {name: PublicFile(f"{name}.npy", f"{_SOURCE}{name}.npy", sha) for name, sha in _DIGESTS.items()}

#: The categories, in the order of the benchmark: the file of each, and its number of pairs.
CATEGORIES: Final = {
    "basic": ("basic", 60),
    "regular": ("regular", 50),
    "strongly-regular": ("str", 50),
    "extension": ("extension", 100),
    "cfi": ("cfi", 100),
    "4-vertex": ("4vtx", 20),
    "distance-regular": ("dr", 20),
}


class BREC(SplitDataset):
    r"""BREC: 400 pairs of graphs that are not isomorphic but alike to 1-WL; graphs ``2i`` and ``2i + 1`` are a pair.

    From "An Empirical Study of Realized GNN Expressiveness" (Wang and Zhang, ICML 2024, arXiv 2304.07702). The
    categories are ``"basic"`` (60 pairs), ``"regular"`` (50), ``"strongly-regular"`` (50), ``"extension"`` (100),
    ``"cfi"`` (100, with up to 198 nodes), ``"4-vertex"`` (20) and ``"distance-regular"`` (20).

    The raw files, one a category, are downloaded and their SHA-256 verified, unless they, or ``brec_<name>.npy.xz``,
    lie in ``<root>/raw/``. They are graph6 strings in NumPy arrays and read without pickles.

    Every graph has ``edge_index``, ``x`` ``[n, 1]``, ones, and ``category``, a text. There is one split.

    Args:
        root: Folder of the data set.
        categories: One category or several; by default all.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        OSError: If a file is neither there nor can be downloaded.
        ValueError: If a category is unknown, or a file is damaged.

    .. code-block:: python

        dataset = BREC("data/brec", "cfi")
        len(dataset.pairs())  # 100
    """

    def __init__(self, root: str | Path, categories: str | Sequence[str] | None = None, **kwargs: Any) -> None:
        wanted = [categories] if isinstance(categories, str) else list(CATEGORIES if categories is None else categories)
        unknown = [name for name in wanted if name not in CATEGORIES]
        if unknown or not wanted:
            known = ", ".join(CATEGORIES)
            raise ValueError(f"'BREC' expected 'categories' among {known} (got {unknown or wanted})")
        self.categories = tuple(wanted)
        folder = Path(root).expanduser() / "raw"
        self.paths = {}
        for name in self.categories:
            file = FILES[CATEGORIES[name][0]]
            others = (f"brec_{file.name}.xz", f"{file.name}.xz", f"brec_{file.name}")
            self.paths[name] = find_raw("BREC", folder, file, others)
        self.digest = raw_digest(*self.paths.values())
        super().__init__(root, "test", **kwargs)

    def options(self) -> dict[str, str]:
        which = "all" if self.categories == tuple(CATEGORIES) else "_".join(self.categories)
        return {"categories": which, "raw": self.digest}

    def graphs(self) -> list[Data]:
        return [
            undirected_data(edges, n, x=torch.ones(n, 1), category=category)
            for category, path in self.paths.items()
            for n, edges in _read(path, 2 * CATEGORIES[category][1])
        ]

    def pairs(self) -> list[tuple[Data, Data]]:
        r"""The pairs, in the order of the categories."""
        return [(self[i], self[i + 1]) for i in range(0, len(self) - 1, 2)]


def _read(path: Path, count: int) -> list[tuple[int, Any]]:
    try:
        table = np.load(io.BytesIO(read_raw(path)), allow_pickle=False)
        if table.dtype.kind not in "US" or table.size != count:
            raise ValueError(f"{table.size} entries of {table.dtype}")
        return read_graph6(table.ravel().tolist())
    except (ValueError, EOFError) as error:
        raise ValueError(f"'BREC' expected {path} to hold {count} graphs in graph6 (got: {error})") from error
