r"""The results file of a comparison: one JSON file that grows run by run and survives a kill."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyg_symbreak.training.atomic import atomic_write, file_lock

RESULTS_VERSION = 1
r"""The version of the layout of the results files; a part of every :func:`config_hash`."""


def config_hash(config: Mapping[str, Any]) -> str:
    r"""Hashes a configuration by value, whatever the order of its keys.

    Args:
        config: Strings, numbers, booleans, ``None``, and lists and dictionaries of them.

    Returns:
        Sixteen hexadecimal digits.

    Raises:
        TypeError: If a value is of another kind.

    Example:
        >>> config_hash({"a": 1, "b": 2}) == config_hash({"b": 2, "a": 1})
        True
    """
    text = json.dumps([RESULTS_VERSION, config], sort_keys=True, separators=(",", ":"), default=_reject)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _reject(value: object) -> object:
    raise TypeError(f"'config_hash' expected 'config' to hold plain values (got {type(value).__name__})")


def read_results(path: str | os.PathLike[str]) -> dict[str, Any]:
    r"""Reads a results file; a file that is not there reads as one without runs.

    Args:
        path: The JSON file.

    Returns:
        A dictionary with ``"version"``, ``"runs"`` (a list of records) and whatever else was merged into it.

    Raises:
        ValueError: If the file is no results file of this version.

    Example:
        >>> read_results("nowhere.json")
        {'version': 1, 'runs': []}
    """
    if not Path(path).exists():
        return {"version": RESULTS_VERSION, "runs": []}
    try:
        results = json.loads(Path(path).read_text(encoding="utf-8"))
        usable = results["version"] == RESULTS_VERSION and isinstance(results["runs"], list)
    except (ValueError, TypeError, KeyError):
        usable = False
    if not usable:
        raise ValueError(
            f"'read_results' expected 'path' to name a results file of version {RESULTS_VERSION} "
            f"(got {os.fspath(path)!r}); move it away to start a new one"
        )
    return dict(results)


def merge_results(
    path: str | os.PathLike[str], runs: list[dict[str, Any]], **entries: Mapping[str, Any]
) -> dict[str, Any]:
    r"""Merges runs and other entries into a results file, atomically and under a lock.

    A run replaces an earlier one with the same ``"key"``; an entry, itself a dictionary, is updated key by key.

    Args:
        path: The JSON file; made if missing.
        runs: Records, each with a string ``"key"``.
        entries: More top-level dictionaries, such as ``floors={"trees": {...}}``.

    Returns:
        The results as they now stand in the file.

    Raises:
        ValueError: If a record has no key, or the file is no results file.
        OSError: If the file cannot be written; the earlier file is untouched.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.json"
        >>> _ = merge_results(path, [{"key": "a", "bce": 2.0}])
        >>> [run["bce"] for run in merge_results(path, [{"key": "a", "bce": 1.0}])["runs"]]
        [1.0]
    """
    for run in runs:
        if not isinstance(run.get("key"), str):
            raise ValueError(f"'merge_results' expected every run to have a string 'key' (got {run.get('key')!r})")
    with file_lock(path):
        results = read_results(path)
        merged = {run["key"]: run for run in results["runs"]}
        merged.update({run["key"]: run for run in runs})
        results["runs"] = list(merged.values())
        for name, entry in entries.items():
            results[name] = {**results.get(name, {}), **entry}
        text = json.dumps(without_nan(results), indent=1, allow_nan=False) + "\n"
        atomic_write(path, text.encode())
    return results


def without_nan(value: Any) -> Any:
    r"""Returns plain values with ``None`` for NaN and infinity, which JSON does not know.

    A run that diverged must still give a file that every reader accepts.

    Args:
        value: Plain values, lists and dictionaries of them.

    Example:
        >>> without_nan({"bce": [1.0, float("nan")]})
        {'bce': [1.0, None]}
    """
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def finished_runs(results: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    r"""Returns the finished runs of a results file by key; failed ones are left out, so that they are tried again.

    Args:
        results: What :func:`read_results` returned.

    Example:
        >>> runs = [{"key": "a", "status": "finished"}, {"key": "b", "status": "failed"}]
        >>> list(finished_runs({"runs": runs}))
        ['a']
    """
    return {run["key"]: run for run in results["runs"] if run.get("status") == "finished"}
