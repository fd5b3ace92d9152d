import pytest
import torch
from torch_geometric.data import Batch, Data, HeteroData

from pyg_symbreak.groups.ragged import node_batch, node_pairs, node_ptr, repeat_ptr, segment_arange, segment_mean


def edges(*pairs):
    return torch.tensor(pairs, dtype=torch.long).t().reshape(2, -1)


def test_ptr_of_one_graph_and_of_a_batch():
    graphs = [Data(num_nodes=2), Data(num_nodes=0), Data(num_nodes=3)]
    assert node_ptr(graphs[2]).tolist() == [0, 3]
    assert node_ptr(Batch.from_data_list(graphs)).tolist() == [0, 2, 2, 5]


def test_ptr_is_derived_from_a_batch_vector_alone():
    data = Data(num_nodes=4, batch=torch.tensor([0, 0, 2, 2]))
    assert node_ptr(data).tolist() == [0, 2, 2, 4]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (Data(num_nodes=2, batch=torch.tensor([1, 0])), ValueError, "expected ascending graph numbers"),
        (Data(num_nodes=2, batch=torch.tensor([0])), ValueError, "expected one entry for each of 2 nodes"),
        (Data(num_nodes=2, ptr=torch.tensor([0, 3])), ValueError, "expected ascending offsets that end at 2"),
        (Data(num_nodes=2, edge_index=edges((0, 2))), ValueError, "expected node numbers in 0 … 1 .got 2."),
        (Data(num_nodes=2, edge_index=edges((-1, 0))), ValueError, "expected node numbers in 0 … 1 .got -1."),
        (Data(num_nodes=2, edge_index=torch.zeros(3, 1).long()), ValueError, r"shape \[2, num_edges\]"),
        (Data(num_nodes=2, edge_index=torch.zeros(2, 1)), TypeError, "expected an integer tensor"),
        (Data(edge_index=edges((0, 1))), ValueError, "expected a known number of nodes"),
        (
            Data(num_nodes=2, batch=torch.tensor([0, 1]), edge_index=edges((0, 1))),
            ValueError,
            "expected edges inside one graph",
        ),
        (HeteroData(), TypeError, "expected a homogeneous 'Data' or 'Batch' .got 'HeteroData'."),
    ],
)
def test_malformed_batches_are_named(data, error, message):
    with pytest.raises(error, match=message):
        node_ptr(data)


def test_ragged_arithmetic_with_empty_graphs():
    ptr = torch.tensor([0, 0, 3, 3, 5])
    assert node_batch(ptr).tolist() == [1, 1, 1, 3, 3]
    assert segment_arange(ptr.diff()).tolist() == [0, 1, 2, 0, 1]
    assert node_pairs(ptr).tolist() == [[0, 0, 1, 3], [1, 2, 2, 4]]
    assert node_pairs(torch.tensor([0])).shape == (2, 0)


def test_segment_mean():
    x = torch.arange(10.0).view(5, 2)
    out = segment_mean(x, torch.tensor([0, 2, 2, 5]))
    assert out.tolist() == [[1.0, 2.0], [0.0, 0.0], [6.0, 7.0]]
    assert segment_mean(torch.empty(0, 3), torch.tensor([0])).shape == (0, 3)


def test_repeated_offsets():
    ptr = torch.tensor([0, 2, 2])
    assert repeat_ptr(ptr, 3).tolist() == [0, 2, 2, 4, 4, 6, 6]
    assert repeat_ptr(ptr, 0).tolist() == repeat_ptr(ptr[:1], 3).tolist() == [0]
