import math

import pytest
import torch
from torch import nn

from pyg_symbreak.equivariance.probe import check_pointwise, factor_between, line_through, probe_points, refute


def test_the_grid_reaches_where_activations_change():
    points = probe_points()
    assert points.dtype == torch.float64
    sizes = points.abs()
    for low, high in ((0, 1e-5), (1e-5, 1e-2), (0.5, 2), (10, 100), (1e3, 1e5)):
        assert bool(((sizes > low) & (sizes < high) & (points < 0)).any())
    assert torch.equal(points.sort().values, (-points).sort().values)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.where(x.abs() < 1e-3, x, torch.tanh(x)),  # straight where activations are straight
        lambda x: torch.where(x.abs() > 25, 25 * torch.sign(x), x),  # cut where few look
        lambda x: torch.where(x.abs() < 1e-4, x * 2, x),
    ],
)
def test_differences_at_the_edges_are_seen(function):
    assert factor_between(function, 2) is None
    assert refute(function, 2).residual > 0


def test_noise_of_cancelling_functions_is_no_difference():
    cancelling = [nn.functional.tanhshrink, lambda x: (x + 1) ** 2 - (x - 1) ** 2]
    assert factor_between(cancelling[0], -1) == pytest.approx(-1)
    assert factor_between(cancelling[1], 3) == pytest.approx(3)


def test_a_counterexample_is_one():
    found = refute(nn.functional.gelu, -1)
    assert nn.functional.gelu(torch.tensor(-found.x, dtype=torch.float64)).item() == pytest.approx(found.left)
    assert found.residual == abs(found.left - found.right) > 1e-3
    assert refute(torch.relu, 2, 3).residual > 0
    assert refute(torch.relu, 2, 2) is None


def test_lines():
    assert line_through(lambda x: 3 * x) == (3.0, 0.0)
    assert line_through(lambda x: 0 * x - 2) == (0.0, -2.0)
    assert line_through(lambda x: torch.where(x.abs() > 1e5, 0.0, x)) is None


def test_numbers_and_tensors_are_both_fine():
    assert check_pointwise(math.tanh, "tanh")(torch.tensor([0.0, 1.0])).tolist() == pytest.approx([0, math.tanh(1)])
    assert check_pointwise(lambda x: x if x > 0 else 0, "mine")(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
    assert check_pointwise(lambda x: 7.0, "seven")(torch.tensor([[1.0]])).tolist() == [[7.0]]


class Counting:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return x * (1 if self.calls < 3 else 2)


class Remembering:
    def __init__(self):
        self.largest = 0.0

    def __call__(self, x):
        out = torch.clamp(x, max=max(self.largest, 1e7))
        self.largest = max(self.largest, float(x.max()) * 10)
        return out + (self.largest > 2e7)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (Counting(), "without state or chance .*changes from call to call"),
        (Remembering(), "without state or chance .*depends on earlier calls"),
        (lambda x: x + torch.rand_like(x), "changes from call to call"),
        (lambda x: x - x.mean(), "depends on other entries"),
        (lambda x: torch.softmax(x, -1), "depends on other entries"),
        (lambda x: torch.cumsum(x, 0), "depends on other entries"),
        (lambda x: x * torch.arange(x.numel(), dtype=x.dtype).view_as(x), "depends on other entries"),
        (lambda x: torch.cat([x, -x]), "does neither"),
        (lambda x: x[..., :1], "does neither"),
        (lambda: 1, "does neither"),
        (torch.log, "no value at 0"),
        (torch.reciprocal, "no value at 0"),
        (math.sqrt, "no value at -1e-06"),
        (lambda x: x * 1j, "does neither"),
    ],
)
def test_what_is_no_function_of_one_variable_is_refused(function, message):
    with pytest.raises(ValueError, match=r"'multiplier_of' expected .*\(got mine, .*" + message.split(".*")[-1]):
        check_pointwise(function, "mine")
