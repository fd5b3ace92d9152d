r"""The history of a run as a picture."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.steps.history import read_history


def draw_history(csv_path: str | os.PathLike[str], png_path: str | os.PathLike[str]) -> None:
    r"""Draws the training loss and the validation likelihood of a run against its steps.

    Args:
        csv_path: The ``metrics.csv`` of a run.
        png_path: The picture to write.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If the CSV file is missing or no history.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "'draw_history' expected matplotlib to be installed (got none); pip install 'pyg_symbreak[train]'"
        ) from error
    rows = read_history(csv_path)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for name, label in (("train_loss", "loss"), ("train_node", "nodes"), ("train_pair", "pairs")):
        points = _points(rows, name)
        if points:
            left.plot(*zip(*points), label=label, linewidth=1)
    left.set(xlabel="step", ylabel="training cross-entropy (nats)")
    if left.lines:
        left.legend(frameon=False)
        if all(value > 0 for line in left.lines for value in line.get_ydata()):
            left.set_yscale("log")
    points = _points(rows, "val_nll")
    if points:
        errors = [row.get("val_nll_error", 0.0) for row in rows if math.isfinite(row.get("val_nll", math.nan))]
        right.errorbar(*zip(*points), yerr=errors, marker="o", markersize=3, linewidth=1, elinewidth=0.8)
    else:
        right.text(0.5, 0.5, "not validated", ha="center", va="center", transform=right.transAxes)
    right.set(xlabel="step", ylabel="validation NLL (nats a graph)")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    out = io.BytesIO()
    canvas.print_figure(out, format="png", dpi=150)
    atomic_write(Path(png_path), out.getvalue())


def _points(rows: Sequence[Mapping[str, float]], name: str) -> list[tuple[float, float]]:
    return [(row["step"], row[name]) for row in rows if math.isfinite(row.get(name, math.nan))]
