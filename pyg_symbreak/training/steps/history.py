r"""The history of a run as a file."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence


def history_csv(rows: Sequence[Mapping[str, float]]) -> str:
    r"""Writes rows as CSV; what a row lacks is left empty.

    Args:
        rows: The rows of the history of a run.

    Example:
        >>> history_csv([{"step": 1.0}, {"step": 2.0, "val_nll": 3.5}]).split()
        ['step,val_nll', '1,', '2,3.5']
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([f"{row[name]:.8g}" if name in row else "" for name in names] for row in rows)
    return out.getvalue()


def read_history(path: str | os.PathLike[str]) -> list[dict[str, float]]:
    r"""Reads ``metrics.csv``; what a row lacks is left out.

    Args:
        path: The file.

    Raises:
        ValueError: If the file is missing or no history.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = [{name: float(v) for name, v in row.items() if v} for row in csv.DictReader(file)]
        if not rows or "step" not in rows[0]:
            raise ValueError("no column 'step'")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"'read_history' expected 'path' to name the metrics.csv of a run (got {os.fspath(path)!r}: {error})"
        ) from error
    return rows
