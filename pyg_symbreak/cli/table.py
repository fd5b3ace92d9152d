r"""The table of a comparison: mean and standard deviation over seeds, beside the floor of each data set."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

METRICS = {"bce": "BCE", "error_percent": "error %", "f1": "F1", "exact": "exact %"}
r"""The metrics of the table and how their columns are called."""

FLOORS = {"distance": "(floor, distance decoder)", "pair": "(floor, any pair decoder)"}
r"""The rows of the floors: what no encoder bounded by 1-WL improves on, with a decoder of each kind."""

Summary = dict[str, dict[str, Any]]


def summarise(records: Sequence[Mapping[str, Any]], metrics: Iterable[str] = tuple(METRICS)) -> Summary:
    r"""Takes mean and standard deviation over the seeds of each data set and method.

    Args:
        records: The records of the runs.
        metrics: The names of the metrics.

    Returns:
        For each ``"data/method"``: ``data``, ``method``, ``runs``, ``failed``, and for ``seconds`` and each metric a
        pair of mean and sample standard deviation, the latter :obj:`None` of a single run.

    Example:
        >>> run = {"data": "trees", "method": "none", "status": "finished", "seconds": 2.0}
        >>> runs = [{**run, "metrics": {"bce": bce, "error_percent": 0, "f1": 1, "exact": 1}} for bce in (1.0, 3.0)]
        >>> [round(value, 2) for value in summarise(runs)["trees/none"]["bce"]]
        [2.0, 1.41]
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        groups.setdefault(f"{record['data']}/{record['method']}", []).append(record)
    summary: Summary = {}
    for name, group in groups.items():
        finished = [record for record in group if record["status"] == "finished"]
        row: dict[str, Any] = {"data": group[0]["data"], "method": group[0]["method"]}
        row.update(runs=len(finished), failed=len(group) - len(finished))
        if finished:
            row["seconds"] = _spread([record["seconds"] for record in finished])
            found = [record["metrics"] for record in finished]
            row.update({name: _spread([values.get(name) for values in found]) for name in metrics})
        summary[name] = row
    return summary


def _spread(values: list[float | None]) -> list[float | None]:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return [None, None]
    return [statistics.fmean(known), statistics.stdev(known) if len(known) > 1 else None]


def render(summary: Summary, floors: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    r"""Lays the table out as text, one block a data set, its floors in the first rows.

    Args:
        summary: What :func:`summarise` returned.
        floors: For each data set and kind of decoder, the metrics of the best encoder without symmetry breaking.

    Returns:
        Lines of equal columns.
    """
    rows = [["data", "method", *METRICS.values(), "seconds", "runs"]]
    seen: set[str] = set()
    for row in summary.values():
        data = row["data"]
        if data not in seen:
            for decoder, floor in floors.get(data, {}).items():
                cells = [_cell(name, [floor.get(name), None]) for name in METRICS]
                rows.append([data, FLOORS[decoder], *cells, "", ""])
        seen.add(data)
        runs = str(row["runs"]) + (f" ({row['failed']} failed)" if row["failed"] else "")
        cells = [_cell(name, row.get(name, [None, None])) for name in (*METRICS, "seconds")]
        rows.append([data, row["method"], *cells, runs])
    return align(rows)


def align(rows: Sequence[Sequence[str]], left: int = 2, grouped: bool = True) -> str:
    r"""Lays rows out in equal columns, with a line below the heading.

    Args:
        rows: The cells, the heading first.
        left: How many columns are flush left; the others are flush right.
        grouped: Whether there is a line, too, wherever the first cell changes.

    Example:
        >>> print(align([["data", "method", "error"], ["trees", "none", "9.83"]]))
        data   method  error
        --------------------
        trees  none     9.83
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, line in enumerate(rows):
        cells = [c.ljust(width) if i < left else c.rjust(width) for i, (c, width) in enumerate(zip(line, widths))]
        if number == 1 or (grouped and number and line[0] != rows[number - 1][0]):
            lines.append("-" * (sum(widths) + 2 * len(widths) - 2))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cell(name: str, spread: Sequence[float | None]) -> str:
    factor, digits = {"bce": (1, 2), "error_percent": (1, 3), "f1": (1, 4), "exact": (100, 1)}.get(name, (1, 1))
    return written(spread, factor, digits)


def written(spread: Sequence[float | None], factor: float, digits: int) -> str:
    r"""Writes a mean and its standard deviation.

    Args:
        spread: The mean and the deviation, each :obj:`None` where it is not known.
        factor: What both are multiplied by, such as 100 for per cent.
        digits: How many digits follow the point.

    Example:
        >>> written([0.991, 0.002], 100, 1), written([12.5, None], 1, 2), written([None, None], 1, 0)
        ('99.1 ± 0.2', '12.50', '–')
    """
    mean, deviation = spread
    if mean is None:
        return "–"
    text = f"{factor * mean:.{digits}f}"
    return text if deviation is None else f"{text} ± {factor * deviation:.{digits}f}"
