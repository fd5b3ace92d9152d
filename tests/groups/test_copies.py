import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.copies import input_ptr, num_graphs, repeat_data, repeat_input
from pyg_symbreak.groups.ragged import node_batch


def test_copies_carry_every_attribute():
    class Pairs(Data):
        def __inc__(self, key, value, *args, **kwargs):
            return self.num_nodes if key == "pair" else super().__inc__(key, value, *args, **kwargs)

    graphs = [
        Pairs(
            x=torch.arange(n).view(n, 1), edge_index=torch.tensor([[0], [1]]), edge_attr=torch.tensor([n]), y=n, pair=1
        )
        for n in (2, 3)
    ]
    batch = Batch.from_data_list(graphs)
    out = repeat_data(batch, 2)
    assert out.ptr.tolist() == [0, 2, 5, 7, 10]
    assert torch.equal(out.batch, node_batch(out.ptr))
    assert out.num_graphs == 4
    assert out.num_nodes == 10
    assert out.edge_index.tolist() == [[0, 2, 5, 7], [1, 3, 6, 8]]
    assert out.edge_attr.tolist() == [2, 3, 2, 3]
    assert out.y.tolist() == [2, 3, 2, 3]
    assert out.pair.tolist() == [1, 3, 6, 8]
    assert batch.num_graphs == 2
    single = repeat_data(graphs[0], 3)
    assert single.ptr.tolist() == [0, 2, 4, 6]
    moved = Permutation.random(out.ptr).act_data(out)
    assert moved.num_graphs == 4


def test_rows_of_a_tensor_are_its_graphs():
    x = torch.arange(6).view(3, 2)
    assert num_graphs(x) == 3
    assert torch.equal(input_ptr(x), torch.arange(4))
    assert torch.equal(repeat_input(x, 2), torch.cat([x, x]))
    assert repeat_input(x, 1) is x


def test_graphs_are_counted_and_copied_as_graphs():
    batch = Batch.from_data_list([Data(num_nodes=2), Data(num_nodes=1)])
    assert num_graphs(batch) == 2
    assert torch.equal(input_ptr(batch), batch.ptr)
    assert repeat_input(batch, 1) is batch
    assert num_graphs(repeat_input(batch, 3)) == 6
    single = Data(num_nodes=2)
    assert isinstance(repeat_input(single, 1), Batch)


def test_copies_equal_those_of_the_loader():
    graphs = [
        Data(x=torch.randn(n, 2), edge_index=torch.tensor([[0], [1]]), y=torch.randn(1, 3), name=f"g{n}", scale=0.5)
        for n in (2, 4)
    ]
    expected, out = Batch.from_data_list(graphs * 3), repeat_data(Batch.from_data_list(graphs), 3)
    assert set(out.keys()) - {"num_nodes"} == set(expected.keys())
    for key, value in expected.items():
        assert torch.equal(out[key], value) if isinstance(value, torch.Tensor) else out[key] == value
    again = repeat_data(out, 2)
    assert again.num_graphs == 12
    assert torch.equal(again.edge_index[:, -1], torch.tensor([32, 33]))


def test_single_graphs_and_odd_attributes():
    single = Data(x=torch.randn(2, 1), note="a", edge_index=torch.empty(2, 0, dtype=torch.long))
    out = repeat_data(single, 2)
    assert out.note == ["a", "a"]
    assert out.batch.tolist() == [0, 0, 1, 1]
    sparse = Data(num_nodes=2, adj_t=torch.eye(2).to_sparse())
    with pytest.raises(TypeError, match=r"expected edges as 'edge_index' \(got the sparse tensor 'adj_t'\)"):
        repeat_data(sparse, 2)
