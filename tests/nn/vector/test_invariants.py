import pytest
import torch

from pyg_symbreak.nn.vector import VectorInvariants
from pyg_symbreak.testing import assert_equivariant
from tests.nn.vector.samplers import turns


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_does_not_change_under_rotations_and_reflections(dim, dtype):
    layer = VectorInvariants(3, 6).to(dtype)
    assert_equivariant(layer, torch.randn(7, 3, dim, dtype=dtype), sample=turns, output="graph")


def test_coordinates_are_no_invariants():
    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(lambda x: x.flatten(1), torch.randn(7, 3, 3), sample=turns, output="graph")


def test_spans_the_gram_matrix():
    layer = VectorInvariants(3, 6).double()
    x = torch.randn(50, 3, 4, dtype=torch.float64)
    upper = torch.triu_indices(3, 3)
    gram = (x @ x.mT)[:, upper[0], upper[1]]
    solution = torch.linalg.lstsq(layer(x), gram).solution
    torch.testing.assert_close(layer(x) @ solution, gram)


def test_reset():
    layer = VectorInvariants(3, 6)
    before = layer.frame.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.frame.weight)
