import pytest
import torch

from pyg_symbreak.nn.vector import VectorDropout
from pyg_symbreak.testing import assert_equivariant, assert_equivariant_in_law
from tests.nn.vector.samplers import turns


def test_drops_whole_vectors_and_scales_the_others():
    out = VectorDropout(0.25)(torch.ones(4000, 3, 3))
    assert set(out.unique().tolist()) == {0.0, float(torch.tensor(1.0) / 0.75)}
    assert (out == out[..., :1]).all()
    share = (out[..., 0] == 0).double().mean()
    assert abs(float(share) - 0.25) < 5 * (0.25 * 0.75 / 12000) ** 0.5


def test_commutes_with_rotations_under_one_seed_and_in_law():
    layer = VectorDropout(0.5)
    assert_equivariant(layer, torch.randn(7, 3, 3), sample=turns)
    assert_equivariant_in_law(layer, torch.randn(2, 2, 3), sample=turns)


class ElementWise(torch.nn.Module):
    """A trap: dropout of coordinates, as in a published canonicalizer."""

    def forward(self, x):
        return torch.nn.functional.dropout(x, 0.5, self.training)


def test_element_wise_dropout_of_vectors_is_caught():
    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(ElementWise(), torch.randn(7, 3, 3), sample=turns)
    with pytest.raises(AssertionError, match="is not equivariant in law"):
        assert_equivariant_in_law(ElementWise(), torch.randn(2, 2, 3), sample=turns)


def test_does_nothing_in_evaluation_and_without_probability():
    x = torch.randn(7, 3, 3)
    assert VectorDropout(0.5).eval()(x) is x
    assert VectorDropout(0.0)(x) is x


def test_repr_and_errors():
    assert repr(VectorDropout(0.1)) == "VectorDropout(p=0.1)"
    with pytest.raises(ValueError, match=r"'VectorDropout' expected 'p' in \[0, 1\) \(got 1\)"):
        VectorDropout(1)
