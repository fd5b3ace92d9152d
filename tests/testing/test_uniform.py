import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing import assert_uniform_over_automorphisms, enumerate_automorphisms, graph_zoo

ZOO = graph_zoo()
COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}


def oracle(name, weights=None):
    """Draw from the listed group, after an arbitrary fixed relabelling."""
    group = enumerate_automorphisms(ZOO[name], **COLORS)
    start = torch.randperm(ZOO[name].num_nodes, generator=torch.Generator().manual_seed(1))

    def sampler(data):
        law = torch.ones(len(group)) if weights is None else weights
        return start[group[torch.multinomial(law, data.num_graphs, True)]].view(-1)

    return sampler


@pytest.mark.parametrize(
    "name", ["single", "cycle-4", "two-triangles", "petersen", "benzene-kekule", "directed-star-4"]
)
def test_accepts_the_inversion_kernel(name):
    assert_uniform_over_automorphisms(oracle(name), ZOO[name], **COLORS)


def test_accepts_a_canonicalizer_that_returns_a_permutation():
    sampler = oracle("path-4")
    assert_uniform_over_automorphisms(lambda d: Permutation(sampler(d), d.ptr).inverse(), ZOO["path-4"])


def test_rejects_random_ties_on_a_cycle():
    with pytest.raises(AssertionError, match="'sampler' gives different relabelled graphs"):
        assert_uniform_over_automorphisms(lambda d: Permutation.random(d.ptr).rank, ZOO["cycle-4"])


def test_rejects_a_biased_law():
    weights = torch.ones(8)
    weights[3] = 1.35
    with pytest.raises(AssertionError, match="'sampler' is not uniform over 8 automorphisms: 8 were seen"):
        assert_uniform_over_automorphisms(oracle("cycle-4", weights), ZOO["cycle-4"], num_draws=8000)


def test_rejects_a_deterministic_rank_and_a_subgroup():
    with pytest.raises(AssertionError, match="8 automorphisms: 1 were seen"):
        assert_uniform_over_automorphisms(lambda d: Permutation.identity(d.ptr), ZOO["cycle-4"])
    weights = torch.zeros(8)
    weights[:4] = 1
    with pytest.raises(AssertionError, match="8 automorphisms: 4 were seen"):
        assert_uniform_over_automorphisms(oracle("cycle-4", weights), ZOO["cycle-4"])


def test_rejects_what_is_no_permutation():
    with pytest.raises(AssertionError, match="returned no permutation of 4 nodes"):
        assert_uniform_over_automorphisms(lambda d: torch.zeros(d.num_nodes, dtype=torch.long), ZOO["cycle-4"])


def test_rejects_an_order_that_ignores_the_colors():
    with pytest.raises(AssertionError, match="different relabelled graphs"):
        assert_uniform_over_automorphisms(oracle("cycle-4"), ZOO["square-two-colors"], **COLORS)


def test_one_graph_a_call():
    assert_uniform_over_automorphisms(lambda d: torch.randperm(3), ZOO["complete-3"], batched=False, num_draws=600)


def star(leaves):
    edges = torch.tensor([[0] * leaves, range(1, leaves + 1)])
    return Data(edge_index=torch.cat([edges, edges.flip(0)], 1), num_nodes=leaves + 1)


def hub_first(data):
    hub = torch.arange(data.num_nodes) == data.ptr[data.batch]
    order = torch.argsort(data.batch + torch.where(hub, 0.0, 0.1 + 0.8 * torch.rand(data.num_nodes)).double())
    rank = torch.empty_like(order)
    rank[order] = torch.arange(order.numel())
    return rank - data.ptr[data.batch]


def test_large_groups_are_checked_by_orbit():
    assert_uniform_over_automorphisms(hub_first, star(12))
    with pytest.raises(AssertionError, match="different relabelled graphs"):
        assert_uniform_over_automorphisms(lambda d: Permutation.random(d.ptr), star(12))
    with pytest.raises(AssertionError, match=r"not uniform over the orbit \[1, 2, .*\] of node 1"):
        assert_uniform_over_automorphisms(lambda d: Permutation.identity(d.ptr), star(12))
