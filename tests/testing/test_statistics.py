import pytest
import torch

from pyg_symbreak.testing.statistics import chi_square_sf, chi_square_two_sample, chi_square_uniform, ks_two_sample


@pytest.mark.parametrize(
    ("statistic", "degrees", "expected"),
    [(3.841459, 1, 0.05), (18.307038, 10, 0.05), (149.449253, 100, 0.001), (0.0, 3, 1.0), (7.0, 0, 1.0)],
)
def test_chi_square_tail_matches_the_printed_tables(statistic, degrees, expected):
    assert chi_square_sf(statistic, degrees) == pytest.approx(expected, rel=1e-5)


def test_chi_square_sf_rejects_negative_degrees():
    with pytest.raises(ValueError, match=r"'chi_square_sf' expected 'degrees' of at least 0 \(got -1\)"):
        chi_square_sf(1.0, -1)


def test_uniform_p_values_are_uniform_under_the_null():
    counts = torch.stack([torch.bincount(torch.randint(0, 8, (800,)), minlength=8) for _ in range(400)])
    p = torch.tensor([chi_square_uniform(row) for row in counts])
    assert ks_two_sample(p, torch.linspace(0, 1, 4001)) > 1e-4


def test_uniform_sees_a_cell_that_never_occurs():
    assert chi_square_uniform(torch.tensor([100, 100, 100, 0])) < 1e-10
    assert chi_square_uniform(torch.tensor([100])) == 1.0


@pytest.mark.parametrize(("counts", "message"), [([[1, 2]], r"shape \[num_cells\]"), ([1, -2], "negative counts")])
def test_uniform_rejects_bad_counts(counts, message):
    with pytest.raises(ValueError, match=message):
        chi_square_uniform(torch.tensor(counts))


def test_two_sample_chi_square_accepts_one_law_and_rejects_two():
    weights = torch.tensor([0.5, 0.3, 0.15, 0.05])
    a, b = (torch.bincount(torch.multinomial(weights, 4000, True), minlength=4) for _ in range(2))
    c = torch.bincount(torch.multinomial(weights.flip(0), 4000, True), minlength=4)
    assert chi_square_two_sample(a, b) > 1e-4
    assert chi_square_two_sample(a, c) < 1e-10
    assert chi_square_two_sample(a, torch.zeros(4)) == 1.0


def test_two_sample_chi_square_pools_rare_cells():
    rare = torch.ones(1000)
    assert chi_square_two_sample(rare, torch.zeros(1000).index_fill(0, torch.arange(0, 1000, 2), 2.0)) > 1e-4


def test_two_sample_chi_square_rejects_different_lengths():
    with pytest.raises(ValueError, match=r"expected 'second' with 2 cells \(got 3\)"):
        chi_square_two_sample(torch.ones(2), torch.ones(3))


def test_ks_accepts_one_law_and_rejects_two():
    a, b = torch.randn(3000), torch.randn(2000)
    assert ks_two_sample(a, b) > 1e-4
    assert ks_two_sample(a, b + 0.3) < 1e-6
    assert ks_two_sample(a, b * 1.4) < 1e-6


def test_ks_matches_a_known_value():
    # D = 0.5, m = 50: lambda = (sqrt(50) + 0.12 + 0.11 / sqrt(50)) / 2 = 3.6033.
    assert ks_two_sample(torch.arange(100), torch.arange(50, 150)) == pytest.approx(1.0583e-11, rel=1e-2)


def test_ks_rejects_an_empty_sample():
    with pytest.raises(ValueError, match="got an empty sample"):
        ks_two_sample(torch.empty(0), torch.ones(3))
