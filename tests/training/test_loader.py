import pytest
import torch
from torch_geometric.data import Data, HeteroData, InMemoryDataset
from torch_geometric.loader import DataLoader

from pyg_symbreak.training.loader import InMemoryLoader


def graphs(count=7):
    out = []
    for k in range(count):
        n = k % 4
        arcs = torch.tensor([[i, i + 1] for i in range(n - 1)], dtype=torch.long).view(-1, 2).t()
        data = Data(edge_index=arcs, edge_type=torch.full((arcs.size(1),), k), num_nodes=n)
        data.mol_id, data.name = torch.tensor([k]), f"graph {k}"
        data.root_index = torch.arange(n)
        out.append(data)
    return out


class Stored(InMemoryDataset):
    def __init__(self, items, transform=None):
        super().__init__(None, transform)
        self.data, self.slices = self.collate(items)


def assert_same(a, b):
    assert set(a.keys()) == set(b.keys())
    for key in a.keys():  # noqa: SIM118
        assert torch.equal(a[key], b[key]) if isinstance(a[key], torch.Tensor) else a[key] == b[key], key
    assert a.num_graphs == b.num_graphs
    for left, right in zip(a.to_data_list(), b.to_data_list()):
        assert set(left.keys()) == set(right.keys())
        assert torch.equal(left.edge_index, right.edge_index)
        assert left.num_nodes == right.num_nodes


@pytest.mark.parametrize("batch_size", [1, 3, 7, 20])
def test_the_batches_are_those_of_pyg(batch_size):
    items = graphs()
    stored = Stored(items)
    for dataset in (items, stored, stored[torch.tensor([5, 2, 2, 6])], stored[3:], [items[3]], stored[3:4]):
        ours, theirs = list(InMemoryLoader(dataset, batch_size)), list(DataLoader(dataset, batch_size))
        assert len(ours) == len(theirs) == len(InMemoryLoader(dataset, batch_size))
        for a, b in zip(ours, theirs):
            assert_same(a, b)


def test_node_features_give_the_number_of_nodes():
    items = [Data(x=torch.randn(n, 2), edge_index=torch.zeros(2, 1).long()) for n in (1, 3)]
    for a, b in zip(InMemoryLoader(Stored(items), 2), DataLoader(items, 2)):
        assert_same(a, b)


def test_a_data_set_of_one_graph():
    stored = Stored(graphs()[3:4])
    assert_same(next(iter(InMemoryLoader(stored))), next(iter(DataLoader(stored))))


def test_orders_are_fresh_and_repeat_under_a_generator():
    loader = InMemoryLoader(graphs(), 7, shuffle=True, generator=torch.Generator().manual_seed(0))
    first, second = (next(iter(loader)).mol_id.tolist() for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second) == list(range(7))
    again = InMemoryLoader(graphs(), 7, shuffle=True, generator=torch.Generator().manual_seed(0))
    assert next(iter(again)).mol_id.tolist() == first
    torch.manual_seed(4)
    plain = next(iter(InMemoryLoader(graphs(), 7, shuffle=True))).mol_id.tolist()
    torch.manual_seed(4)
    assert next(iter(InMemoryLoader(graphs(), 7, shuffle=True))).mol_id.tolist() == plain


def test_drop_last():
    loader = InMemoryLoader(graphs(), 3, drop_last=True)
    assert [batch.num_graphs for batch in loader] == [3, 3]
    assert len(loader) == 2


def test_a_transform_sees_single_graphs_and_the_storage_stays_as_it_is():
    def double(data):
        assert data.get("batch") is None
        data.edge_type = 2 * data.edge_type
        return data

    stored = Stored(graphs(), transform=double)
    (batch,) = InMemoryLoader(stored, 7)
    assert batch.edge_type.tolist() == [4, 6, 6, 12]
    plain = Stored(graphs())
    (batch,) = InMemoryLoader(plain, 7)
    batch.edge_type += 100
    assert next(iter(InMemoryLoader(plain, 7))).edge_type.tolist() == [2, 3, 3, 6]


@pytest.mark.parametrize(
    ("dataset", "batch_size", "error", "message"),
    [
        (graphs(), 0, ValueError, "expected 'batch_size' to be at least 1 .got 0."),
        ([], 1, ValueError, "expected 'dataset' to hold at least one graph .got 0."),
        ([HeteroData()], 1, TypeError, "expected 'dataset' to hold 'Data' objects"),
        ([Data(edge_index=torch.zeros(2, 1).long())] * 2, 1, ValueError, "expected graphs of a known number of nodes"),
        (
            [Data(num_nodes=2, my_batch=torch.zeros(2).long())] * 2,
            1,
            ValueError,
            "expected attributes that PyG shifts by the number of nodes .got 'my_batch'.",
        ),
    ],
)
def test_bad_arguments(dataset, batch_size, error, message):
    with pytest.raises(error, match=message):
        InMemoryLoader(dataset, batch_size)
