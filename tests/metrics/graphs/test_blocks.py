import math
from itertools import product

import networkx as nx
import numpy as np
import pytest

from pyg_symbreak.metrics.graphs.blocks import block_counts, description_length, find_blocks


def planted(sizes, inside, between, seed):
    shares = np.where(np.eye(len(sizes), dtype=bool), inside, between)
    net = nx.stochastic_block_model(sizes, shares.tolist(), seed=seed)
    return nx.to_numpy_array(net, dtype=bool), np.repeat(np.arange(len(sizes)), sizes)


def by_formula(a, labels):
    """The description length, term by term, with binomials of integers."""
    n, sizes = len(a), np.bincount(labels)
    blocks, edges = len(sizes), int(np.triu(a).sum())
    out = math.log(n) + math.log(math.comb(n - 1, blocks - 1)) + math.log(math.factorial(n))
    out += math.log(math.comb(blocks * (blocks + 1) // 2 + edges - 1, edges)) - sum(map(math.lgamma, sizes + 1))
    for r in range(blocks):
        for s in range(r, blocks):
            part = a[np.ix_(labels == r, labels == s)]
            pairs = sizes[r] * (sizes[r] - 1) // 2 if r == s else sizes[r] * sizes[s]
            out += math.log(math.comb(int(pairs), int(part.sum() // (2 if r == s else 1))))
    return out


def test_description_length_against_the_formula():
    a, labels = planted([7, 4, 5], 0.6, 0.2, seed=0)
    for partition in (labels, np.zeros(16, dtype=int), np.arange(16), np.arange(16) % 3):
        assert description_length(a, partition) == pytest.approx(by_formula(a, partition))


def test_counts():
    a, labels = planted([3, 2], 1.0, 1.0, seed=0)
    sizes, edges = block_counts(a, labels)
    assert sizes.tolist() == [3, 2]
    assert edges.tolist() == [[3, 6], [6, 1]]


@pytest.mark.parametrize("seed", range(5))
def test_no_partition_of_a_small_graph_is_shorter(seed):
    a, _ = planted([4, 4], 0.95, 0.05, seed)
    best = min(description_length(a, np.unique(p, return_inverse=True)[1]) for p in product(range(3), repeat=8))
    assert description_length(a, find_blocks(a)) == pytest.approx(best)


@pytest.mark.parametrize("sizes", [[20, 40], [25, 30, 35], [20, 26, 31, 40], [20, 25, 30, 35, 40]])
def test_planted_blocks_are_recovered(sizes):
    for seed in range(3):
        a, labels = planted(sizes, 0.3, 0.005, seed)
        found = find_blocks(a)
        assert len(block_counts(a, found)[0]) == len(sizes)
        pairs = np.stack([labels, found])
        assert np.unique(pairs, axis=1).shape[1] - len(sizes) <= 1  # one block may have lost a node that has few edges
        assert description_length(a, found) <= description_length(a, labels) + 1e-6


def test_blocks_without_edges_inside():
    a = nx.to_numpy_array(nx.complete_bipartite_graph(12, 15), dtype=bool)
    assert find_blocks(a).tolist() == [0] * 12 + [1] * 15


def test_no_blocks_in_a_uniform_graph():
    for seed in range(5):
        a = nx.to_numpy_array(nx.gnp_random_graph(80, 0.1, seed=seed), dtype=bool)
        assert find_blocks(a).max() == 0


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_tiny_graphs(n):
    a = nx.to_numpy_array(nx.complete_graph(n), dtype=bool) if n else np.zeros((0, 0), dtype=bool)
    assert find_blocks(a).tolist() == [0] * n
    assert description_length(a, np.zeros(n, dtype=np.int64)) == pytest.approx(math.log(n) if n else 0.0)
