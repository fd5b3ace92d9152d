import copy

import pytest
import torch
from torch.nn import functional as F

from pyg_symbreak.nn.lattice import LatticeNorm


def test_equivariant(group, defect, shaken):
    norm = shaken(LatticeNorm(3))
    x = torch.randn(1, group.num_parts, 3, *group.sizes, dtype=torch.float64)
    assert norm(x).shape == x.shape
    assert defect(norm, x, group, "regular") < 1e-10
    assert defect(LatticeNorm(3), x.float(), group, "regular") < 1e-4


@pytest.mark.parametrize(("channels", "parts"), [(2, 1), (5, 4), (7, 9), (7, 10), (8, 4), (12, 2)])
def test_numbers(shaken, channels, parts):
    # Few channels of few parts go another way than the rest.
    norm = shaken(LatticeNorm(channels))
    x = torch.randn(2, parts, channels, 3, 7, dtype=torch.float64)
    expected = F.layer_norm(x.movedim(2, -1), (channels,), norm.weight, norm.bias).movedim(-1, 2)
    torch.testing.assert_close(norm(x), expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(norm.eval()(x), expected, atol=1e-12, rtol=0)
    assert torch.isfinite(norm(torch.zeros_like(x))).all()


def test_parameters(shaken):
    norm = shaken(LatticeNorm(5))
    x = torch.randn(2, 4, 5, 3, dtype=torch.float64)
    norm(x).pow(3).sum().backward()
    assert all(parameter.grad.abs().min() > 0 for parameter in norm.parameters())
    twin = copy.deepcopy(norm)
    assert torch.equal(twin(x), norm(x))
    twin.reset_parameters()
    assert twin.weight.tolist() == [1] * 5
    assert twin.bias.tolist() == [0] * 5
    assert "5, eps=1e-05" in repr(norm)


def test_a_norm_of_whole_maps_is_another_one(group, defect):
    # What the check must reject: a norm of each part over the sites with statistics of fixed channels of the group.
    def wrong(x):
        scale = 1 + torch.arange(group.num_parts, dtype=x.dtype).view(-1, *[1] * (x.dim() - 2))
        return LatticeNorm(3).double()(x) * scale

    x = torch.randn(1, group.num_parts, 3, *group.sizes, dtype=torch.float64)
    assert (defect(wrong, x, group, "regular") > 1e-3) == (group.num_parts > 1)


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"'LatticeNorm' expected at least 2 channels \(got 1\)"):
        LatticeNorm(1)
    for shape in [(2, 8, 4, 5, 5), (2, 8, 3)]:
        with pytest.raises(ValueError, match=r"'LatticeNorm' expected an input of shape \[B, K, 3, …\] \(got"):
            LatticeNorm(3)(torch.zeros(shape))
