import numpy as np
import pytest

from pyg_symbreak.spins.exact.dyadic import common_unit


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ([1.0, -1.0, 0.0], 0),
        ([12.0, 8.0], 2),
        ([0.75, -3.0], -2),
        ([0.0, 0.0], 0),
        ([], 0),
        ([2.0**40, 2.0**-18], -18),
        ([2.0**40, 2.0**-19], None),  # 2^59 units and one more
        ([1.0, 1e-300], None),
        ([1e300, 1.0], None),
        ([5e-324], -1074),
    ],
)
def test_units(values, unit):
    assert common_unit(np.array(values)) == unit


def test_single_precision_fits():
    values = np.random.default_rng(0).uniform(-3, 3, 3 * 64).astype(np.float32).astype(np.float64)
    unit = common_unit(values)
    assert unit is not None
    whole = np.ldexp(values, -unit)
    assert (whole == np.round(whole)).all()
    assert (whole % 2 != 0).any()  # there is no larger unit
    assert np.abs(whole).sum() < 2**59
