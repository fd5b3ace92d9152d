import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Permutation


@pytest.fixture(autouse=True)
def one_thread():
    """Steps this small only lose time when they are shared out."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def undirected(edges, num_nodes, kinds=None):
    pairs = torch.tensor(edges, dtype=torch.long).view(-1, 2).t()
    data = Data(edge_index=torch.cat([pairs, pairs.flip(0)], dim=1), num_nodes=num_nodes)
    if kinds is not None:
        data.edge_type = torch.tensor(kinds).repeat(2)
    return data


def cycle(n):
    return undirected([(i, (i + 1) % n) for i in range(n)], n)


@pytest.fixture
def small_batch():
    graphs = [cycle(5), undirected([(0, 1), (1, 2)], 4), undirected([], 1), undirected([(0, 2), (1, 2), (0, 1)], 3)]
    return Batch.from_data_list(graphs)


@pytest.fixture
def typed_batch():
    first = undirected([(0, 1), (1, 2), (2, 3)], 4, [1, 2, 3])
    first.node_type = torch.tensor([0, 1, 2, 1])
    second = undirected([(0, 1), (1, 2), (0, 2)], 3, [2, 2, 1])
    second.node_type = torch.tensor([2, 0, 0])
    return Batch.from_data_list([first, second])


@pytest.fixture
def cycles():
    return Batch.from_data_list([cycle(n) for n in (5, 6, 7, 8)])


@pytest.fixture
def relabelled():
    def relabel(batch):
        element = Permutation.random(batch.ptr, generator=torch.Generator().manual_seed(3))
        return element.act_data(batch), element

    return relabel
