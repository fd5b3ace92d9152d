r"""Reading raw files: compressed or not, told apart by a digest, and with pickles that cannot run anything."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

#: What a pickle of plain NumPy arrays needs, under the names that NumPy 1 and 2 write.
NUMPY_NAMES: Final[dict[tuple[str, str], Any]] = {
    (f"numpy{module}", name): value
    for name, value in (
        ("_reconstruct", np.zeros(0).__reduce__()[0]),
        ("_frombuffer", np.zeros(0).__reduce_ex__(5)[0]),
        ("scalar", np.float64(0).__reduce__()[0]),
        ("ndarray", np.ndarray),
        ("dtype", np.dtype),
    )
    for module in ("", ".core.multiarray", ".core.numeric", "._core.multiarray", "._core.numeric")
}


def read_raw(path: Path) -> bytes:
    r"""The content of a file, decompressed if its name ends in ``.xz`` or ``.gz``.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not compressed as its name says.
    """
    content = path.read_bytes()
    try:
        if path.suffix == ".xz":
            return lzma.decompress(content)
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (lzma.LZMAError, gzip.BadGzipFile, EOFError) as error:
        raise ValueError(f"'read_raw' expected {path} to be compressed as its name says (got: {error})") from error


def raw_digest(*paths: Path) -> str:
    r"""Eight digits that change with the content of the files, for the name of a processed file."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as content:
            while block := content.read(1 << 20):
                total.update(block)
    return total.hexdigest()[:8]


def placed_by_hand(user: str, folder: Path, names: Sequence[str], source: str) -> Path:
    r"""The path of a raw file that has no checksum to verify a download with, and so has to be placed by hand.

    Args:
        user: Name of the class that needs it, for the error.
        folder: The folder ``raw/``.
        names: The names that the file may have, the usual one first.
        source: Where it comes from, for the error.

    Raises:
        FileNotFoundError: If there is no such file; the error tells where to get it and where to place it.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"'{user}' expected the file {folder / names[0]}, to be placed by hand from {source} (got none)"
    )


def restricted_load(content: bytes, allowed: Mapping[tuple[str, str], Any]) -> Any:
    r"""Unpickle with every class and function locked out but those allowed.

    Args:
        content: The pickle.
        allowed: What stands for each allowed module and name.

    Raises:
        pickle.UnpicklingError: If the pickle asks for anything else.

    .. code-block:: python

        >>> restricted_load(pickle.dumps({"train": [1, 2]}), {})
        {'train': [1, 2]}
        >>> restricted_load(pickle.dumps(print), {})
        Traceback (most recent call last):
        _pickle.UnpicklingError: 'restricted_load' expected allowed names only (got builtins.print)
    """
    return _Restricted(io.BytesIO(content), allowed).load()


class _Restricted(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, allowed: Mapping[tuple[str, str], Any]) -> None:
        super().__init__(stream)
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in self._allowed:
            return self._allowed[module, name]
        raise pickle.UnpicklingError(f"'restricted_load' expected allowed names only (got {module}.{name})")
