from __future__ import annotations

import random

import networkx as nx
import pytest

from pyg_symbreak.datasets import ErdosRenyiGraphs
from pyg_symbreak.datasets.erdos_renyi import gnp_edges


@pytest.mark.parametrize(("split", "seed", "p"), [("val", 1, 0.25), ("test", 2, 0.1)])
def test_graphs_are_networkx_draws_in_the_order_of_the_protocol(split, seed, p):
    rng = random.Random(seed)
    expected = [nx.gnp_random_graph(n, p, seed=rng) for _ in range(50) for n in range(7, 17)]
    rng.shuffle(expected)
    dataset = ErdosRenyiGraphs(p=p, split=split)
    assert len(dataset) == 500
    for graph, other in zip(dataset, expected, strict=True):
        assert graph.num_nodes == other.number_of_nodes()
        assert graph.edge_index.t().tolist() == sorted(list(edge) for edge in other.to_directed().edges)


def test_train_split_is_full_size_with_equal_shares():
    dataset = ErdosRenyiGraphs()
    counts = [graph.num_nodes for graph in dataset]
    assert [counts.count(n) for n in range(7, 17)] == [500] * 10
    pairs = sum(n * (n - 1) for n in counts)
    assert abs(sum(graph.num_edges for graph in dataset) / pairs - 0.25) < 0.003  # four standard deviations


@pytest.mark.parametrize(("p", "count"), [(0.0, 0), (1.0, 10)])
def test_extreme_probabilities_draw_nothing(p, count):
    rng = random.Random(0)
    assert len(gnp_edges(rng, 5, p)) == count
    assert rng.getstate() == random.Random(0).getstate()


def test_bad_probability():
    with pytest.raises(
        ValueError, match=r"'ErdosRenyiGraphs' expected 'p' to be a probability in \[0, 1\] \(got 1.5\)"
    ):
        ErdosRenyiGraphs(p=1.5)
