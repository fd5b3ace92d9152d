import pytest
import torch
from torch.nn import functional as F

from pyg_symbreak.nn.lattice.short_norm import short_norm


def arguments(parts=3, channels=4, dtype=torch.float64):
    x = 5 + torch.randn(2, 3, parts, channels, dtype=dtype)
    weight, bias = torch.randn(2, channels, dtype=dtype)
    return [value.clone().requires_grad_() for value in (x, weight, bias)]


@pytest.mark.parametrize(("parts", "channels"), [(1, 2), (3, 4), (8, 7)])
def test_it_is_layer_norm(parts, channels):
    given = arguments(parts, channels)
    x, weight, bias = given
    expected = F.layer_norm(x, (channels,), weight, bias, 1e-3)
    torch.testing.assert_close(short_norm(*given, 1e-3), expected, atol=1e-12, rtol=0)
    way = torch.randn_like(expected)
    wanted = torch.autograd.grad(expected, given, way)
    for found, want in zip(torch.autograd.grad(short_norm(*given, 1e-3), given, way), wanted):
        torch.testing.assert_close(found, want, atol=1e-11, rtol=0)


def test_single_precision_far_from_zero():
    x, weight, bias = arguments(8, 4, torch.float32)
    far = x.detach() + 1000
    expected = F.layer_norm(far.double(), (4,), weight.double(), bias.double(), 1e-5)
    torch.testing.assert_close(short_norm(far, weight, bias, 1e-5).double(), expected, atol=1e-3, rtol=0)


def test_second_derivatives_are_refused():
    x, weight, bias = arguments()
    (first,) = torch.autograd.grad(short_norm(x, weight, bias, 1e-3).pow(3).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.square().sum().backward()
