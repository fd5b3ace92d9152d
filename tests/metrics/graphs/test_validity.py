import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.metrics.graphs.validity import (
    VALIDITY,
    is_community_small,
    is_planar,
    is_sbm,
    is_tree,
    wald_p_value,
)


def block_model(seed, blocks=3, inside=0.3, between=0.005):
    sizes = np.random.default_rng(seed).integers(20, 41, blocks).tolist()
    shares = np.where(np.eye(blocks, dtype=bool), inside, between).tolist()
    return from_networkx(nx.Graph(nx.stochastic_block_model(sizes, shares, seed=seed).edges))


def communities(seed, size=8, inside=0.7, bridges=1):
    rng = np.random.default_rng(seed)
    net = nx.disjoint_union(*(nx.gnp_random_graph(size, inside, seed=int(rng.integers(1 << 30))) for _ in range(2)))
    net.add_edges_from((int(rng.integers(size)), size + int(rng.integers(size))) for _ in range(bridges))
    return from_networkx(net)


def move(graph, seed):
    to = torch.randperm(graph.num_nodes, generator=torch.Generator().manual_seed(seed))
    return Data(edge_index=to[graph.edge_index], num_nodes=graph.num_nodes)


@pytest.mark.parametrize(
    ("net", "planar", "tree"),
    [
        (nx.empty_graph(1), True, True),
        (nx.empty_graph(2), False, False),
        (nx.path_graph(5), True, True),
        (nx.random_labeled_tree(30, seed=0), True, True),
        (nx.cycle_graph(5), True, False),
        (nx.grid_2d_graph(4, 5), True, False),
        (nx.complete_graph(5), False, False),
        (nx.complete_bipartite_graph(3, 3), False, False),
        (nx.petersen_graph(), False, False),
        (nx.disjoint_union(nx.path_graph(3), nx.path_graph(4)), False, False),
        (nx.disjoint_union(nx.path_graph(3), nx.cycle_graph(4)), False, False),  # one edge less than nodes
    ],
)
def test_planar_graphs_and_trees(net, planar, tree):
    graph = from_networkx(nx.convert_node_labels_to_integers(net))
    assert (is_planar(graph), is_tree(graph)) == (planar, tree)


@pytest.mark.parametrize("kind", VALIDITY)
def test_a_graph_without_nodes_is_valid_in_no_sense(kind):
    assert not VALIDITY[kind](Data(num_nodes=0))


@pytest.mark.parametrize("kind", VALIDITY)
def test_directed_graphs_are_rejected(kind):
    with pytest.raises(ValueError, match=r"'graphs' expected both arcs of every edge \(got a directed graph\)"):
        VALIDITY[kind](Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2))


def test_block_models_are_valid():
    # Wrong verdicts are due where two blocks have no edge between them: rarely with two blocks.
    valid = sum(is_sbm(block_model(seed, blocks=2)) for seed in range(40))
    assert valid >= 32


@pytest.mark.parametrize(
    "changes",
    [
        {"blocks": 1},
        {"blocks": 6},
        {"inside": 0.9},
        {"inside": 0.04},
        {"between": 0.25},
        {"between": 0.1},
    ],
)
def test_other_block_models_are_not(changes):
    assert not any(is_sbm(block_model(seed, **changes)) for seed in range(5))


def test_uniform_graphs_are_not():
    assert not any(is_sbm(from_networkx(nx.gnp_random_graph(100, 0.1, seed=seed))) for seed in range(10))


def test_p_value_by_hand():
    # Shares of exactly 0.3 inside, and 2 of 400 pairs between: as asked for.
    assert wald_p_value(np.array([20, 20]), np.array([[57, 2], [2, 57]]), 0.3, 0.005) == pytest.approx(1.0, abs=1e-5)
    # No edge between: the statistic is 0.005^2 / 10^-6 = 25, two of four entries.
    nothing = wald_p_value(np.array([20, 20]), np.array([[57, 0], [0, 57]]), 0.3, 0.005)
    assert nothing == pytest.approx((2 + 2 * 5.733e-7) / 4, abs=1e-5)
    # 0.5 in place of 0.3: (0.2)^2 / 0.25 = 0.16, erfc(sqrt(0.08)) = 0.6892.
    assert wald_p_value(np.array([20]), np.array([[95]]), 0.3, 0.005) == pytest.approx(0.6892, abs=1e-4)


def test_two_communities():
    found = [is_community_small(communities(seed)) for seed in range(20)]
    assert sum(found) >= 18


@pytest.mark.parametrize(
    "graph",
    [
        communities(0, bridges=0),
        communities(0, size=5, inside=1.0),
        communities(0, size=11),
        communities(0, bridges=60),
        from_networkx(nx.barbell_graph(7, 2)),  # two nodes of neither community
        from_networkx(nx.complete_graph(14)),
        from_networkx(nx.path_graph(16)),
    ],
)
def test_no_two_communities(graph):
    assert not is_community_small(graph)


@pytest.mark.parametrize("kind", VALIDITY)
def test_relabelling_changes_nothing(kind):
    graphs = [block_model(0), block_model(1, between=0.02), communities(0), communities(1, inside=0.4, bridges=6)]
    for graph in graphs:
        assert len({VALIDITY[kind](move(graph, seed)) for seed in range(4)}) == 1
