r"""The table of ``pyg-symbreak spins``: a row a method, means and standard deviations over the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyg_symbreak.cli.table import Summary, align, summarise, written

METRICS = {
    "gap": ("gap %", 3),
    "gap_mode": ("of the mode %", 3),
    "rotated_gap": ("rotated %", 3),
    "recovered": ("in phase %", 1),
    "exact": ("ground states %", 1),
    "found": ("found %", 1),
    "uniform_p": ("p(uniform)", 2),
    "solved_1": ("solved %, 1", 1),
    "solved_4": ("of 4", 1),
    "solved_16": ("of 16", 1),
    "solved_64": ("of 64", 1),
    "steps_to_target": ("steps to 0.1 %", 0),
}
r"""The metrics: the heading of each column, and its digits."""

NOTES = {
    "gap": "gap: mean (E − E0)/|E0| of samples on the test systems; of the mode: of the most likely spins",
    "rotated_gap": "rotated: the gap of samples where Jx and Jy have changed places",
    "recovered": "in phase: samples whose order parameter is that of the exact ground state",
    "exact": "ground states: samples that are one, where there are several; found: how many of these were drawn at all",
    "uniform_p": "p(uniform): chi-squared, all ground states of a system being equally likely",
    "solved_1": "solved: systems of which the best of so many samples is a ground state",
    "steps_to_target": "steps: until the gap of the validation systems was first at most 0.1 %; – if never",
}
r"""What the columns say."""


def summarise_spins(records: Sequence[Mapping[str, Any]]) -> Summary:
    r"""Takes mean and standard deviation over the seeds of each method.

    Args:
        records: The records of the runs.

    Returns:
        As :func:`~pyg_symbreak.cli.table.summarise`, with all metrics there are.
    """
    finished = [record for record in records if record["status"] == "finished"]
    names = list(dict.fromkeys(name for record in finished for name in record["metrics"]))
    return summarise([record for record in records if record["status"] != "unfinished"], names)


def render(summary: Summary) -> str:
    r"""Lays the table out as text, with a line for what each column says.

    Args:
        summary: What :func:`summarise_spins` returned.
    """
    rows = list(summary.values())
    known = [name for name in METRICS if any(name in row for row in rows)]
    lines = [["systems", "method", *(METRICS[name][0] for name in known), "seconds", "runs"]]
    for row in rows:
        cells = [cell(name, row.get(name, [None, None])) for name in (*known, "seconds")]
        failed = f" ({row['failed']} failed)" if row["failed"] else ""
        lines.append([row["data"], row["method"], *cells, f"{row['runs']}{failed}"])
    return "\n".join([align(lines), "", *(NOTES[name] for name in known if name in NOTES)])


def cell(name: str, spread: Sequence[float | None]) -> str:
    r"""Writes a mean and its standard deviation.

    Args:
        name: The metric.
        spread: The mean and the deviation, each :obj:`None` where it is not known.

    Example:
        >>> cell("gap", [0.0512, 0.01]), cell("steps_to_target", [None, None]), cell("seconds", [12.3, None])
        ('0.051 ± 0.010', '–', '12')
    """
    return written(spread, 1, METRICS.get(name, ("", 0))[1])
