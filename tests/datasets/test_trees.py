from __future__ import annotations

from collections import Counter

import networkx as nx
from torch_geometric.utils import to_networkx

from pyg_symbreak.datasets import TreeGraphs
from pyg_symbreak.datasets.trees import prufer_edges


def test_graphs_are_trees():
    dataset = TreeGraphs(split="test", num_graphs=60)
    assert all(nx.is_tree(to_networkx(graph, to_undirected=True)) for graph in dataset)
    assert Counter(graph.num_nodes for graph in dataset) == dict.fromkeys(range(7, 17), 6)


def test_tiny_trees():
    dataset = TreeGraphs(sizes=[1, 2], num_graphs=2)
    assert sorted((graph.num_nodes, graph.num_edges) for graph in dataset) == [(1, 0), (2, 2)]


def test_prufer_agrees_with_networkx_on_all_sequences():
    for a in range(5):
        for b in range(5):
            for c in range(5):
                expected = {tuple(sorted(edge)) for edge in nx.from_prufer_sequence([a, b, c]).edges}
                assert {tuple(sorted(edge)) for edge in prufer_edges([a, b, c], 5)} == expected


def test_labelled_trees_are_uniform():
    dataset = TreeGraphs(sizes=[4], num_graphs=3200)
    counts = Counter(str(graph.edge_index.tolist()) for graph in dataset)
    assert len(counts) == 16
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 45  # chi-square, 15 degrees: p < 1e-4
