from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import CommunityGraphs, ErdosRenyiGraphs, RegularGraphs, SymmetricGraphZoo, seen_graphs
from pyg_symbreak.groups.permutation import Permutation


def relabelled(graphs):
    batch = Batch.from_data_list(list(graphs))
    generator = torch.Generator().manual_seed(0)
    return Permutation.random(batch.ptr, generator=generator).act_data(batch).to_data_list()


def test_relabelled_graphs_are_seen_and_others_are_not():
    zoo = SymmetricGraphZoo()
    plain = [graph.__class__(edge_index=graph.edge_index, num_nodes=graph.num_nodes) for graph in zoo]
    assert seen_graphs(relabelled(plain), plain).all()
    assert not seen_graphs(plain[::2], plain[1::2]).any()


@pytest.mark.parametrize("split", ["val", "test"])
def test_community_splits_are_leak_free_by_default(split):
    train, other = CommunityGraphs(num_graphs=400), CommunityGraphs(split=split, num_graphs=100)
    assert seen_graphs(other, train).float().mean() < 0.02
    assert seen_graphs(other, other).all()


def test_the_flawed_version_leaks():
    train, test = (
        CommunityGraphs(leaky=True, num_graphs=1000),
        CommunityGraphs(split="test", leaky=True, num_graphs=200),
    )
    assert seen_graphs(test, train).float().mean() > 0.3


def test_small_sizes_repeat_and_large_ones_do_not():
    train, test = (RegularGraphs(sizes=[7], split=split, num_graphs=50) for split in ("train", "test"))
    assert seen_graphs(test, train).all()
    train, test = (ErdosRenyiGraphs(sizes=[14, 16], split=split, num_graphs=40) for split in ("train", "test"))
    assert not seen_graphs(test, train).any()


def test_attributes_have_to_agree_when_named():
    train = list(ErdosRenyiGraphs(sizes=[5], p=0.5, num_graphs=2))
    for graph in train:
        graph.color = torch.tensor([0, 0, 1, 1, 1])
    test = [graph.clone() for graph in train]
    for graph in test:
        graph.color = torch.tensor([1, 1, 1, 1, 1])
    assert seen_graphs(test, train).all()
    assert not seen_graphs(test, train, node_attrs=("color",)).any()
