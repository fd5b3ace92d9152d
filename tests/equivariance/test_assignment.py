import pytest
import torch

from pyg_symbreak.equivariance import Multiplier, permutation, tensor_power
from pyg_symbreak.equivariance.assignment import assign, scaled_copies
from tests.equivariance.zoo import BY_NAME

RELU, TANH, SIGMOID = BY_NAME["relu"], BY_NAME["tanh"], BY_NAME["sigmoid"]


def leaky(slope):
    return Multiplier.homogeneous("leaky", lambda x: torch.where(x > 0, x, slope * x))


def test_one_for_all():
    found = assign(RELU, permutation(3))
    assert found.uniform
    assert found.kinds == (0, 0, 0)
    assert found.name == "relu"
    torch.testing.assert_close(found.apply(torch.tensor([[-1.0, 0.0, 2.0]])), torch.tensor([[0.0, 0.0, 2.0]]))


def test_one_for_every_orbit_and_every_coordinate():
    rho = tensor_power(2, 2)
    x = torch.randn(5, 4, dtype=torch.float64)
    expected = torch.stack([x[:, 0].relu(), x[:, 1].tanh(), x[:, 2].tanh(), x[:, 3].relu()], 1)
    for given in ({0: RELU, 1: TANH}, [RELU, TANH, TANH, RELU], (RELU, TANH, TANH, RELU)):
        found = assign(given, rho)
        assert found.kinds == (0, 1, 1, 0)
        assert found.name == "relu, tanh"
        torch.testing.assert_close(found.apply(x), expected)


def test_one_for_every_channel():
    parts = (leaky(0.1), leaky(0.1), leaky(0.2))
    layer = Multiplier.by_channel("prelu", torch.nn.PReLU(3), parts)
    # Names and classes do not tell slopes apart, values do.
    assert assign(layer, permutation(3)).kinds == (0, 0, 1)
    with pytest.raises(ValueError, match=r"one activation for each of 2 coordinates \(got 3\)"):
        assign(layer, permutation(2))


def test_values_at_zero_and_slopes():
    line = Multiplier.straight("line", lambda x: 2 * x + 1, 2, 1)
    found = assign([SIGMOID, line, BY_NAME["three"]], permutation(3))
    assert found.offsets == (0.5, 1, 3)
    assert [found.slope(j) for j in range(3)] == [None, 2, None]
    assert [found.is_constant(j) for j in range(3)] == [False, False, True]
    assert float(found.centred(0, torch.zeros(1))) == 0


def test_exactness():
    assert assign(RELU, permutation(2)).exact
    assert not assign([RELU, Multiplier.black_box("box", torch.tanh)], permutation(2)).exact


def test_reads_what_the_reader_understands():
    assert assign("relu", permutation(2), BY_NAME.__getitem__).name == "relu"
    with pytest.raises(TypeError, match=r"'admissible' expected a Multiplier \(got str\)"):
        assign("relu", permutation(2))


@pytest.mark.parametrize("given", [{}, {0: RELU}, {0: RELU, 2: RELU}, {0: RELU, 1: RELU, "x": RELU}])
def test_every_orbit_needs_one(given):
    with pytest.raises(ValueError, match="'admissible' expected one activation for every orbit, 0 to 1"):
        assign(given, tensor_power(2, 2))


def test_only_pointwise_functions():
    mixing = Multiplier.not_pointwise("softmax", "mixes entries")
    with pytest.raises(ValueError, match=r"expected a point-wise activation \(got softmax: mixes entries\)"):
        assign([RELU, mixing], permutation(2))


def test_scaled_copies():
    assert scaled_copies(torch.relu, torch.relu, 2.0, 2.0)
    assert not scaled_copies(torch.relu, torch.relu, 2.0, 3.0)
    assert not scaled_copies(torch.relu, torch.relu, -1.0, -1.0)
    assert scaled_copies(torch.exp, torch.exp, 1.0, 1.0)
