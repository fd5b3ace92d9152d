import json
import math

import pytest

from pyg_symbreak.metrics.ratio import Ratio


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    # Newcombe, Statistics in Medicine 1998, table I, method 3 (score without continuity correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_interval_published(numerator, denominator, low, high):
    ratio = Ratio(numerator, denominator)
    assert ratio.low == pytest.approx(low, abs=5e-5)
    assert ratio.high == pytest.approx(high, abs=5e-5)


def test_interval_ends():
    assert Ratio(0, 7).low == 0.0
    assert Ratio(7, 7).high == 1.0
    assert Ratio(7, 7).low == pytest.approx(1 - Ratio(0, 7).high)


def test_nothing_counted():
    ratio = Ratio(0, 0)
    assert math.isnan(ratio.value)
    assert (ratio.low, ratio.high) == (0.0, 1.0)


def test_to_dict_is_json():
    out = json.loads(json.dumps(Ratio(3, 4).to_dict()))
    assert (out["numerator"], out["denominator"], out["value"]) == (3, 4, 0.75)
    assert out["low"] < 0.75 < out["high"]


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 3), (4, 3)])
def test_rejects_impossible_counts(numerator, denominator):
    with pytest.raises(ValueError, match="'Ratio' expected 0 <= numerator <= denominator"):
        Ratio(numerator, denominator)
