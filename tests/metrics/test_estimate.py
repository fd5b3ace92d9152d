from __future__ import annotations

import json
import math

import pytest
import torch

from pyg_symbreak.metrics.estimate import Estimate, bootstrap


def mean_of(values):
    return lambda count: float(count.to(values.dtype) @ values) / int(count.sum())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_interval_of_a_mean_is_the_textbook_one(dtype):
    values = torch.randn(400, generator=torch.Generator().manual_seed(1)).to(dtype)
    estimate = bootstrap(mean_of(values), 400, num_draws=2000)
    assert estimate.value == pytest.approx(values.mean().item(), abs=1e-6)
    half = 1.96 * values.std().item() / 20
    # The deviation of 2,000 draws is known to 1.6 %: four of these and a little is allowed.
    assert estimate.high - estimate.value == pytest.approx(half, rel=0.07)
    assert estimate.value - estimate.low == pytest.approx(half, rel=0.07)
    assert (estimate.denominator, estimate.numerator) == (400, None)


def test_draws_are_repeatable_and_leave_the_global_state_alone():
    values = torch.arange(10.0)
    state = torch.get_rng_state()
    first = bootstrap(mean_of(values), 10)
    assert bootstrap(mean_of(values), 10) == first
    assert torch.equal(state, torch.get_rng_state())
    generator = torch.Generator().manual_seed(5)
    assert bootstrap(mean_of(values), 10, generator=generator) != first
    assert not torch.equal(generator.get_state(), torch.Generator().manual_seed(5).get_state())


def test_bounds_cut_the_interval():
    values = torch.tensor([0.0, 0.0, 0.0, 1.0])
    estimate = bootstrap(mean_of(values), 4, bounds=(0.0, 1.0))
    assert estimate.low == 0.0
    assert estimate.high < 1.0


def test_too_few_samples_have_no_interval():
    nothing = bootstrap(mean_of(torch.zeros(0)), 0)
    assert math.isnan(nothing.value)
    assert nothing.denominator == 0
    one = bootstrap(mean_of(torch.ones(1)), 1)
    assert one.value == 1.0
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    assert math.isnan(bootstrap(mean_of(torch.ones(5)), 5, num_draws=0).low)


def test_json_has_no_nan():
    text = json.dumps(Estimate(math.nan).to_dict(), allow_nan=False)
    assert json.loads(text) == {"numerator": None, "denominator": 0, "value": None, "low": None, "high": None}
    assert Estimate(1.0, 0.5, 1.5, 3).to_dict()["low"] == 0.5


def test_negative_number_of_draws():
    with pytest.raises(ValueError, match=r"'bootstrap' expected 'num_draws' of at least 0 \(got -1\)"):
        bootstrap(mean_of(torch.ones(3)), 3, num_draws=-1)
