r"""Generators in files."""

from __future__ import annotations

import json
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

Contents = tuple[list[Any], list[Any], str | None]


def read_representation_file(path: Path) -> Contents:
    r"""Read generators, Lie generators and a name from a ``.json`` or ``.npz`` file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file has another ending, cannot be read, or does not hold matrices under these names.

    .. code-block:: python

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "swap.json"
        ...     _ = path.write_text('{"generators": [[[0, "1/2"], [2, 0]]]}')
        ...     read_representation_file(path)
        ([[[0, Fraction(1, 2)], [2, 0]]], [], None)
    """
    if path.suffix not in (".json", ".npz"):
        raise ValueError(f"'Representation.from_file' expected a '.json' or '.npz' file (got '{path.name}')")
    if not path.is_file():
        raise FileNotFoundError(f"'Representation.from_file' expected a file (got '{path}', which does not exist)")
    try:
        held = _read_json(path) if path.suffix == ".json" else _read_npz(path)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"'Representation.from_file' expected readable generators in '{path.name}' (got: {error})"
        ) from error
    unknown = sorted(set(held) - {"generators", "lie_generators", "name"})
    if unknown or not {"generators", "lie_generators"} & set(held):
        raise ValueError(
            f"'Representation.from_file' expected 'generators', 'lie_generators' and 'name' in '{path.name}' "
            f"(got {sorted(held)})"
        )
    for key in ("generators", "lie_generators"):
        if not isinstance(held.get(key, []), list):
            raise ValueError(f"'Representation.from_file' expected a list of matrices as '{key}' in '{path.name}'")
    name = held.get("name")
    return held.get("generators", []), held.get("lie_generators", []), None if name is None else str(name)


def _read_json(path: Path) -> dict[str, Any]:
    held = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(held, dict):
        raise ValueError("no object at the top")
    return {key: _fractions(value) if key != "name" else value for key, value in held.items()}


def _fractions(value: Any) -> Any:
    if isinstance(value, list):
        return [_fractions(entry) for entry in value]
    try:
        return Fraction(value) if isinstance(value, str) else value
    except ZeroDivisionError as error:
        raise ValueError(f"the number '{value}'") from error


def _read_npz(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as held:
        return {key: held[key].item() if key == "name" else list(held[key]) for key in held.files}
