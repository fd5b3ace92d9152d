import pytest
import torch
from torch_geometric.nn import GINConv
from torch_geometric.utils import scatter

from pyg_symbreak.canonicalizers.neighbors import NeighborSum, gin_update

EDGES = torch.tensor([[0, 3, 3, 1, 4, 0], [1, 1, 0, 3, 4, 1]])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_gather_and_scatter(dtype):
    x = torch.randn(6, 4, dtype=dtype, requires_grad=True)
    weight = torch.randn(6, 4, dtype=dtype)
    expected = scatter(x[EDGES[0]], EDGES[1], 0, dim_size=6)
    (expected_grad,) = torch.autograd.grad((expected * weight).sum(), x)
    out = NeighborSum(EDGES, 6)(x)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(*torch.autograd.grad((out * weight).sum(), x), expected_grad)


def test_gradients():
    x = torch.randn(6, 2, dtype=torch.float64, requires_grad=True)
    total = NeighborSum(EDGES, 6)
    assert torch.autograd.gradcheck(total, x)
    assert torch.autograd.gradcheck(lambda x: total(total(x).tanh()).expand(6, 2), x)


@pytest.mark.parametrize("edges", [None, torch.empty(2, 0, dtype=torch.long)])
def test_without_edges(edges):
    x = torch.randn(3, 2, requires_grad=True)
    out = NeighborSum(edges, 3)(x)
    assert out.tolist() == [[0.0, 0.0]] * 3
    assert NeighborSum(edges, 0)(x[:0]).shape == (0, 2)


def test_multiple_edges_count_and_directions_matter():
    x = torch.tensor([[1.0], [2.0]])
    assert NeighborSum(torch.tensor([[0, 0], [1, 1]]), 2)(x).tolist() == [[0.0], [2.0]]


def test_a_layer_is_the_same_by_sums():
    conv = GINConv(torch.nn.Linear(3, 5), eps=0.3, train_eps=True).double()
    x = torch.randn(6, 3, dtype=torch.float64)
    torch.testing.assert_close(gin_update(conv, x, NeighborSum(EDGES, 6)), conv(x, EDGES))
