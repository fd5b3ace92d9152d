import pytest
import torch

from pyg_symbreak.nn.vector import VectorLeakyReLU
from pyg_symbreak.testing import assert_equivariant
from tests.nn.vector.samplers import turns


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_commutes_with_rotations_and_reflections(dim, share, dtype):
    layer = VectorLeakyReLU(3, share=share).to(dtype)
    assert_equivariant(layer, torch.randn(7, 3, dim, dtype=dtype), sample=turns)


def test_weakens_what_points_against_the_direction():
    layer = VectorLeakyReLU(2, negative_slope=0.25, share=True, eps=0.0)
    with torch.no_grad():
        layer.direction.weight.copy_(torch.tensor([[1.0, 0.0]]))  # the first vector is the direction
    x = torch.tensor([[[2.0, 0.0], [-4.0, 1.0]], [[2.0, 0.0], [4.0, 1.0]]])
    assert layer(x).tolist() == [[[2.0, 0.0], [-1.0, 1.0]], [[2.0, 0.0], [4.0, 1.0]]]


def test_an_activation_of_coordinates_is_caught():
    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(torch.nn.LeakyReLU(), torch.randn(7, 3, 3), sample=turns)


def test_zero_vectors_have_finite_gradients():
    layer = VectorLeakyReLU(3)
    x = torch.zeros(2, 3, 3, requires_grad=True)
    layer(x).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert torch.isfinite(layer.direction.weight.grad).all()


def test_gradient():
    layer = VectorLeakyReLU(3).double()
    torch.autograd.gradcheck(layer, torch.randn(4, 3, 2, dtype=torch.float64, requires_grad=True))


def test_reset_and_repr():
    layer = VectorLeakyReLU(4)
    before = layer.direction.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.direction.weight)
    assert "negative_slope=0.2" in repr(layer)
