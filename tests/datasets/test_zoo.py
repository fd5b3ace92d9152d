from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
from torch_geometric.loader import DataLoader
from torch_geometric.utils import to_networkx

from pyg_symbreak.datasets import SymmetricGraphZoo

ZOO = SymmetricGraphZoo()


def test_names_are_unique_and_graphs_small():
    assert len(set(ZOO.names)) == len(ZOO)
    assert max(graph.num_nodes for graph in ZOO) == 16
    assert all(graph.is_coalesced() and graph.is_undirected() for graph in ZOO)


def test_orders_agree_with_an_independent_program():
    pynauty = pytest.importorskip("pynauty")
    for graph in ZOO:
        plain = to_networkx(graph, to_undirected=True)
        oracle = pynauty.Graph(len(plain), adjacency_dict={node: list(plain[node]) for node in plain})
        mantissa, exponent = pynauty.autgrp(oracle)[1:3]
        assert round(mantissa * 10**exponent) == graph.num_automorphisms.item(), graph.name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("two-triangles", "cycle-6"),
        ("two-squares", "cycle-8"),
        ("prism", "bipartite-3-3"),
        ("decalin", "bicyclopentyl"),
        ("csl-11-2", "csl-11-3"),
        ("rook-4x4", "shrikhande"),
    ],
)
def test_pairs_are_alike_to_message_passing_but_different(first, second):
    a, b = (to_networkx(ZOO[ZOO.names.index(name)], to_undirected=True) for name in (first, second))
    nx.set_node_attributes(a, "1", "color")
    nx.set_node_attributes(b, "1", "color")
    hashes = [nx.weisfeiler_lehman_graph_hash(graph, node_attr="color", iterations=16) for graph in (a, b)]
    assert hashes[0] == hashes[1]
    assert not nx.is_isomorphic(a, b)


def test_batches_and_files(tmp_path: Path):
    stored = SymmetricGraphZoo(tmp_path)
    assert stored.names == ZOO.names
    batch = next(iter(DataLoader(stored, batch_size=len(stored))))
    assert batch.name == ZOO.names
    assert batch.num_automorphisms.shape == (len(ZOO),)


def test_fixture():
    lines = (Path(__file__).parents[2] / "datasets" / "fixtures" / "symmetric.g6").read_text().splitlines()
    for text, name in (line.split() for line in lines):
        graph = to_networkx(ZOO[ZOO.names.index(name)], to_undirected=True)
        assert nx.is_isomorphic(nx.from_graph6_bytes(text.encode()), graph), name
