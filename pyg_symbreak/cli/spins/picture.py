r"""The picture of ``pyg-symbreak spins``: phase diagrams beside the exact one, and how fast each method gets there."""

from __future__ import annotations

import io
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from pyg_symbreak.cli.diffusion.grid import require_matplotlib
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.spins.comparison import TARGET
from pyg_symbreak.training.spins.evaluate import unpacked
from pyg_symbreak.training.spins.orders import exact_plane_orders
from pyg_symbreak.training.spins.plane import Plane
from pyg_symbreak.training.spins.tasks import SpinTask, get_spin_task

# The palette of Okabe and Ito, which colour-blind readers tell apart.
PHASES: Final = {
    "magnetisation": ("ferromagnet", "#E69F00"),
    "staggered": ("antiferromagnet", "#CC79A7"),
    "stripe_x": ("stripes, alternating along x", "#0072B2"),
    "stripe_y": ("stripes, alternating along y", "#009E73"),
}
r"""The order parameters, the phases they belong to, and the colours of these; disorder is white."""

LINES: Final = {
    "none": ("#666666", "-"),
    "noise": ("#D55E00", "-"),
    "uniform": ("#E69F00", "-"),
    "sympe-exact": ("#0072B2", "-"),
    "sympe-energy": ("#56B4E9", "-"),
    "recurrent": ("#CC79A7", "-"),
    "graph-none": ("#666666", "--"),
    "graph-sympe": ("#0072B2", "--"),
    "graph-rank": ("#009E73", "--"),
}
r"""The colour and style of the line of each method."""

COLUMNS: Final = 6
r"""How many phase diagrams stand in a row, at most."""

SYMBOLS: Final = {"Jx": "$J_x$", "Jy": "$J_y$", "h": "$h$"}


def draw(path: str | Path, records: Sequence[Mapping[str, Any]], task: str, size: int) -> bool:
    r"""Draws the picture into a PNG file.

    Args:
        path: The file.
        records: The records of the runs of one task.
        task: Its name.
        size: The side of the lattices.

    Returns:
        Whether there was something to draw.

    Raises:
        ImportError: If matplotlib is not installed.
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    finished = [record for record in records if record["status"] == "finished"]
    if not finished:
        return False
    figure_class, canvas_class = require_matplotlib("draw")
    known = get_spin_task(task)
    methods = list(dict.fromkeys(record["method"] for record in finished))
    planes = mean_planes(finished)
    rows = math.ceil((1 + len(planes)) / COLUMNS) if planes else 0
    across = math.ceil((1 + len(planes)) / rows) if planes else 1
    figure = figure_class(figsize=(max(7.5, 2.6 * across + 0.6), 2.75 * rows + 3.6), layout="constrained")
    canvas_class(figure)
    heights = [2.75 * rows + 0.5, 3.1] if planes else [3.6]
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    if planes:
        _planes(parts[0], known, planes, size, (rows, across), len({record["seed"] for record in finished}))
    left, right = parts[-1].subplots(1, 2)
    _curves(left, finished, methods)
    (_best_of if known.plane is None else _bars)(right, finished, methods, known)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    atomic_write(path, buffer.getvalue())
    return True


def mean_planes(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Tensor]]:
    r"""The phase diagram of each method: squared order parameters, averaged over the seeds.

    Args:
        records: The records of finished runs.

    Returns:
        From the method and the order parameter to ``[rows, columns]``; methods without a diagram are left out.
    """
    found: dict[str, dict[str, list[Tensor]]] = {}
    for record in records:
        for name, text in record.get("plane", {}).items():
            found.setdefault(record["method"], {}).setdefault(name, []).append(unpacked(text))
    return {
        method: {name: torch.stack(grids).mean(0) for name, grids in orders.items()} for method, orders in found.items()
    }


def mixed(orders: Mapping[str, Tensor]) -> Any:
    r"""The colours of a phase diagram: each phase to the degree of its squared order parameter, the rest being white.

    Args:
        orders: From order parameters to their squares, ``[rows, columns]``, which add up to 1 at most.

    Returns:
        An array ``[rows, columns, 3]`` of numbers between 0 and 1.

    .. code-block:: python

        >>> [round(float(value), 2) for value in mixed({"stripe_x": torch.tensor([[1.0]])})[0, 0]]
        [0.0, 0.45, 0.7]
    """
    shape = next(iter(orders.values())).shape
    image = np.ones((*shape, 3))
    for name, values in orders.items():
        color = np.array([int(PHASES[name][1][start : start + 2], 16) / 255 for start in (1, 3, 5)])
        image += values.numpy()[..., None] * (color - 1)
    return image.clip(0, 1)


def _planes(
    figure: Any,
    task: SpinTask,
    planes: Mapping[str, Mapping[str, Tensor]],
    size: int,
    shape: tuple[int, int],
    seeds: int,
) -> None:
    assert task.plane is not None
    grids = [grid.shape for orders in planes.values() for grid in orders.values()]
    plane = task.plane.resized(grids[0][1], grids[0][0])
    panels = {"exact": exact_plane_orders(plane, size), **planes}
    over = f"mean over {seeds} seeds" if seeds > 1 else "one seed"
    figure.suptitle(f"Phases of drawn spins, {size}×{size}, {over}", fontsize=12, fontweight="bold", x=0.01, ha="left")
    axes = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for number, (axis, (method, orders)) in enumerate(zip(axes.flat, panels.items())):
        axis.imshow(mixed(orders), origin="lower", extent=_extent(plane), aspect="auto", interpolation="nearest")
        axis.set_title(method, fontsize=10.5, fontweight="bold" if method == "exact" else "normal")
        if number + shape[1] >= len(panels):
            axis.set_xlabel(SYMBOLS[plane.across.name])
            axis.tick_params(labelbottom=True)
        if number % shape[1] == 0:
            axis.set_ylabel(SYMBOLS[plane.up.name])
    shown = [name for name in PHASES if any(float(orders[name].max()) > 0.25 for orders in panels.values())]
    handles = [_patch(axes.flat[0], *PHASES[name]) for name in shown]
    handles.append(_patch(axes.flat[0], "no order", "#FFFFFF"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=9, frameon=False)


def _extent(plane: Plane) -> tuple[float, float, float, float]:
    edges: list[float] = []
    for axis in (plane.across, plane.up):
        half = (axis.high - axis.low) / max(1, axis.count - 1) / 2
        edges += [axis.low - half, axis.high + half]
    return edges[0], edges[1], edges[2], edges[3]


def _patch(axis: Any, label: str, color: str) -> Any:
    line = axis.plot([], [], "s", color=color, markeredgecolor="#888888", markeredgewidth=0.6, markersize=9)[0]
    line.set_label(label)
    return line


def _curves(axis: Any, records: Sequence[Mapping[str, Any]], methods: Sequence[str]) -> None:
    floor = TARGET / 10
    for method in methods:
        curves = [record["curve"] for record in records if record["method"] == method and "val_gap" in record["curve"]]
        if not curves:
            continue
        points: dict[float, list[float]] = {}
        for curve in curves:
            for step, gap in zip(curve["step"], curve["val_gap"]):
                if gap is not None:
                    points.setdefault(step, []).append(max(gap, floor))
        steps = sorted(points)
        color, style = LINES[method]
        medians = [statistics.median(points[step]) for step in steps]
        marker = "o" if len(steps) < 5 else None
        axis.plot(steps, medians, style, marker=marker, markersize=4, color=color, label=method)
    axis.axhline(TARGET, color="black", linestyle=":", linewidth=1.2)
    axis.annotate(
        f"{TARGET:g} %", (0, TARGET), (3, 2), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha="left", va="bottom", fontsize=8.5,
    )  # fmt: skip
    axis.set_yscale("log")
    axis.set_ylim(bottom=floor)
    axis.set_xlabel("training steps")
    axis.set_ylabel("gap of samples, %")
    axis.set_title("Energy above the ground state", fontsize=10.5, loc="left")
    axis.legend(fontsize=8, frameon=False, ncols=2)
    _tidy(axis)


def _bars(axis: Any, records: Sequence[Mapping[str, Any]], methods: Sequence[str], task: SpinTask) -> None:
    for place, method in enumerate(methods):
        values = [record["metrics"]["recovered"] for record in records if record["method"] == method]
        mean = statistics.fmean(values)
        axis.barh(place, mean, color=LINES[method][0], height=0.6, alpha=0.35)
        axis.plot(values, [place] * len(values), "o", color=LINES[method][0], markersize=4)
        axis.annotate(f"{mean:.1f}", (max(*values, mean), place), (6, 0), textcoords="offset points", va="center")
    axis.set_yticks(range(len(methods)), methods)
    axis.invert_yaxis()
    axis.set_xlim(0, 118)
    axis.set_xlabel("samples in the phase of the ground state, %")
    axis.set_title("Phases recovered, a dot a seed", fontsize=10.5, loc="left")
    _tidy(axis)


def _best_of(axis: Any, records: Sequence[Mapping[str, Any]], methods: Sequence[str], task: SpinTask) -> None:
    for method in methods:
        mine = [record["metrics"] for record in records if record["method"] == method]
        means = [statistics.fmean(found[f"solved_{count}"] for found in mine) for count in task.best_of]
        color, style = LINES[method]
        axis.plot(task.best_of, means, style, marker="o", markersize=4, color=color, label=method)
    axis.set_xscale("log", base=2)
    axis.set_xticks(task.best_of, [str(count) for count in task.best_of])
    axis.set_ylim(-2, 102)
    axis.set_xlabel("samples, of which the best is taken")
    axis.set_ylabel("solved to optimality, %")
    axis.set_title("Test systems solved", fontsize=10.5, loc="left")
    _tidy(axis)


def _tidy(axis: Any) -> None:
    axis.grid(color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
