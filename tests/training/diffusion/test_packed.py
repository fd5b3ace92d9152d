from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion.packed import PackedGraphs
from tests.training.diffusion.conftest import random_trees


def keys(graph: DenseGraph) -> list[tuple[object, ...]]:
    return sorted(
        (tuple(data.node_type.tolist()), tuple(map(tuple, data.edge_index.tolist())), tuple(data.edge_type.tolist()))
        for data in graph.to_data_list()
    )


def test_nothing_is_lost(trees: list[Data]) -> None:
    packed = PackedGraphs.from_graphs(trees)
    assert len(packed) == 65
    assert len(packed.buckets) > 1
    assert all(bucket.x.dtype == bucket.e.dtype == torch.uint8 for bucket in packed.buckets)
    whole = DenseGraph.from_batch(Batch.from_data_list(trees))
    assert keys(packed.batch(torch.arange(65))) == keys(whole)
    assert keys(DenseGraph.cat(list(packed.batches(7)))) == keys(whole)
    assert torch.equal(packed.num_nodes, DenseGraph.cat(list(packed.batches(100))).num_nodes)


def test_a_batch_is_padded_alike(trees: list[Data]) -> None:
    packed = PackedGraphs.from_graphs(trees)
    index = torch.tensor([len(packed) - 1, 0, 1])
    assert packed.batch(index).x.shape == (3, 6)
    assert packed.batch(index, 8).validate().x.shape == (3, 8)
    assert packed.batch(torch.tensor([0])).x.size(1) == packed.widths[0]


def test_one_width_and_large_types() -> None:
    edge = torch.tensor([[0, 1], [1, 0]])
    graphs = [Data(node_type=torch.tensor([t, 1]), edge_index=edge, edge_type=torch.ones(2).long()) for t in (3, 300)]
    for graph in graphs:
        graph.num_nodes = 2
    packed = PackedGraphs.from_graphs(graphs, width=5)
    assert packed.widths == [5]
    assert packed.batch(torch.tensor([0, 1])).x[:, 0].tolist() == [3, 300]
    with pytest.raises(ValueError, match="at most 1 nodes"):
        PackedGraphs.from_graphs(graphs, width=1)


def test_properties_stay_with_their_graphs() -> None:
    trees = random_trees(30)
    for tree in trees:
        tree.y = torch.tensor([[float(tree.node_type.sum()), float(tree.num_nodes)]])
    packed = PackedGraphs.from_graphs(trees, y_attr="y")
    assert packed.num_properties == 2
    for batch in packed.batches(4):
        assert batch.y is not None
        assert torch.equal(batch.y, torch.stack([batch.x.sum(1), batch.num_nodes], dim=1).float())


def test_subset_is_the_same_for_the_same_seed(trees: list[Data]) -> None:
    packed = PackedGraphs.from_graphs(trees)
    assert packed.subset(65) is packed
    part = packed.subset(10, seed=3)
    assert len(part) == 10
    assert part.fingerprint() == packed.subset(10, seed=3).fingerprint() != packed.subset(10, seed=4).fingerprint()


def test_fingerprint_tells_graphs_apart(trees: list[Data]) -> None:
    packed = PackedGraphs.from_graphs(trees)
    assert packed.fingerprint() == PackedGraphs.from_graphs(trees).fingerprint()
    assert packed.fingerprint() != PackedGraphs.from_graphs(trees[:-1]).fingerprint()


def test_from_dense() -> None:
    graph = DenseGraph.from_batch(Batch.from_data_list(random_trees(5)))
    assert keys(PackedGraphs.from_dense(graph).batch(torch.arange(5))) == keys(graph)


def test_one_node_graphs() -> None:
    single = Data(node_type=torch.tensor([2]), edge_index=torch.empty(2, 0).long(), edge_type=torch.empty(0).long())
    single.num_nodes = 1
    packed = PackedGraphs.from_graphs([single, single])
    assert packed.batch(torch.tensor([1])).e.shape == (1, 0)


def test_errors() -> None:
    for build in (lambda: PackedGraphs([]), lambda: PackedGraphs.from_graphs([])):
        with pytest.raises(ValueError, match=r"'PackedGraphs' expected at least one graph \(got 0\)"):
            build()
