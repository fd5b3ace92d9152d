from __future__ import annotations

import pytest
import torch

from pyg_symbreak.datasets import PatternGraphs


def test_shapes_and_sizes():
    dataset = PatternGraphs(split="val", num_graphs=20)
    for graph in dataset:
        planted = int(graph.y.sum())
        assert 5 <= planted <= 34
        assert 25 <= graph.num_nodes - planted <= 170
        assert torch.equal(graph.x.sum(dim=1), torch.ones(graph.num_nodes))
        assert graph.is_undirected()
        assert not graph.has_self_loops()


def test_patterns_are_shared_between_graphs_and_splits():
    settings = {"num_patterns": 2, "num_graphs": 4}
    train, test = (PatternGraphs(split=split, **settings) for split in ("train", "test"))

    def pattern(graph):
        inside = graph.subgraph(graph.y == 1)
        types = inside.x.argmax(dim=1)
        arcs = sorted(
            (types[a].item(), types[b].item()) for a, b in inside.edge_index.t().tolist()
        )  # enough to tell patterns of other sizes, edges or types apart
        return inside.num_nodes, sorted(types.tolist()), arcs

    assert pattern(train[0]) == pattern(train[2]) == pattern(test[0])
    assert pattern(train[1]) == pattern(test[3])
    assert pattern(train[0]) != pattern(train[1])
    assert pattern(train[0]) != pattern(PatternGraphs(pattern_seed=1, **settings)[0])
    assert train[0].num_edges != train[2].num_edges


def test_densities():
    dataset = PatternGraphs(split="train", num_graphs=40, p=0.5, q=0.35, sizes=[20], num_patterns=40)
    counts = torch.zeros(3)
    for graph in dataset:
        ends = graph.y[graph.edge_index]
        counts += torch.stack([(ends.sum(dim=0) == k).sum() for k in (0, 1, 2)]) / 2
    pairs = 40 * torch.tensor([100 * 99 / 2, 100 * 20, 20 * 19 / 2])
    inside = 5 * 20 * 19 / 2
    outside = 0.5 * inside + 0.35 * (100 * 99 / 2 - inside)
    expected = torch.tensor([outside / (100 * 99 / 2), 0.5, 0.5])
    deviation = (expected * (1 - expected) / pairs).sqrt()
    assert ((counts / pairs - expected).abs() < 4.5 * deviation).all()


def test_the_node_types_and_places_tell_nothing():
    dataset = PatternGraphs(split="train", num_graphs=200, num_patterns=200, sizes=[10])
    types = sum(torch.bincount(graph.x[graph.y == 1].argmax(dim=1), minlength=3) for graph in dataset)
    assert ((types - 2000 / 3).abs() < 4.5 * (2000 * 2 / 9) ** 0.5).all()
    place = torch.cat([torch.where(graph.y == 1)[0] for graph in dataset]).float()
    assert abs(place.mean() - 29.5) < 4.5 * 17.3 / 2000**0.5


def test_default_counts_and_reproducible(tmp_path):
    dataset = PatternGraphs(tmp_path, "test", num_graphs=2)
    assert torch.equal(dataset[0].edge_index, PatternGraphs(split="test", num_graphs=2)[0].edge_index)
    assert not torch.equal(dataset[0].y, PatternGraphs(split="test", num_graphs=2, seed=0)[0].y)
    assert "patterns=100x0-graphs=2-seed=2" in dataset.processed_file_names


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"p": 1.5}, r"'p' from 0 to 1 \(got 1.5\)"),
        ({"q": -1}, r"'q' from 0 to 1 \(got -1\)"),
        ({"num_patterns": 0}, r"'num_patterns' to be at least 1 \(got 0\)"),
        ({"num_communities": -1}, r"'num_communities' to be at least 0 \(got -1\)"),
        ({"pattern_seed": -1}, r"'pattern_seed' to be at least 0 \(got -1\)"),
        ({"sizes": []}, r"'sizes' to hold at least one number"),
        ({"split": "x"}, r"'split' to be one of train, val, test \(got 'x'\)"),
    ],
)
def test_errors(settings, message):
    with pytest.raises(ValueError, match=r"'PatternGraphs' expected " + message):
        PatternGraphs(**settings)
