import pytest
import torch

from pyg_symbreak.groups.bags import Bags

# Three bags of four rows: {0, 2}, {}, {2, 3, 1}.
BAGS = Bags(
    index=torch.tensor([0, 2, 2, 3, 1]),
    offsets=torch.tensor([0, 2, 2, 5]),
    index_t=torch.tensor([0, 2, 0, 2, 2]),
    offsets_t=torch.tensor([0, 1, 2, 4, 5]),
    size=torch.tensor([[2], [0], [3]]),
)
MATRIX = torch.tensor([[1.0, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 1]], dtype=torch.double)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sums_means_and_spreads(dtype):
    x, y, matrix = torch.randn(4, 2, dtype=dtype), torch.randn(3, 2, dtype=dtype), MATRIX.to(dtype)
    torch.testing.assert_close(BAGS.sum(x), matrix @ x)
    torch.testing.assert_close(BAGS.sum(x, mean=True), matrix @ x / torch.tensor([[2.0], [1], [3]], dtype=dtype))
    torch.testing.assert_close(BAGS.spread(y), matrix.t() @ y)
    torch.testing.assert_close(BAGS.sum(x.t().contiguous().t()), matrix @ x)


def test_gradients_of_gradients():
    x = torch.randn(4, 2, dtype=torch.double, requires_grad=True)
    y = torch.randn(3, 2, dtype=torch.double, requires_grad=True)
    for fn, value in ((BAGS.sum, x), (lambda v: BAGS.sum(v, mean=True), x), (BAGS.spread, y)):
        assert torch.autograd.gradcheck(fn, value)
        assert torch.autograd.gradgradcheck(lambda v, fn=fn: fn(v).square(), value)


def test_nothing_to_sum():
    none = torch.zeros(0, dtype=torch.long)
    bags = Bags(none, torch.zeros(3, dtype=torch.long), none, torch.zeros(1, dtype=torch.long), torch.zeros(2, 1))
    x = torch.zeros(0, 5, requires_grad=True)
    out = bags.sum(x, mean=True)
    assert out.tolist() == [[0.0] * 5] * 2
    out.sum().backward()
    assert x.grad.shape == (0, 5)
    assert bags.spread(torch.zeros(2, 5)).shape == (0, 5)
