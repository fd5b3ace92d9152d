"""pyg#9915: an encoding that leaves its range where edges are doubled or weighted."""

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import AddCanonicalLaplacianPE

ZOO = graph_zoo()


@pytest.mark.parametrize("threshold", [1, 1000])
def test_duplicates_count_once(threshold):
    data = ZOO["asymmetric-tree"]
    twice = Data(edge_index=data.edge_index.repeat(1, 2), num_nodes=data.num_nodes)
    transform = AddCanonicalLaplacianPE(k=3, randomize=False, dense_threshold=threshold)
    # Where two nodes tie, the rank decides on the sign, and the rank sees the second copy of an edge.
    torch.testing.assert_close(transform(twice).laplacian_pe.abs(), transform(data).laplacian_pe.abs())


def test_weights_count_where_they_are_named_and_parallel_ones_add_up():
    data = ZOO["path-4"]
    halves = Data(edge_index=data.edge_index.repeat(1, 2), w=torch.tensor([1.0, 2.0, 1.0] * 4) / 2, num_nodes=4)
    whole = Data(edge_index=data.edge_index, w=torch.tensor([1.0, 2.0, 1.0] * 2), num_nodes=4)
    for column in range(2):
        transform = AddCanonicalLaplacianPE(k=2, weight_attr="w")
        one, other = transform(halves).laplacian_pe[:, column], transform(whole).laplacian_pe[:, column]
        torch.testing.assert_close(one.abs(), other.abs())


@pytest.mark.parametrize("name", [name for name in ZOO if ZOO[name].num_nodes > 0])
def test_the_range_holds_on_every_kind_of_graph(name):
    out = AddCanonicalLaplacianPE(k=4)(ZOO[name]).laplacian_pe
    assert out.abs().max() <= 1 + 1e-6
