import itertools

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import ExactCanonicalizer, TraversalCanonicalizer
from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing import assert_uniform_over_automorphisms, graph_zoo

ZOO = graph_zoo()
# Two components: a square with a diagonal, and an edge.
PARTED = Data(
    edge_index=torch.tensor([[0, 1, 1, 2, 2, 3, 3, 0, 0, 2, 4, 5], [1, 0, 2, 1, 3, 2, 0, 3, 2, 0, 5, 4]]), num_nodes=6
)
# A path 0 – 1 – 2 – 3 with a leaf 4 at node 1.
SPIDER = Data(edge_index=torch.tensor([[0, 1, 1, 2, 2, 3, 1, 4], [1, 0, 2, 1, 3, 2, 4, 1]]), num_nodes=5)


def neighbours(data):
    return [set(data.edge_index[1][data.edge_index[0] == i].tolist()) for i in range(data.num_nodes)]


def is_walk(data, order, strategy):
    """Whether every node may come next, by the definition."""
    near, seen = neighbours(data), []
    for node in order:
        line = seen if strategy == "breadth" else seen[::-1]
        hosts = [host for host in line if near[host] - set(seen)]
        if hosts and node not in near[hosts[0]]:
            return False
        seen.append(node)
    return True


@pytest.mark.parametrize("strategy", ["breadth", "depth"])
@pytest.mark.parametrize("data", [PARTED, SPIDER], ids=["parted", "spider"])
def test_the_law_lives_on_the_walks_and_sums_to_one(strategy, data):
    canonicalizer = TraversalCanonicalizer(strategy=strategy)
    total = 0.0
    for order in itertools.permutations(range(data.num_nodes)):
        # The element carries position p of the canonical form to the node that stands there.
        probability = float(canonicalizer.log_prob(data, Permutation(torch.tensor(order))).exp())
        assert (probability > 0) == is_walk(data, order, strategy)
        total += probability
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("strategy", ["breadth", "depth"])
def test_draws_follow_their_probabilities(strategy):
    torch.manual_seed(0)
    canonicalizer = TraversalCanonicalizer(strategy=strategy)
    batch = Batch.from_data_list([SPIDER] * 20000)
    g = canonicalizer(batch)
    probability = canonicalizer.log_prob(batch, g).exp()
    _, number, counts = g.rank.view(20000, -1).unique(dim=0, return_inverse=True, return_counts=True)
    expected = torch.zeros(len(counts), dtype=torch.float64).index_put((number,), probability) * 20000
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    assert expected.sum() == pytest.approx(20000)
    assert chi2 < len(counts) + 5 * (2 * len(counts)) ** 0.5


@pytest.mark.parametrize("strategy", ["breadth", "depth"])
def test_over_the_exact_canonicalizer_uniform_on_the_coset(strategy):
    canonicalizer = TraversalCanonicalizer(ExactCanonicalizer(), strategy)
    for name in ("cycle-5", "petersen", "path-3"):
        assert_uniform_over_automorphisms(canonicalizer, ZOO[name])


@pytest.mark.parametrize("strategy", ["breadth", "depth"])
def test_orders_are_walks(strategy):
    for base in (None, ExactCanonicalizer()):
        for name in ("petersen", "benzene-kekule", "isolated-3"):
            order = TraversalCanonicalizer(base, strategy)(ZOO[name]).rank.tolist()
            assert is_walk(ZOO[name], order, strategy)


def test_graphs_of_a_batch_walk_on_their_own():
    batch = Batch.from_data_list([SPIDER, Data(num_nodes=0, edge_index=torch.empty(2, 0).long()), PARTED])
    rank = TraversalCanonicalizer().rank(batch)
    assert sorted(rank[:5].tolist()) == list(range(5))
    assert sorted(rank[5:].tolist()) == list(range(6))
    generator = [torch.Generator().manual_seed(1) for _ in range(2)]
    first, second = (TraversalCanonicalizer().rank(batch, generator=g) for g in generator)
    assert torch.equal(first, second)


def test_errors():
    with pytest.raises(
        ValueError, match=r"'TraversalCanonicalizer' expected 'strategy' in \('breadth', 'depth'\) \(got"
    ):
        TraversalCanonicalizer(strategy="width")
