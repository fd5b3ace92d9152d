import math

import networkx as nx
import pytest
import torch
from networkx.generators.atlas import graph_atlas_g

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features import CycleCounts


def enumerate_cycles(graphs, num_nodes):
    nodes, whole = torch.zeros(len(graphs), num_nodes, 3), torch.zeros(len(graphs), 4)
    for b, g in enumerate(graphs):
        for cycle in nx.simple_cycles(g, length_bound=6):
            whole[b, len(cycle) - 3] += 1
            if len(cycle) < 6:
                nodes[b, cycle, len(cycle) - 3] += 1
    return nodes.double(), whole.double()


def test_all_graphs_of_up_to_six_nodes(pad):
    graphs = [g for g in graph_atlas_g() if len(g) <= 6]
    assert len(graphs) == 209
    nodes, whole = CycleCounts(2).count(pad(graphs, 6))
    expected = enumerate_cycles(graphs, 6)
    assert torch.equal(nodes, expected[0])
    assert torch.equal(whole, expected[1])


def test_random_graphs(pad):
    graphs = [nx.gnp_random_graph(14, p, seed=seed) for seed in range(4) for p in (0.15, 0.3, 0.5)]
    nodes, whole = CycleCounts(2).count(pad(graphs, 15))
    expected = enumerate_cycles(graphs, 15)
    assert torch.equal(nodes, expected[0])
    assert torch.equal(whole, expected[1])


@pytest.mark.parametrize("max_length", [3, 4, 5, 6])
def test_lengths(max_length, zoo, pad):
    feature, everything = CycleCounts(4, max_length), CycleCounts(4)
    nodes, whole = feature.count(pad(zoo, 8))
    all_nodes, all_whole = everything.count(pad(zoo, 8))
    assert (feature.node_dim, feature.graph_dim) == (nodes.size(2), whole.size(1))
    assert torch.equal(nodes, all_nodes[:, :, : feature.node_dim])
    assert torch.equal(whole, all_whole[:, : feature.graph_dim])


def test_the_largest_graphs_are_exact():
    n = 200
    graph = DenseGraph(
        torch.zeros(1, n, dtype=torch.long),
        torch.ones(1, n * (n - 1) // 2, dtype=torch.long),
        torch.ones(1, n, dtype=torch.bool),
    )
    nodes, whole = CycleCounts(2).count(graph)
    for place, length in enumerate((3, 4, 5, 6)):
        count = math.comb(n, length) * math.factorial(length - 1) // 2
        assert whole[0, place] == count
        assert length == 6 or bool((nodes[0, :, place] == count * length // n).all())
    for part in CycleCounts(2)(graph):
        assert part is None or float(part.max()) <= 1


def test_the_scale(pad):
    whole = CycleCounts(2)(pad([nx.path_graph(4), nx.complete_graph(4)], 4))[2]
    # A complete graph of four nodes has four triangles and three squares.
    three = math.log(4) / math.log(20)
    torch.testing.assert_close(whole, torch.tensor([[0, 0, 0, 0], [0.5, three, 0, 0]]))


@pytest.mark.parametrize("max_length", [2, 7])
def test_error(max_length):
    text = rf"'CycleCounts' expected 'max_length' between 3 and 6 \(got {max_length}\)"
    with pytest.raises(ValueError, match=text):
        CycleCounts(2, max_length)
