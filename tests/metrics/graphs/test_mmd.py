import json
import math

import pytest
import torch

from pyg_symbreak.metrics.graphs.kernels import GaussianKernel, euclidean
from pyg_symbreak.metrics.graphs.mmd import MMD, Gram

KERNEL = GaussianKernel(euclidean, 1.0)


def gram(x, y):
    return Gram(KERNEL(x, x), KERNEL(y, y), KERNEL(x, y))


def draw(count, generator, shift=0.0):
    return torch.randn(count, 1, dtype=torch.float64, generator=generator) + shift


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def plain(x, y):
    """Both estimators by loops over pairs, as their definitions read."""
    k = lambda a, b: math.exp(-((float(a) - float(b)) ** 2) / 2)  # noqa: E731
    n, m = len(x), len(y)
    between = sum(k(a, b) for a in x for b in y) / (n * m)
    biased = sum(k(a, b) for a in x for b in x) / n**2 + sum(k(a, b) for a in y for b in y) / m**2 - 2 * between
    inside = [
        sum(k(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if i != j) / (len(z) * (len(z) - 1))
        for z in (x, y)
    ]
    return biased, sum(inside) - 2 * between


def test_estimators_against_loops():
    x, y = draw(6, seeded()), draw(9, seeded(1), 0.5)
    biased, unbiased = plain(x, y)
    assert gram(x, y).biased == pytest.approx(biased, abs=1e-12)
    assert gram(x, y).unbiased == pytest.approx(unbiased, abs=1e-12)


def test_jackknife_against_leaving_out():
    x, y = draw(6, seeded()), draw(9, seeded(1), 0.5)
    left_x = torch.tensor([gram(torch.cat([x[:i], x[i + 1 :]]), y).unbiased for i in range(6)])
    left_y = torch.tensor([gram(x, torch.cat([y[:i], y[i + 1 :]])).unbiased for i in range(9)])
    variance = 5 / 6 * ((left_x - left_x.mean()) ** 2).sum() + 8 / 9 * ((left_y - left_y.mean()) ** 2).sum()
    assert gram(x, y).jackknife_error() == pytest.approx(float(variance) ** 0.5, rel=1e-5)


def population(shift):
    """The squared MMD of two normal laws: normal densities convolved."""
    value = lambda gap: math.exp(-(gap**2) / 6) / math.sqrt(3)  # noqa: E731
    return 2 * value(0) - 2 * value(shift)


def test_unbiased_in_the_mean_and_errors_of_the_right_size():
    generator = seeded()
    grams = [gram(draw(20, generator), draw(25, generator, 1.0)) for _ in range(400)]
    values = torch.tensor([one.unbiased for one in grams], dtype=torch.float64)
    spread = float(values.std())
    assert abs(float(values.mean()) - population(1.0)) < 4 * spread / 20  # fails for 1 seed in 15,000
    errors = torch.tensor([one.jackknife_error() for one in grams])
    assert 0.9 < float(errors.mean()) / spread < 1.2


def test_bootstrap_interval_covers():
    generator = seeded()
    n, m, trials = 30, 30, 200
    bias = (1 / n + 1 / m) * (1 - 1 / math.sqrt(3))
    hits = 0
    for _ in range(trials):
        low, high = gram(draw(n, generator), draw(m, generator, 1.0)).bootstrap_interval(200, generator=generator)
        hits += low <= population(1.0) + bias <= high
    assert hits >= 0.86 * trials  # at 95 % it fails for 1 seed in 10^6


def test_equal_samples_and_far_samples():
    x = draw(10, seeded())
    assert gram(x, x).biased == pytest.approx(0.0, abs=1e-15)
    assert gram(x, x + 100).biased == pytest.approx(2 * float(KERNEL(x, x).mean()))


def test_same_interval_every_time_unless_asked():
    one = gram(draw(10, seeded()), draw(10, seeded(1)))
    assert one.bootstrap_interval() == one.bootstrap_interval()
    assert one.bootstrap_interval() != one.bootstrap_interval(generator=seeded(5))
    narrow, wide = one.bootstrap_interval(coverage=0.5), one.bootstrap_interval(coverage=0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_order_of_the_graphs_does_not_matter():
    x, y = draw(10, seeded()), draw(12, seeded(1))
    one, other = gram(x, y), gram(x.flip(0), y.flip(0))
    assert other.unbiased == pytest.approx(one.unbiased, abs=1e-14)
    assert other.jackknife_error() == pytest.approx(one.jackknife_error())


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (2, 2)])
def test_few_graphs(n, m):
    mmd = MMD.of(gram(draw(n, seeded()), draw(m, seeded(1))))
    assert math.isfinite(mmd.value)
    assert -math.inf < mmd.low <= mmd.high < math.inf
    assert math.isnan(mmd.standard_error)
    assert math.isnan(mmd.unbiased) == (n == 1)
    assert json.loads(json.dumps(mmd.to_dict()))["standard_error"] is None


def test_float32_is_averaged_in_float64():
    x, y = draw(50, seeded()), draw(50, seeded(1))
    assert gram(x.float(), y.float()).biased == pytest.approx(gram(x, y).biased, abs=1e-6)


def test_text():
    assert str(MMD(0.25, 0.125, 0.5, 0.2, 0.1)) == "0.2500 [0.1250, 0.5000]"


@pytest.mark.parametrize("shapes", [((2, 2), (3, 3), (3, 2)), ((2, 3), (3, 3), (2, 3)), ((0, 0), (1, 1), (0, 1))])
def test_bad_blocks(shapes):
    with pytest.raises(ValueError, match=r"'Gram' expected blocks \[n, n\], \[m, m\], \[n, m\] with n, m > 0 \(got"):
        Gram(*(torch.ones(shape) for shape in shapes))


@pytest.mark.parametrize(("draws", "coverage"), [(1, 0.95), (10, 0.0), (10, 1.0)])
def test_bad_bootstrap(draws, coverage):
    with pytest.raises(ValueError, match=r"'bootstrap_interval' expected 'draws' >= 2 and 0 < 'coverage' < 1 \(got"):
        Gram(torch.eye(2), torch.eye(2), torch.zeros(2, 2)).bootstrap_interval(draws, coverage)
