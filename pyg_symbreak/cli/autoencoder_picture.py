r"""The picture of a comparison: errors against the floor, and symmetric graphs with their reconstructions."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch_geometric.data import Batch, Data

from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.fit import load_autoencoder

TARGETS = {"er-0.25": 0.03, "er-0.10": 0.10, "community": 0.02}
r"""The error in percent to reach with SymPE."""

# The palette of Okabe and Ito, which colour-blind readers tell apart.
GREY, ORANGE, BLUE, GREEN, RED = "#666666", "#E69F00", "#0072B2", "#009E73", "#D55E00"
SMALLEST = 1e-3


def draw(
    path: Path,
    summary: Mapping[str, Mapping[str, Any]],
    floors: Mapping[str, Mapping[str, Mapping[str, float]]],
    pair: tuple[Path, Path] | None,
    trained_on: str = "",
) -> None:
    r"""Draws the picture into a PNG file.

    Args:
        path: The file.
        summary: For each data set and method, mean and standard deviation of the metrics.
        floors: For each data set and kind of decoder, the metrics of the best encoder without symmetry breaking.
        pair: Checkpoints of a model without and of one with symmetry breaking, to draw reconstructions of.
        trained_on: The data set of that pair.

    Raises:
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    datasets = list(dict.fromkeys(row["data"] for row in summary.values()))
    columns = min(3, len(datasets))
    rows = -(-len(datasets) // columns)
    methods = list(dict.fromkeys(row["method"] for row in summary.values()))
    height = max(6.4, rows * (1.3 + 0.36 * len(methods)))
    widths = [2.4 + 3.2 * columns, 7.2 if pair else 0.0]
    figure = Figure(figsize=(sum(widths), height), layout="constrained")
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(
        1, 2 if pair else 1, width_ratios=widths[: 2 if pair else 1], squeeze=False, wspace=0.04
    )
    _draw_errors(parts[0, 0], summary, floors, datasets, methods, (rows, columns))
    if pair:
        _draw_reconstructions(parts[0, 1], pair, TITLES.get(trained_on, trained_on))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    atomic_write(path, buffer.getvalue())


def _draw_errors(
    figure: Any,
    summary: Mapping[str, Mapping[str, Any]],
    floors: Mapping[str, Mapping[str, Mapping[str, float]]],
    datasets: list[str],
    methods: list[str],
    shape: tuple[int, int],
) -> None:
    figure.suptitle("Wrong pairs of nodes in reconstructed test graphs", fontsize=13, fontweight="bold")
    axes = figure.subplots(*shape, sharey=True, squeeze=False)
    for axis in axes.flat[len(datasets) :]:
        axis.axis("off")
    for axis, data in zip(axes.flat, datasets):
        largest = SMALLEST
        for place, method in enumerate(methods):
            row = summary.get(f"{data}/{method}", {})
            mean, deviation = row.get("error_percent", (None, None))
            if mean is None:
                continue
            largest = max(largest, mean)
            shown, color = max(mean, SMALLEST), _color(method)
            if deviation:
                low = max(mean - deviation, SMALLEST)
                axis.plot([min(low, shown), mean + deviation], [place, place], color=color, linewidth=2.5, alpha=0.5)
            # An open dot on the left edge stands for a value below it.
            face = "white" if mean < SMALLEST else color
            axis.plot(shown, place, "o", color=color, markerfacecolor=face, markersize=9, zorder=3)
            text = "0" if mean == 0 else f"<{SMALLEST:g}" if mean < SMALLEST else f"{mean:.2g}"
            axis.annotate(text, (shown, place), (0, 7), textcoords="offset points", ha="center", fontsize=9)
        if data in floors:
            value = floors[data]["pair"]["error_percent"]
            largest = max(largest, value)
            axis.axvline(max(value, SMALLEST), color="black", linestyle="--", linewidth=1.3)
            _label_line(axis, max(value, SMALLEST), f"floor {value:.2g}", "black")
        if data in TARGETS:
            axis.axvline(TARGETS[data], color=BLUE, linestyle=":", linewidth=1.3)
            _label_line(axis, TARGETS[data], f"target {TARGETS[data]:g}", BLUE)
        axis.set_xscale("log")
        axis.set_xlim(SMALLEST * 0.7, 2.5 * largest)
        axis.set_ylim(len(methods) - 0.4, -1.6)
        axis.set_yticks(range(len(methods)), methods, fontsize=10.5)
        axis.set_title(TITLES.get(data, data), fontsize=11)
        axis.set_xlabel("error, % of pairs (log scale)", fontsize=10)
        axis.grid(axis="x", color="#dddddd", linewidth=0.8)
        axis.set_axisbelow(True)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)


def _label_line(axis: Any, x: float, text: str, color: str) -> None:
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "right", "va": "top"}
    axis.annotate(text, (x, 1), (-3, -4), fontsize=9, rotation=90, color=color, **place)


TITLES = {
    "er-0.25": "Erdős–Rényi, p = 0.25",
    "er-0.20": "Erdős–Rényi, p = 0.20",
    "er-0.10": "Erdős–Rényi, p = 0.10",
    "community": "two communities",
    "community-leaky": "two communities (leaky)",
    "trees": "trees",
    "regular-4": "4-regular graphs",
    "qm9": "QM9 molecules",
}


def _color(method: str) -> str:
    if "sympe" in method:
        return BLUE
    if method.startswith("egnn"):
        return GREEN
    return GREY if method in ("none", "laplacian") else ORANGE


def symmetric_graphs() -> dict[str, tuple[nx.Graph, dict[int, Any]]]:
    r"""Returns the three graphs of the picture, each with the place of every node.

    Example:
        >>> [graph.number_of_nodes() for graph, _ in symmetric_graphs().values()]
        [8, 10, 8]
    """
    cycle, petersen = nx.cycle_graph(8), nx.petersen_graph()
    two = nx.disjoint_union(nx.cycle_graph(4), nx.cycle_graph(4))
    square = {0: (-1.0, 1.0), 1: (1.0, 1.0), 2: (1.0, -1.0), 3: (-1.0, -1.0)}
    places = {i + 4 * k: (0.42 * x + 1.2 * k - 0.6, 0.42 * y) for k in range(2) for i, (x, y) in square.items()}
    return {
        "cycle $C_8$": (cycle, nx.circular_layout(cycle)),
        "Petersen graph": (petersen, nx.shell_layout(petersen, [range(5, 10), range(5)], rotate=0)),
        "$2 \\times C_4$": (two, places),
    }


def _draw_reconstructions(figure: Any, pair: tuple[Path, Path], trained_on: str) -> None:
    figure.suptitle("Three symmetric graphs and their reconstructions", fontsize=13, fontweight="bold")
    graphs = symmetric_graphs()
    axes = figure.subplots(len(graphs), 3)
    models = [load_autoencoder(path) for path in pair]
    titles = [f"{how} symmetry breaking\n({m.config.symmetry_breaking})" for how, m in zip(("without", "with"), models)]
    for axis, title in zip(axes[0], ["graph\n", *titles]):
        axis.set_title(title, fontsize=11)
    for line, (name, (graph, places)) in zip(axes, graphs.items()):
        truth = {frozenset(edge) for edge in graph.edges()}
        _draw_graph(line[0], graph, places, truth, truth)
        line[0].set_xlabel(name, fontsize=11)
        for axis, model in zip(line[1:], models):
            found = reconstructed_edges(model, graph)
            _draw_graph(axis, graph, places, truth, found)
            wrong = len(truth ^ found)
            axis.set_xlabel(
                "exact" if not wrong else f"{len(truth - found)} missing, {len(found - truth)} extra", fontsize=10
            )
    handles = [
        figure.axes[0].plot([], [], color="black", linewidth=2, label="right")[0],
        figure.axes[0].plot([], [], color=ORANGE, linewidth=2, linestyle=":", label="missing")[0],
        figure.axes[0].plot([], [], color=RED, linewidth=1.6, label="extra")[0],
    ]
    heading = f"models trained on: {trained_on}; one draw" if trained_on else None
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=10, frameon=False, title=heading)


def reconstructed_edges(model: Any, graph: nx.Graph, seed: int = 0) -> set[frozenset[int]]:
    r"""Returns the edges, as pairs of nodes, that an autoencoder rebuilds a graph with, for one draw.

    Args:
        model: The autoencoder.
        graph: A graph with nodes 0, 1, ….
        seed: The seed of the draw.
    """
    arcs = [arc for u, v in graph.edges() for arc in ((u, v), (v, u))]
    edge_index = torch.tensor(sorted(arcs)).t().contiguous()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        batch = Batch.from_data_list([Data(edge_index=edge_index, num_nodes=graph.number_of_nodes())])
        found = model.reconstruct(batch).edge_index
    return {frozenset(edge) for edge in found.t().tolist() if edge[0] != edge[1]}


def _draw_graph(
    axis: Any, graph: nx.Graph, places: Any, truth: set[frozenset[int]], found: set[frozenset[int]]
) -> None:
    styles = (
        (found - truth, RED, 1.1, "-", 1),
        (truth - found, ORANGE, 2.0, ":", 2),
        (truth & found, "black", 2.0, "-", 3),
    )
    for edges, color, width, style, order in styles:
        for edge in edges:
            (x0, y0), (x1, y1) = (places[node] for node in sorted(edge))
            axis.plot([x0, x1], [y0, y1], color=color, linewidth=width, linestyle=style, zorder=order)
    axis.plot(*zip(*(places[node] for node in graph)), "o", color="black", markersize=6, zorder=4)
    axis.set_aspect("equal")
    axis.margins(0.15)
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_visible(False)
