from __future__ import annotations

import random

import networkx as nx
import numpy as np
import pytest
from torch_geometric.utils import to_networkx

from pyg_symbreak.datasets import CommunityGraphs


def test_leaky_is_the_reference_protocol():
    legacy = np.random.RandomState(2)
    for graph in CommunityGraphs(split="test", leaky=True, num_graphs=40):
        sizes = [int(size) for size in legacy.choice([6, 7, 8, 9, 10], 2)]
        parts = [nx.gnp_random_graph(size, 0.7, seed=i) for i, size in enumerate(sizes)]
        expected = nx.disjoint_union_all(parts)
        components = [sorted(part) for part in nx.connected_components(expected)]
        for i in range(len(components)):
            for j in range(i + 1, len(components)):
                tied = False
                for a in components[i]:
                    for b in components[j]:
                        if legacy.rand() < 0.01:
                            expected.add_edge(a, b)
                            tied = True
                if not tied:
                    expected.add_edge(components[i][0], components[j][0])
        assert nx.utils.graphs_equal(to_networkx(graph, to_undirected=True), expected)


@pytest.mark.parametrize("leaky", [False, True])
def test_law(leaky):
    dataset = CommunityGraphs(leaky=leaky, num_graphs=600)
    sizes = [graph.num_nodes for graph in dataset]
    assert min(sizes) == 12
    assert max(sizes) == 20
    assert abs(np.mean(sizes) - 16) < 0.4
    assert all(nx.is_connected(to_networkx(graph, to_undirected=True)) for graph in dataset)
    if not leaky:
        possible = sum(n * (n - 1) / 2 for n in range(6, 11)) / 5 * 2
        inside = np.mean([graph.num_edges / 2 for graph in dataset]) - 1.1
        assert abs(inside / possible - 0.7) < 0.03


def test_leak_free_communities_are_drawn_afresh():
    rng = random.Random(0)
    first = rng.random() < 0.7
    graph = CommunityGraphs(num_graphs=1)[0]
    assert bool(((graph.edge_index[0] == 0) & (graph.edge_index[1] == 1)).any()) == first
