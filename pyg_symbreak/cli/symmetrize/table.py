r"""The tables of ``pyg-symbreak symmetrize``: methods by numbers of draws, or methods by what they tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyg_symbreak.cli.table import Summary, align, summarise, written

METRICS = {
    "accuracy": ("accuracy %", 100, 1),
    "ap": ("AP", 1, 4),
    "mse": ("MSE", 1, 5),
    "spread": ("spread in orbits", 1, 4),
    "loss": ("loss", 1, 4),
    "draw_error": ("draw error", 1, 4),
    "separated": ("separated", 1, 1),
    "separated_isomorphic": ("isomorphic separated", 1, 1),
    "by_distance": ("separated by distance", 1, 1),
    "by_distance_isomorphic": ("isomorphic by distance", 1, 1),
    "pairs": ("pairs", 1, 0),
}
r"""The metrics: the heading of each column, its factor and its digits."""


def summarise_draws(records: Sequence[Mapping[str, Any]]) -> Summary:
    r"""Takes mean and standard deviation over the seeds of each method and number of draws.

    Args:
        records: The records of the runs.

    Returns:
        As :func:`~pyg_symbreak.cli.table.summarise`; the methods are ``"lps+mlp k=10"``, and each row has ``draws``.
    """
    finished = [record for record in records if record["status"] == "finished"]
    names = list(dict.fromkeys(name for record in finished for name in record["metrics"]))
    named = [{**record, "method": f"{record['method']} k={record['draws']}"} for record in records]
    summary = summarise([record for record in named if record["status"] != "unfinished"], names)
    for row in summary.values():
        row["method"], _, draws = row["method"].rpartition(" k=")
        row["draws"] = int(draws)
    return summary


def render(summary: Summary) -> str:
    r"""Lays the table out as text: a row a method, and a column a number of draws, or a metric where there is but one.

    Args:
        summary: What :func:`summarise_draws` returned.
    """
    rows = list(summary.values())
    counts = sorted({row["draws"] for row in rows})
    known = [name for name in METRICS if any(row.get(name, [None])[0] is not None for row in rows)]
    if len(counts) > 1 and known:
        return _by_draws(rows, counts, known[0])
    lines = [["task", "method", *(METRICS[name][0] for name in known), "seconds", "runs"]]
    for row in rows:
        cells = [cell(name, row.get(name, [None, None])) for name in (*known, "seconds")]
        lines.append([row["data"], row["method"], *cells, _runs([row])])
    return align(lines)


def render_separation(summary: Summary) -> str:
    r"""Lays out as text what models tell apart: pairs that are not isomorphic, and pairs that are, as a control.

    Args:
        summary: What :func:`summarise_draws` returned of the runs of pairs.
    """
    lines = [["pairs", "method", "draws", "separated", "of", "isomorphic", "of", "by distance", "isomorphic", "runs"]]
    for row in summary.values():
        total = cell("pairs", [row.get("pairs", [None])[0], None])
        names = ("separated", "separated_isomorphic", "by_distance", "by_distance_isomorphic")
        test, control, usual, usual_control = (cell(name, row.get(name, [None, None])) for name in names)
        counts = [str(row["draws"]), test, total, control, total, usual, usual_control]
        lines.append([row["data"], row["method"], *counts, _runs([row])])
    return align(lines)


def _by_draws(rows: list[dict[str, Any]], counts: list[int], metric: str) -> str:
    lines = [["task", f"method ({METRICS[metric][0]})", *(f"k = {count}" for count in counts), "runs"]]
    for data, method in dict.fromkeys((row["data"], row["method"]) for row in rows):
        mine = {row["draws"]: row for row in rows if (row["data"], row["method"]) == (data, method)}
        cells = [cell(metric, mine.get(count, {}).get(metric, [None, None])) for count in counts]
        lines.append([data, method, *cells, _runs(list(mine.values()))])
    return align(lines)


def _runs(rows: list[dict[str, Any]]) -> str:
    failed = sum(row["failed"] for row in rows)
    return str(sum(row["runs"] for row in rows)) + (f" ({failed} failed)" if failed else "")


def cell(name: str, spread: Sequence[float | None]) -> str:
    r"""Writes a mean and its standard deviation.

    Args:
        name: The metric.
        spread: The mean and the deviation, each :obj:`None` where it is not known.

    Example:
        >>> cell("accuracy", [0.991, 0.002]), cell("mse", [0.00412, None]), cell("ap", [None, None])
        ('99.1 ± 0.2', '0.00412', '–')
    """
    _, factor, digits = METRICS.get(name, ("", 1, 0))
    return written(spread, factor, digits)
