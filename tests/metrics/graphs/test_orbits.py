"""Orbit counts by formulas, against enumeration of all subsets of nodes."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
import torch
from networkx.algorithms.isomorphism import GraphMatcher
from torch_geometric.data import Batch
from torch_geometric.utils import from_networkx

from pyg_symbreak.metrics.graphs.orbits import mean_orbits, orbit_counts, orbit_means

# The graphlets with the orbit of every node, in Pržulj's numbers.
GRAPHLETS = [
    ([(0, 1)], [0, 0]),
    ([(0, 1), (1, 2)], [1, 2, 1]),
    ([(0, 1), (1, 2), (0, 2)], [3, 3, 3]),
    ([(0, 1), (1, 2), (2, 3)], [4, 5, 5, 4]),
    ([(0, 1), (0, 2), (0, 3)], [7, 6, 6, 6]),
    ([(0, 1), (1, 2), (2, 3), (3, 0)], [8, 8, 8, 8]),
    ([(0, 1), (1, 2), (2, 0), (2, 3)], [10, 10, 11, 9]),
    ([(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)], [13, 12, 13, 12]),
    ([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], [14, 14, 14, 14]),
]


def enumerated(graph):
    """Orbit counts of a networkx graph on 0 … n - 1, by looking at every subset of two to four nodes."""
    out = torch.zeros((graph.number_of_nodes(), 15), dtype=torch.long)
    for size in (2, 3, 4):
        for nodes in combinations(graph, size):
            inside = graph.subgraph(nodes)
            for edges, places in GRAPHLETS:
                if len(places) != size or len(edges) != inside.number_of_edges():
                    continue
                matcher = GraphMatcher(inside, nx.Graph(edges))
                if matcher.is_isomorphic():
                    for node, place in matcher.mapping.items():
                        out[node, places[place]] += 1
                    break
    return out


def matrix(graph):
    return nx.to_numpy_array(graph, dtype=bool, nodelist=sorted(graph))


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_random_graphs_against_enumeration(share):
    for seed in range(4):
        graph = nx.gnp_random_graph(10, share, seed=seed)
        assert torch.equal(orbit_counts(matrix(graph)), enumerated(graph))


def test_every_graph_with_up_to_six_nodes():
    graphs = [graph for graph in nx.graph_atlas_g() if 0 < graph.number_of_nodes() <= 6]
    assert len(graphs) == 208
    for graph in graphs:
        assert torch.equal(orbit_counts(matrix(graph)), enumerated(graph))


@pytest.mark.parametrize(("edges", "places"), GRAPHLETS)
def test_a_graphlet_holds_itself_once(edges, places):
    counts = orbit_counts(matrix(nx.Graph(edges)))
    for node, place in enumerate(places):
        assert counts[node, place] == 1


def test_the_petersen_graph():
    counts = orbit_counts(matrix(nx.petersen_graph()))
    assert counts.tolist() == [[3, 6, 3, 0, 12, 12, 3, 1, 0, 0, 0, 0, 0, 0, 0]] * 10


def test_degrees_and_triangles_of_a_larger_graph():
    graph = nx.gnp_random_graph(150, 0.1, seed=0)
    counts = orbit_counts(matrix(graph))
    assert counts[:, 0].tolist() == [degree for _, degree in sorted(graph.degree())]
    assert counts[:, 3].tolist() == [count for _, count in sorted(nx.triangles(graph).items())]
    # Every copy of a graphlet is seen from each of its nodes.
    total = counts.sum(dim=0)
    pairs = [(1, 2 * total[2]), (4, total[5]), (6, 3 * total[7]), (9, total[11]), (10, 2 * total[9]), (12, total[13])]
    assert all(total[place] == count for place, count in pairs)
    assert total[14] == 4 * sum(len(clique) == 4 for clique in nx.enumerate_all_cliques(graph))
    assert total[8] % 4 == 0


def test_relabelling_moves_the_counts_exactly():
    a = matrix(nx.gnp_random_graph(40, 0.3, seed=1))
    order = np.random.default_rng(0).permutation(40)
    assert torch.equal(orbit_counts(a[np.ix_(order, order)]), orbit_counts(a)[order])
    assert torch.equal(orbit_means([a[np.ix_(order, order)]]), orbit_means([a]))


def test_edges_are_taken_in_portions(monkeypatch):
    a = matrix(nx.gnp_random_graph(30, 0.5, seed=2))
    whole = orbit_counts(a)
    monkeypatch.setattr("pyg_symbreak.metrics.graphs.orbits._CHUNK", 100)
    assert torch.equal(orbit_counts(a), whole)


def test_graphs_with_no_and_one_node():
    assert orbit_counts(np.zeros((0, 0), dtype=bool)).shape == (0, 15)
    assert orbit_counts(np.zeros((1, 1), dtype=bool)).tolist() == [[0] * 15]
    assert orbit_counts(np.zeros((3, 3), dtype=bool)).tolist() == [[0] * 15] * 3


def test_means_of_a_batch():
    graphs = [from_networkx(graph) for graph in (nx.complete_graph(4), nx.empty_graph(2), nx.star_graph(3))]
    means = mean_orbits(Batch.from_data_list(graphs))
    assert means.dtype == torch.float64
    assert means[0].tolist() == [3, 0, 0, 3] + [0] * 10 + [1]
    assert means[1].tolist() == [0] * 15
    assert means[2].tolist() == [6 / 4, 6 / 4, 3 / 4, 0, 0, 0, 3 / 4, 1 / 4] + [0] * 7
    assert mean_orbits([]).shape == (0, 15)
