r"""A picture with many small ones: drawn molecules, or drawn graphs."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from torch_geometric.data import Data

from pyg_symbreak.training.atomic import atomic_write

CELL = 200
r"""The width and height of a small picture in pixels."""

BLUE, GREY = "#0072B2", "#666666"


def draw_molecules(path: str | Path, smiles: Sequence[str], columns: int | None = None) -> None:
    r"""Draws molecules into a PNG file, row by row.

    Args:
        path: The file; folders above it are made.
        smiles: The molecules.
        columns: How many stand in a row; by default as many as there are rows, or a little more.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If there is no molecule, or a string is none.
        OSError: If the file cannot be written; the earlier file is untouched.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.png"
        >>> draw_molecules(path, ["CCO", "c1ccccc1"])
        >>> path.read_bytes()[1:4]
        b'PNG'
    """
    from pyg_symbreak.datasets.molecules import require_rdkit

    columns = _columns("draw_molecules", len(smiles), columns)
    chem = require_rdkit("draw_molecules")
    from rdkit.Chem.Draw import rdMolDraw2D

    molecules = [chem.MolFromSmiles(text) for text in smiles]
    if None in molecules:
        wrong = smiles[molecules.index(None)]
        raise ValueError(f"'draw_molecules' expected 'smiles' to be molecules (got {wrong!r})")
    rows = -(-len(smiles) // columns)
    canvas = rdMolDraw2D.MolDraw2DCairo(columns * CELL, rows * CELL, CELL, CELL)
    canvas.DrawMolecules(molecules)
    canvas.FinishDrawing()
    atomic_write(path, canvas.GetDrawingText())


def draw_graphs(path: str | Path, graphs: Sequence[Data], columns: int | None = None) -> None:
    r"""Draws graphs into a PNG file, row by row; nodes and edges are coloured by their types, if they have several.

    Args:
        path: The file; folders above it are made.
        graphs: The graphs, with ``edge_index`` and, if types matter, ``node_type`` and ``edge_type``.
        columns: How many stand in a row; by default as many as there are rows, or a little more.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is no graph.
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    columns = _columns("draw_graphs", len(graphs), columns)
    figure_class, canvas_class = require_matplotlib("draw_graphs")
    rows = -(-len(graphs) // columns)
    figure = figure_class(figsize=(columns * CELL / 100, rows * CELL / 100), layout="constrained")
    canvas_class(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, graph in zip(axes.flat, graphs):
        _draw_graph(axis, graph)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    atomic_write(path, buffer.getvalue())


def require_matplotlib(user: str) -> tuple[Any, Any]:
    r"""Returns the classes of figures and of their canvas, or says which extra brings them.

    Args:
        user: Who needs them, for the message.

    Raises:
        ImportError: If matplotlib is not installed.

    Example:
        >>> [cls.__name__ for cls in require_matplotlib("draw_graphs")]
        ['Figure', 'FigureCanvasAgg']
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            f"'{user}' expected the package 'matplotlib' (got none): install it with `pip install pyg_symbreak[train]`"
        ) from error
    return Figure, FigureCanvasAgg


def _columns(user: str, count: int, columns: int | None) -> int:
    if count == 0:
        raise ValueError(f"'{user}' expected something to draw (got nothing)")
    return min(count, columns or math.ceil(math.sqrt(count)))


def _draw_graph(axis: Any, data: Data) -> None:
    graph = nx.empty_graph(data.num_nodes)
    types = data.edge_type.tolist() if "edge_type" in data else [1] * data.num_edges
    graph.add_edges_from((u, v, {"kind": t}) for (u, v), t in zip(data.edge_index.t().tolist(), types) if t)
    places = nx.spring_layout(graph, seed=0, iterations=200)
    for u, v, kind in graph.edges(data="kind"):
        axis.plot(*np.stack([places[u], places[v]], axis=1), color=GREY, linewidth=0.4 + 0.8 * kind, zorder=1)
    if graph:
        kinds = data.node_type.tolist() if "node_type" in data else [0] * data.num_nodes
        colors = [BLUE if kind == 0 else f"C{kind % 10}" for kind in kinds]
        axis.scatter(*np.stack([places[i] for i in graph]).T, s=600 / (10 + len(graph)), c=colors, zorder=2)
    axis.set_aspect("equal", "datalim")
