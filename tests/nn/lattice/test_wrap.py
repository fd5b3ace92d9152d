import pytest
import torch
from torch.nn import functional as F

from pyg_symbreak.nn.lattice import wrap


@pytest.mark.parametrize("radius", range(5))
def test_padding_is_circular(radius):
    x = torch.randn(2, 5, 6, 3)
    expected = F.pad(x.movedim(-1, 1), [radius] * 4, mode="circular").movedim(1, -1)
    assert torch.equal(wrap(x, radius, (1, 2)), expected)


def test_padding_goes_around_more_than_once():
    x = torch.randn(3, 4)
    for radius in (4, 5, 9, 12):
        index = torch.arange(-radius, 4 + radius) % 4
        assert torch.equal(wrap(x, radius, [1]), x[:, index])


@pytest.mark.parametrize("radius", [0, 1, 3, 4, 5])
def test_derivatives(radius):
    x = torch.randn(2, 3, 4, 3, dtype=torch.float64, requires_grad=True)
    gradcheck = {"check_forward_ad": True, "check_batched_grad": True}
    assert torch.autograd.gradcheck(lambda x: wrap(x, radius, (1, 2)), x, **gradcheck)
    assert torch.autograd.gradgradcheck(lambda x: wrap(x, radius, (1, 2)).square(), x)
    batched = torch.func.vmap(lambda x: wrap(x, radius, (0, 1)))(x)
    assert torch.equal(batched, wrap(x, radius, (1, 2)))
