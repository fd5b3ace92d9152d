r"""Checkpoints: written atomically, read safely."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.types import Storage

from pyg_symbreak.training.atomic import atomic_write

CHECKPOINT_VERSION = 1
r"""The version of the layout of the checkpoints, kept in each under ``"pyg_symbreak_checkpoint"``."""

_VERSION_KEY = "pyg_symbreak_checkpoint"

MapLocation = str | torch.device | Callable[[Storage, str], Storage] | None


def save_checkpoint(state: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    r"""Writes a checkpoint atomically: a kill or a full disk leaves the old file.

    Args:
        state: Tensors, numbers, strings, and lists and dictionaries of them.
        path: The file to write.

    Raises:
        OSError: If the file cannot be written; the earlier file is untouched.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.ckpt"
        >>> save_checkpoint({"weight": torch.ones(2)}, path)
        >>> load_checkpoint(path)["weight"]
        tensor([1., 1.])
    """
    # Serialised in memory first: torch turns a full disk into an error that no longer says so.
    buffer = io.BytesIO()
    torch.save({**state, _VERSION_KEY: CHECKPOINT_VERSION}, buffer)
    atomic_write(path, buffer.getvalue())


def load_checkpoint(path: str | os.PathLike[str], *, map_location: MapLocation = "cpu") -> dict[str, Any]:
    r"""Reads a checkpoint without running any code from it (:func:`torch.load` with ``weights_only=True``).

    Args:
        path: The file written by :func:`save_checkpoint`.
        map_location: The device to put the tensors on.

    Raises:
        ValueError: If the file is missing, truncated, corrupt, or of another kind or version.

    Example:
        >>> load_checkpoint("nowhere.ckpt")
        Traceback (most recent call last):
        ...
        ValueError: 'load_checkpoint' expected 'path' to name a checkpoint (got 'nowhere.ckpt', which does not exist)
    """
    if not Path(path).is_file():
        raise ValueError(
            f"'load_checkpoint' expected 'path' to name a checkpoint (got {os.fspath(path)!r}, which does not exist)"
        )
    content = Path(path).read_bytes()
    try:
        # torch reads a file whose bytes have changed without a word; the archive's own checksums tell.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(damaged)
        state = torch.load(io.BytesIO(content), map_location=map_location, weights_only=True)
    except Exception as error:  # a broken archive surfaces as one of half a dozen types
        raise ValueError(
            f"'load_checkpoint' expected 'path' to name a whole checkpoint (got {os.fspath(path)!r}, which is "
            f"corrupt or truncated: {type(error).__name__}); delete it to start afresh"
        ) from error
    version = state.get(_VERSION_KEY) if isinstance(state, dict) else None
    if version != CHECKPOINT_VERSION:
        raise ValueError(
            f"'load_checkpoint' expected 'path' to name a checkpoint of version {CHECKPOINT_VERSION} of this package "
            f"(got {os.fspath(path)!r} with version {version!r})"
        )
    return {key: value for key, value in state.items() if key != _VERSION_KEY}
