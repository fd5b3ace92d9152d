import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.labeling import threads


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@threads.single_threaded
def count(data, fail=False):
    if fail:
        raise ValueError("stop")
    return torch.get_num_threads()


def test_the_number_of_threads_comes_back(two_threads):
    assert count(Data()) == count(data=Data()) == 1
    assert torch.get_num_threads() == 2


def test_the_number_of_threads_comes_back_after_an_error(two_threads):
    with pytest.raises(ValueError, match="stop"):
        count(Data(), fail=True)
    assert torch.get_num_threads() == 2


def test_large_graphs_keep_all_threads(two_threads, monkeypatch):
    monkeypatch.setattr(threads, "MANY_ARCS", 1)
    assert count(Data(edge_index=torch.tensor([[0, 1], [1, 0]]))) == 2
