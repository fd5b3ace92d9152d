r"""``pyg-symbreak canonicalize``: canonical forms, hashes and symmetries of the graphs in a file."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import networkx as nx
import torch
import tyro
from torch import Tensor
from torch_geometric.data import Batch

from pyg_symbreak.cli.graph_files import NamedGraph, read_graphs
from pyg_symbreak.labeling import AutomorphismGroup, automorphism_group, canonical_hash, canonical_rank

COLUMNS = ("line", "nodes", "edges", "automorphisms", "orbits", "hash", "canonical")
BOND_SIGNS = "?-=#:"
CHUNK = 1024


@dataclass(frozen=True)
class CanonicalizeCommand:
    r"""Prints canonical form, hash, number of automorphisms and orbits of every graph in a file.

    Isomorphic graphs, and only they, have the same hash and the same canonical form. The file holds graph6, sparse6 or
    SMILES, one graph a line, or one edge list, two labels a line.
    """

    file: tyro.conf.Positional[Path]  # the graphs
    format: Literal["graph6", "sparse6", "edges", "smiles"] | None = None  # of the file; by default its suffix tells
    directed: bool = False  # an edge list holds arcs
    json: bool = False  # print one JSON object a graph instead of tab-separated columns

    def __call__(self) -> int:
        r"""Runs the command and returns 0."""
        graphs = read_graphs(self.file, self.format, directed=self.directed)
        if not self.json:
            print("\t".join(COLUMNS))
        for record in describe_graphs(graphs, directed=self.directed):
            if self.json:
                print(json.dumps(record))
                continue
            orbits = " ".join("{" + ",".join(orbit) + "}" for orbit in record["orbits"])
            print("\t".join(str({**record, "orbits": orbits}[name]) for name in COLUMNS))
        return 0


def describe_graphs(graphs: Iterator[NamedGraph], *, directed: bool = False) -> Iterator[dict[str, Any]]:
    r"""Yields, for each graph, what the command prints of it.

    Args:
        graphs: The graphs; molecules are coloured by their atoms, charges and bonds.
        directed: Whether ``edge_index`` holds arcs.

    Returns:
        Dictionaries with ``line``, ``nodes``, ``edges``, ``automorphisms``, ``orbits`` (lists of labels), ``hash``,
        ``canonical`` (text) and ``rank`` (the position of each label in the canonical form).
    """
    while chunk := list(itertools.islice(graphs, CHUNK)):
        batch = Batch.from_data_list([graph.data for graph in chunk])
        nodes = [name for name in ("node_type", "formal_charge") if name in batch]
        edges = [name for name in ("edge_type",) if name in batch]
        ranks = torch.split(canonical_rank(batch, node_attrs=nodes, edge_attrs=edges), batch.ptr.diff().tolist())
        groups = automorphism_group(batch, node_attrs=nodes, edge_attrs=edges)
        hashes = canonical_hash(batch, node_attrs=nodes, edge_attrs=edges)
        assert isinstance(groups, list)
        for graph, rank, group, text in zip(chunk, ranks, groups, hashes):
            yield _record(graph, rank, group, text, directed)


def _record(graph: NamedGraph, rank: Tensor, group: AutomorphismGroup, text: str, directed: bool) -> dict[str, Any]:
    data, labels = graph.data, graph.labels
    position = rank.tolist()
    edges = []
    types = data.edge_type.tolist() if "edge_type" in data else itertools.repeat(None)
    for (source, target), kind in zip(data.edge_index.t().tolist(), types):
        edge = (position[source], position[target])
        if directed or edge[0] <= edge[1]:
            edges.append((*edge, kind))
    edges.sort(key=lambda edge: edge[:2])
    orbits: dict[int, list[str]] = {}
    for label, orbit in zip(labels, group.orbits.tolist()):
        orbits.setdefault(orbit, []).append(label)
    return {
        "line": graph.line,
        "nodes": data.num_nodes,
        "edges": len(edges),
        "automorphisms": group.order,
        "orbits": list(orbits.values()),
        "hash": text,
        "canonical": _form(edges, [labels[i] for i in rank.argsort().tolist()], graph, directed),
        "rank": position,
    }


def _form(edges: list[tuple[Any, ...]], order: list[str], graph: NamedGraph, directed: bool) -> str:
    if graph.form in ("graph6", "sparse6"):
        relabelled = nx.empty_graph(len(order))
        relabelled.add_edges_from(edge[:2] for edge in edges)
        encode = nx.to_graph6_bytes if graph.form == "graph6" else nx.to_sparse6_bytes
        return str(encode(relabelled, header=False).decode("ascii").strip())
    signs = [">" if directed else "-" if kind is None else BOND_SIGNS[kind] for *_, kind in edges]
    text = " ".join(f"{source}{sign}{target}" for (source, target, _), sign in zip(edges, signs))
    symbols = [label.rstrip("0123456789") for label in order]
    nodes = " ".join(symbols) if graph.form == "smiles" else str(len(order))
    return f"{nodes}; {text}"
