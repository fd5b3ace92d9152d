import pytest
import torch

from pyg_symbreak.nn.vector import VectorNorm
from pyg_symbreak.testing import assert_equivariant
from tests.nn.vector.samplers import turns


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_commutes_with_rotations_and_reflections(dim, dtype):
    layer = VectorNorm(3).to(dtype)
    torch.nn.init.normal_(layer.weight)
    assert_equivariant(layer, torch.randn(7, 3, dim, dtype=dtype), sample=turns)


def test_norms_of_coordinates_are_caught():
    x = torch.randn(7, 3, 3)
    for trap in (torch.nn.LayerNorm(3), torch.nn.LayerNorm((3, 3)), torch.nn.BatchNorm1d(3)):
        with pytest.raises(AssertionError, match="is not equivariant"):
            assert_equivariant(trap, x, sample=turns)


def test_the_mean_square_length_is_one_and_directions_stay():
    x = 30 * torch.randn(5, 4, 3)
    out = VectorNorm(4)(x)
    torch.testing.assert_close(out.square().sum((1, 2)) / 4, torch.ones(5))
    torch.testing.assert_close(torch.nn.functional.normalize(out, dim=-1), torch.nn.functional.normalize(x, dim=-1))
    assert torch.equal(VectorNorm(4)(x[2:3]), out[2:3])  # no statistics of the batch


def test_short_vectors_never_grow_with_a_floor_of_one():
    x = 1e-7 * torch.randn(5, 4, 3)
    assert (VectorNorm(4, eps=1.0)(x).norm(dim=-1) <= x.norm(dim=-1) * (1 + 1e-6)).all()


def test_zero_vectors_have_finite_gradients():
    x = torch.zeros(2, 3, 3, requires_grad=True)
    VectorNorm(3)(x).sum().backward()
    assert torch.isfinite(x.grad).all()


def test_reset_repr_and_errors():
    layer = VectorNorm(4)
    torch.nn.init.zeros_(layer.weight)
    layer.reset_parameters()
    assert (layer.weight == 1).all()
    assert repr(layer) == "VectorNorm(4, eps=1e-05)"
    with pytest.raises(ValueError, match=r"'VectorNorm' expected 'channels' to be at least 1 \(got 0\)"):
        VectorNorm(0)
