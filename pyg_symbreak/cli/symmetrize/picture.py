r"""The picture of a comparison of symmetrized backbones: a line a method against the draws, or a bar a method."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import Any

from pyg_symbreak.cli.diffusion.grid import require_matplotlib
from pyg_symbreak.cli.symmetrize.table import METRICS
from pyg_symbreak.cli.table import Summary
from pyg_symbreak.training.atomic import atomic_write

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666", "#000000", "#F0E442")

WIDTH = 72
r"""How many letters of a title stand in a line."""


def draw(path: str | Path, summary: Summary, title: str = "") -> bool:
    r"""Draws the picture into a PNG file.

    Args:
        path: The file.
        summary: What :func:`~pyg_symbreak.cli.symmetrize.table.summarise_draws` returned.
        title: What stands above it.

    Returns:
        Whether there was something to draw.

    Raises:
        ImportError: If matplotlib is not installed.
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    metric = next((name for name in METRICS if any(_known(row, name) for row in summary.values())), None)
    if metric is None:
        return False
    rows = [row for row in summary.values() if _known(row, metric)]
    figure_class, canvas_class = require_matplotlib("draw")
    methods = list(dict.fromkeys(row["method"] for row in rows))
    several = len({row["draws"] for row in rows}) > 1
    figure = figure_class(figsize=(6.5, 4.2 if several else 1.3 + 0.35 * len(methods)), layout="constrained")
    canvas_class(figure)
    axis = figure.subplots()
    (_by_draws if several else _bars)(axis, rows, methods, metric)
    # Above the whole figure, not the axes: long names of methods push these to the right.
    figure.suptitle("\n".join(textwrap.wrap(title, WIDTH)), fontsize=11, fontweight="bold", x=0.02, ha="left")
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    atomic_write(path, buffer.getvalue())
    return True


def _known(row: dict[str, Any], metric: str) -> bool:
    return row.get(metric, [None])[0] is not None


def _points(rows: list[dict[str, Any]], method: str, metric: str) -> list[tuple[int, float, float]]:
    factor = METRICS[metric][1]
    mine = [row for row in rows if row["method"] == method]
    return sorted((row["draws"], factor * row[metric][0], factor * (row[metric][1] or 0.0)) for row in mine)


def _by_draws(axis: Any, rows: list[dict[str, Any]], methods: list[str], metric: str) -> None:
    counts = sorted({row["draws"] for row in rows})
    for number, method in enumerate(methods):
        draws, means, deviations = zip(*_points(rows, method, metric))
        places = [counts.index(count) for count in draws]
        style = "-" if number < len(COLORS) else "--"
        color = COLORS[number % len(COLORS)]
        axis.errorbar(places, means, deviations, fmt="o", linestyle=style, color=color, capsize=3, label=method)
    axis.set_xticks(range(len(counts)), counts)
    axis.set_xlabel("draws in training")
    axis.set_ylabel(METRICS[metric][0])
    axis.grid(axis="y", color="#dddddd", linewidth=0.8)
    axis.legend(frameon=False, fontsize=9)


def _bars(axis: Any, rows: list[dict[str, Any]], methods: list[str], metric: str) -> None:
    for place, method in enumerate(methods):
        _, mean, deviation = _points(rows, method, metric)[0]
        color = COLORS[0] if method.split("+")[0] not in ("none", "uniform") else COLORS[6]
        axis.barh(place, mean, xerr=deviation or None, color=color, height=0.6, capsize=3)
        label = f"{mean:.{METRICS[metric][2]}f}"
        axis.annotate(label, (mean + deviation, place), xytext=(6, 0), textcoords="offset points", va="center")
    axis.set_yticks(range(len(methods)), methods)
    axis.invert_yaxis()
    axis.margins(x=0.15)
    axis.set_xlabel(METRICS[metric][0])
