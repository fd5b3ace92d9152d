import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.models.autoencoder.topology import Topology

TYPED = AutoencoderConfig(num_node_types=3, num_edge_types=4)


def test_pairs_and_types(typed_batch):
    topology = Topology.read(typed_batch, TYPED)
    assert topology.pair.tolist() == [[0, 0, 0, 1, 1, 2, 4, 4, 5], [1, 2, 3, 2, 3, 3, 5, 6, 6]]
    assert topology.pair_type.tolist() == [1, 0, 0, 2, 0, 3, 2, 1, 2]
    assert topology.node_type.tolist() == [0, 1, 2, 1, 2, 0, 0]


def test_pairs_of_graphs_with_one_node_and_without_edges(small_batch):
    topology = Topology.read(small_batch, AutoencoderConfig())
    assert topology.pair.size(1) == 10 + 6 + 0 + 3
    assert int(topology.pair_type.sum()) == 5 + 2 + 3
    assert Topology.read(Data(num_nodes=3), AutoencoderConfig()).pair_type.tolist() == [0, 0, 0]
    assert Topology.read(Data(num_nodes=0), AutoencoderConfig()).pair.shape == (2, 0)


@pytest.mark.parametrize(
    "arcs", [[[0], [1]], [[0, 0], [1, 0]], [[0], [0]], [[0, 1, 0, 1], [1, 0, 1, 0]], [[0, 1, 1, 2], [1, 0, 0, 1]]]
)
def test_directed_looped_and_repeated_edges_are_refused(arcs):
    with pytest.raises(ValueError, match="expected undirected simple graphs"):
        Topology.read(Data(edge_index=torch.tensor(arcs), num_nodes=3), AutoencoderConfig())


def test_an_edge_of_two_types_is_refused(typed_batch):
    typed_batch.edge_type[0] = 3
    with pytest.raises(ValueError, match="every edge as two arcs of one type"):
        Topology.read(typed_batch, TYPED)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("edge_type", None, ValueError, "expected the attribute 'data.edge_type' .got none."),
        ("edge_type", torch.ones(12), TypeError, "expected integers in 'data.edge_type' .got torch.float32."),
        ("edge_type", torch.ones(3).long(), ValueError, r"expected 'data.edge_type' of shape \[12\] .got \[3\]"),
        ("edge_type", torch.zeros(12).long(), ValueError, "expected values 1 … 3 in 'data.edge_type' .got 0 … 0."),
        ("edge_type", torch.full((12,), 4), ValueError, "expected values 1 … 3 in 'data.edge_type' .got 4 … 4."),
        ("node_type", torch.full((7,), float("nan")), TypeError, "expected integers in 'data.node_type'"),
        ("node_type", torch.full((7,), 3), ValueError, "expected values 0 … 2 in 'data.node_type' .got 3 … 3."),
    ],
)
def test_bad_types_are_refused(typed_batch, name, value, error, message):
    typed_batch[name] = value
    with pytest.raises(error, match=message):
        Topology.read(typed_batch, TYPED)
