r"""Reading graphs from text files: graph6, sparse6, edge lists, SMILES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.molecules import molecule_graph, require_rdkit

SUFFIXES = {
    ".g6": "graph6",
    ".graph6": "graph6",
    ".s6": "sparse6",
    ".sparse6": "sparse6",
    ".edges": "edges",
    ".edgelist": "edges",
    ".txt": "edges",
    ".smi": "smiles",
    ".smiles": "smiles",
}
r"""The format that a file is taken to be in, by the suffix of its name."""

FORMATS = ("graph6", "sparse6", "edges", "smiles")


@dataclass(frozen=True)
class NamedGraph:
    r"""A graph as it stands in a file.

    Args:
        data: The graph; of a molecule without its hydrogens, with ``node_type`` (atomic numbers), ``formal_charge`` and
            ``edge_type`` (1, 2, 3; 4 for aromatic bonds).
        labels: What each node is called in the file.
        line: The line it stands in, or begins in.
        form: The format of the file, one of :data:`FORMATS`.
    """

    data: Data
    labels: list[str]
    line: int
    form: str


def read_graphs(path: Path, form: str | None = None, *, directed: bool = False) -> Iterator[NamedGraph]:
    r"""Reads the graphs of a file one by one.

    graph6, sparse6 and SMILES files hold one graph a line, and what follows it on the line is ignored. An edge list is
    one graph: two labels a line are an edge, one label is a node of its own, and ``#`` starts a comment.

    Args:
        path: The file.
        form: One of :data:`FORMATS`; by default the suffix of the name tells.
        directed: Whether an edge list holds arcs, from the first label to the second.

    Raises:
        ValueError: If the format is unknown or a line is malformed; the error tells the line.
        ImportError: If SMILES are to be read and rdkit is not installed.
        OSError: If the file cannot be read.
    """
    if form is None and path.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"'read_graphs' expected a suffix among {', '.join(SUFFIXES)}, or 'form' among {', '.join(FORMATS)} "
            f"(got {path.name!r} and no form)"
        )
    form = form or SUFFIXES[path.suffix.lower()]
    if form not in FORMATS:
        raise ValueError(f"'read_graphs' expected 'form' to be one of {', '.join(FORMATS)} (got {form!r})")
    if directed and form != "edges":
        raise ValueError(f"'read_graphs' expected 'directed' only with the form edges (got the form {form})")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"'read_graphs' expected 'path' to name a text file (got {str(path)!r}: {error})") from error
    if form == "edges":
        yield _edge_list(path, lines, directed)
        return
    parse: Callable[[str], tuple[Data, list[str]]] = {"graph6": _graph6, "sparse6": _sparse6, "smiles": _smiles}[form]
    for number, line in enumerate(lines, start=1):
        text = line.split()[0] if line.strip() else ""
        if not text or (form == "smiles" and text.startswith("#")):
            continue
        try:
            data, labels = parse(text)
        except (ValueError, IndexError, nx.NetworkXException) as error:
            raise _malformed(path, number, form, line, str(error)) from error
        yield NamedGraph(data, labels, number, form)


def _malformed(path: Path, number: int, form: str, line: str, why: str) -> ValueError:
    shown = line if len(line) <= 60 else line[:57] + "..."
    because = f": {why}" if why else ""
    return ValueError(f"'read_graphs' expected line {number} of {str(path)!r} to be {form} (got {shown!r}{because})")


def _edge_list(path: Path, lines: list[str], directed: bool) -> NamedGraph:
    number_of: dict[str, int] = {}
    arcs: list[tuple[int, int]] = []
    for number, line in enumerate(lines, start=1):
        labels = line.split("#", 1)[0].split()
        if len(labels) > 2:
            raise _malformed(path, number, "an edge list", line, f"{len(labels)} labels instead of one or two")
        nodes = [number_of.setdefault(label, len(number_of)) for label in labels]
        if len(nodes) == 2:
            arcs.append((nodes[0], nodes[1]))
            if not directed and nodes[0] != nodes[1]:
                arcs.append((nodes[1], nodes[0]))
    return NamedGraph(_data(arcs, len(number_of)), list(number_of), 1, "edges")


def _data(arcs: list[tuple[int, int]], num_nodes: int) -> Data:
    edge_index = torch.tensor(arcs, dtype=torch.long).reshape(-1, 2).t().contiguous()
    return Data(edge_index=edge_index, num_nodes=num_nodes)


def _graph6(text: str) -> tuple[Data, list[str]]:
    return _from_networkx(nx.from_graph6_bytes(text.encode("ascii")))


def _sparse6(text: str) -> tuple[Data, list[str]]:
    return _from_networkx(nx.from_sparse6_bytes(text.encode("ascii")))


def _from_networkx(graph: nx.Graph) -> tuple[Data, list[str]]:
    arcs = [arc for u, v in graph.edges() for arc in ([(u, v), (v, u)] if u != v else [(u, v)])]
    return _data(arcs, graph.number_of_nodes()), [str(node) for node in range(graph.number_of_nodes())]


def _smiles(text: str) -> tuple[Data, list[str]]:
    chem = require_rdkit("read_graphs")
    from rdkit.rdBase import BlockLogs

    with BlockLogs():
        # Alternating single and double bonds would break the symmetry of an aromatic ring.
        data = molecule_graph(text, bonds="aromatic")
    table = chem.GetPeriodicTable()
    symbols = [table.GetElementSymbol(number) for number in data.node_type.tolist()]
    return data, [f"{symbol}{i}" for i, symbol in enumerate(symbols)]
