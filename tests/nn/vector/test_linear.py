import pytest
import torch

from pyg_symbreak.nn.vector import VectorLinear
from pyg_symbreak.testing import assert_equivariant
from tests.nn.vector.samplers import turns


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_commutes_with_rotations_and_reflections(dim, dtype):
    layer = VectorLinear(3, 5).to(dtype)
    assert_equivariant(layer, torch.randn(7, 3, dim, dtype=dtype), sample=turns)


def test_mixes_channels_and_not_coordinates():
    layer = VectorLinear(2, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, -2.0]]))
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    assert layer(x).tolist() == [[[1.0, 2.0], [4.0, 6.0], [-6.0, -8.0]]]
    assert torch.equal(layer(x.expand(2, 3, 1, 2, 2))[1, 2, 0], layer(x)[0])


class Biased(torch.nn.Module):
    """A trap: a linear layer on vectors with a bias for each channel, as in a published canonicalizer."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(x.mT).mT


def test_a_biased_linear_layer_on_vectors_is_caught():
    x = torch.randn(7, 3, 3)
    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(Biased(), x, sample=turns)
    unbiased = Biased()
    torch.nn.init.zeros_(unbiased.linear.bias)
    assert_equivariant(unbiased, x, sample=turns)


def test_a_linear_layer_over_coordinates_is_caught():
    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(torch.nn.Linear(3, 3, bias=False), torch.randn(7, 3, 3), sample=turns)


def test_has_no_bias_and_keeps_lengths_on_average():
    layer = VectorLinear(64, 64)
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert not layer(torch.zeros(1, 64, 3)).any()
    ratio = layer(torch.randn(500, 64, 3)).detach().square().mean()
    assert 0.8 < float(ratio) < 1.2


def test_reset_repr_and_errors():
    layer = VectorLinear(2, 5)
    before = layer.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.weight)
    assert repr(layer) == "VectorLinear(2, 5)"
    with pytest.raises(ValueError, match=r"'VectorLinear' expected 'in_channels' to be at least 1 \(got 0\)"):
        VectorLinear(0, 5)
