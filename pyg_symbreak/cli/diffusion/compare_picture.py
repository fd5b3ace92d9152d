r"""The picture of a comparison of generators: one panel a metric, one line a method, one point a run."""

from __future__ import annotations

import io
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyg_symbreak.cli.diffusion.grid import BLUE, GREY, require_matplotlib
from pyg_symbreak.training.atomic import atomic_write

ORANGE = "#E69F00"

PANELS = {
    "nll": ("test NLL, nats a graph", 1, "lower is better"),
    "validity": ("valid, %", 100, "higher is better"),
    "novelty": ("novel, % of distinct valid", 100, "higher is better"),
    "vun": ("valid, unique and novel, %", 100, "higher is better"),
    "fcd": ("Fréchet ChemNet distance", 1, "lower is better"),
    "mean_ratio": ("MMD ratio", 1, "lower is better"),
}
r"""The metrics that are drawn, where runs have them: the label, the factor, and which way is better."""


def draw(path: str | Path, records: Sequence[Mapping[str, Any]]) -> None:
    r"""Draws the picture into a PNG file.

    Args:
        path: The file.
        records: The records of finished runs.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If no run has any of :data:`PANELS`.
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    figure_class, canvas_class = require_matplotlib("draw")
    shown = [name for name in PANELS if any(record["metrics"].get(name) is not None for record in records)]
    if not shown:
        raise ValueError(f"'draw' expected runs with one of {', '.join(PANELS)} (got {len(records)} runs without)")
    methods = list(dict.fromkeys(record["method"] for record in records))
    width, height = 2.2 + 2.7 * len(shown), 1.5 + 0.42 * len(methods)
    figure = figure_class(figsize=(width, height), layout="constrained")
    canvas_class(figure)
    data = ", ".join(dict.fromkeys(record["data"] for record in records))
    figure.suptitle(f"{Path(data).name}: each point one seed, each bar a mean", fontsize=12, fontweight="bold")
    axes = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axis, name in zip(axes, shown):
        _panel(axis, name, methods, records)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    atomic_write(path, buffer.getvalue())


def _panel(axis: Any, name: str, methods: list[str], records: Sequence[Mapping[str, Any]]) -> None:
    label, factor, direction = PANELS[name]
    for place, method in enumerate(methods):
        runs = [record["metrics"].get(name) for record in records if record["method"] == method]
        values = [factor * value for value in runs if value is not None]
        if not values:
            continue
        color = BLUE if "sympe" in method else GREY if method == "none" else ORANGE
        axis.plot(values, [place] * len(values), "o", color=color, markersize=6, alpha=0.7, markeredgewidth=0)
        mean = statistics.fmean(values)
        axis.plot([mean, mean], [place - 0.28, place + 0.28], color=color, linewidth=2.5)
        axis.annotate(f"{mean:.3g}", (mean, place - 0.3), ha="center", va="bottom", fontsize=8.5)
    axis.set_ylim(len(methods) - 0.5, -0.8)
    axis.set_yticks(range(len(methods)), methods, fontsize=10)
    axis.margins(x=0.15)
    axis.set_xlabel(f"{label}\n({direction})", fontsize=9.5)
    axis.grid(axis="x", color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
