from __future__ import annotations

import itertools

import pytest
import torch

from pyg_symbreak.metrics.two_sample import energy_test, smallest_p_value


def rejections(p, level):
    """The number of rejections in units of its standard deviation under the hypothesis."""
    n = p.numel()
    return float(((p <= level).sum() - n * level) / (n * level * (1 - level)) ** 0.5)


LAWS = {
    "normal": lambda shape: torch.randn(shape),
    "heavy tails": lambda shape: torch.randn(shape) / torch.rand(shape),
    "scales": lambda shape: torch.randn(shape) * 10.0 ** torch.arange(shape[-1]),
    "dependent": lambda shape: torch.randn(*shape[:-1], 1).expand(shape) ** 3,
}


@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
@pytest.mark.parametrize(("num_draws", "channels"), [(6, 1), (16, 5)])
def test_the_level_is_exact(law, num_draws, channels):
    p = energy_test(*(law((2000, num_draws, channels)) for _ in range(2)), num_shuffles=199)
    for level in (0.05, 0.5):
        assert abs(rejections(p, level)) < 4


def test_a_law_of_few_values_is_rejected_no_more_often():
    p = energy_test(*(torch.randint(2, (2000, 10, 2)) for _ in range(2)), num_shuffles=199)
    assert rejections(p, 0.05) < 3
    assert rejections(p, 0.05) > -10


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_other_laws_are_found(dtype):
    x = torch.randn(50, 32, 4, dtype=dtype)
    y = torch.randn(50, 32, 4, dtype=dtype)
    assert (energy_test(x, y + 1.5) <= 0.01).all()
    assert (energy_test(x, y * 4) <= 0.01).all()
    assert (energy_test(x, torch.randn(50, 32, 4, dtype=dtype)) <= 0.01).float().mean() < 0.15


def test_same_correlation_other_sign_is_found():
    """Means and deviations agree, so that a test of means would be blind."""
    x = torch.randn(20, 64, 1)
    y = torch.randn(20, 64, 1)
    p = energy_test(torch.cat([x, x], 2), torch.cat([y, -y], 2))
    assert (p <= 0.01).all()


def test_all_shuffles_agree_with_the_exact_p_value():
    x, y = torch.randn(1, 4, 2), torch.randn(1, 4, 2) + 0.8
    pooled = torch.cat([x, y], 1)[0].double()
    pooled = (pooled - pooled.mean(0)) / (pooled - pooled.mean(0)).square().mean(0).sqrt()
    distance = torch.cdist(pooled, pooled)

    def statistic(half):
        rest = [i for i in range(8) if i not in half]
        between, one, two = distance[half][:, rest], distance[half][:, half], distance[rest][:, rest]
        return float(2 * between.mean() - one.mean() - two.mean())

    every = [statistic(list(half)) for half in itertools.combinations(range(8), 4)]
    exact = sum(value >= every[0] - 1e-9 for value in every) / len(every)
    assert (
        abs(float(energy_test(x, y, num_shuffles=20_000)) - exact) < 4.5 * (exact * (1 - exact) / 20_000) ** 0.5 + 1e-4
    )


def test_rounding_is_no_difference():
    x = torch.randn(5, 1, 3).expand(5, 16, 3)
    noise = 1e-6 * torch.ones(5, 16, 3)
    assert (energy_test(x, x + noise) < 0.01).all()
    assert energy_test(x, x + noise, tolerance=1e-4).eq(1).all()
    assert energy_test(x, x).eq(1).all()
    assert (energy_test(x, x + 0.1, tolerance=1e-4) < 0.01).all()
    assert energy_test(torch.zeros(2, 4, 3), torch.zeros(2, 4, 3), tolerance=1e-4).eq(1).all()


def test_few_values_with_rounding():
    """A law of two values whose copies differ by rounding, differently in both samples."""
    base = torch.randn(400, 1, 3)
    x, y = (torch.where(torch.rand(400, 12, 1) < 0.5, base, -base) + sign * 1e-6 for sign in (1, -1))
    assert rejections(energy_test(x, y, tolerance=1e-4, num_shuffles=199), 0.05) < 3


def test_generator():
    x, y = torch.randn(3, 8, 2), torch.randn(3, 8, 2)
    p = [energy_test(x, y, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(p[0], p[1])
    assert not torch.equal(p[0], p[2])


def test_smallest_p_value():
    x = torch.randn(200, 3, 1)
    assert abs(energy_test(x, x + 100, num_shuffles=99).mean().item() - smallest_p_value(3, 99)) < 0.01
    assert energy_test(torch.zeros(0, 3, 1), torch.zeros(0, 3, 1)).shape == (0,)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 3), r"two tensors of one shape .* \(got \[2, 3\] and \[2, 3\]\)"),
        (torch.zeros(2, 3, 1), torch.zeros(2, 4, 1), r"two tensors of one shape"),
        (torch.zeros(2, 0, 1), torch.zeros(2, 0, 1), r"two tensors of one shape"),
        (torch.full((1, 2, 1), torch.nan), torch.zeros(1, 2, 1), r"finite values \(got NaN or infinity\)"),
    ],
)
def test_errors(first, second, message):
    with pytest.raises(ValueError, match="'energy_test' expected " + message):
        energy_test(first, second)


def test_no_shuffles():
    with pytest.raises(ValueError, match=r"'energy_test' expected 'num_shuffles' of at least 1 \(got 0\)"):
        energy_test(torch.zeros(1, 2, 1), torch.zeros(1, 2, 1), num_shuffles=0)
