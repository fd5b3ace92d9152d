import itertools

import pytest
import torch

from pyg_symbreak.spins import ising_energy, transfer_ground_states, uniform_ground_states
from pyg_symbreak.testing import chi_square_uniform

VALUES = (-2.0, -1.0, -0.5, 0.0, 1.0)
FIELDS = (0.0, 0.5, 1.0, 2.0, -3.0, 4.0, -6.0, 7.0)


def as_set(states):
    return {tuple(state) for state in states.flatten(1).tolist()}


def lattice(sizes, couplings, field):
    h = torch.full(sizes, field, dtype=torch.float64)
    return h, torch.stack([torch.full_like(h, J) for J in couplings])


@pytest.mark.parametrize("sizes", [(5,), (6,), (3, 3), (3, 4), (4, 3), (4, 4)])
def test_agrees_with_the_transfer_matrix(sizes):
    for *couplings, field in itertools.product(*[VALUES] * len(sizes), FIELDS):
        found, want = (
            uniform_ground_states(sizes, couplings, field),
            transfer_ground_states(*lattice(sizes, couplings, field)),
        )
        case = (sizes, couplings, field)
        assert found.count == want.count, case
        assert found.energy == pytest.approx(want.energy, abs=1e-9), case
        assert found.bound == pytest.approx(found.energy, abs=1e-9), case
        if found.count < 300:
            assert as_set(found.all()) == as_set(want.all()), case
            assert len(found.all()) == found.count, case


@pytest.mark.parametrize("sizes", [(3, 4, 3), (4, 6, 4), (8, 9), (32, 32), (31, 33)])
def test_draws_have_the_energy_that_is_proved(sizes):
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        *couplings, field = (torch.rand(len(sizes) + 1, generator=rng, dtype=torch.float64) * 6 - 3).tolist()
        if any(size % 2 for size in sizes) and sum(J < 0 for J in couplings) > 1:
            couplings = [couplings[0], *map(abs, couplings[1:])]
        states = uniform_ground_states(sizes, couplings, field)
        assert states.bound == pytest.approx(states.energy, rel=1e-12)
        drawn = states.sample(5, rng)
        h, bonds = lattice(sizes, couplings, field)
        torch.testing.assert_close(
            ising_energy(drawn[:, None], h[None], bonds[None]), torch.full((5, 1), states.energy).double()
        )


def test_phases_of_the_paper():
    # J_x = 1: ferromagnetic, striped along y, and aligned with the field where it is strong.
    up = torch.ones(8, 8, dtype=torch.int8)
    rows = (1 - 2 * (torch.arange(8) % 2)).to(torch.int8)[:, None] * up
    assert as_set(uniform_ground_states((8, 8), (1.0, 2.0), 0.5).all()) == as_set(up[None])
    assert as_set(uniform_ground_states((8, 8), (1.0, 2.0), 0.0).all()) == as_set(torch.stack([up, -up]))
    assert as_set(uniform_ground_states((8, 8), (1.0, -2.0), 1.9).all()) == as_set(torch.stack([rows, -rows]))
    assert as_set(uniform_ground_states((8, 8), (1.0, -0.5), 1.1).all()) == as_set(up[None])
    # At the boundary rows must only not be down next to each other: a Lucas number.
    assert uniform_ground_states((8, 8), (1.0, -0.5), 1.0).count == 47


def test_boundaries_of_doubles():
    # 2 (0.1 + 0.2) is not 0.6 in doubles, which must not decide which phase it is.
    assert (
        uniform_ground_states((4, 4), (-0.1, -0.2), 0.6).count == uniform_ground_states((4, 4), (-1.0, -2.0), 6.0).count
    )
    assert uniform_ground_states((4, 4), (-0.1, -0.2), 0.6 + 1e-9).count == 1
    assert uniform_ground_states((4, 4), (-0.1, -0.2), 0.6 - 1e-9).count == 2


@pytest.mark.parametrize(
    ("sizes", "couplings", "field"),
    [
        ((4, 4), (-1.0, 1.0), 0.0),  # two
        ((4, 5), (-1.0, -1.0), 0.0),  # a defect in any of five places, and its reverse
        ((5, 4), (1.0, -1.0), 0.5),  # the same one way only
        ((3, 4), (1.0, 0.0), 0.0),  # free layers
        ((3, 4), (-1.0, 0.0), 2.0),  # free layers at the boundary of two phases
        ((3, 3), (-1.0, -1.0), 0.0),  # frustrated in two directions
    ],
)
def test_draws_are_uniform(sizes, couplings, field):
    states = uniform_ground_states(sizes, couplings, field)
    code = 2 ** torch.arange(sizes[0] * sizes[1])
    every = ((states.all().flatten(1) > 0) * code).sum(1).sort().values
    drawn = states.sample(50 * states.count, torch.Generator().manual_seed(0))
    names, counts = ((drawn.flatten(1) > 0) * code).sum(1).unique(return_counts=True)
    assert torch.equal(names, every)
    assert chi_square_uniform(counts) > 1e-4


def test_very_many_ground_states():
    states = uniform_ground_states((64, 64), (0.0, 0.0), 0.0)
    assert states.count == 2**4096
    assert states.energy == states.bound == 0
    assert abs(float(states.sample(2).float().mean())) < 0.06


def test_errors():
    with pytest.raises(
        ValueError, match=r"'uniform_ground_states' expected a coupling for each of the 2 directions \(got 1"
    ):
        uniform_ground_states((4, 4), (1.0,))
    with pytest.raises(
        ValueError, match=r"'uniform_ground_states' expected finite couplings and field \(got \(nan, 1.0\), "
    ):
        uniform_ground_states((4, 4), (float("nan"), 1.0))
    with pytest.raises(ValueError, match=r"'uniform_ground_states' expected sizes of at least 3"):
        uniform_ground_states((4, 2), (1.0, 1.0))
    with pytest.raises(
        ValueError, match=r"'transfer_ground_states' expected .* \(got sizes \(15, 15\), which need 2\^30\)"
    ):
        uniform_ground_states((15, 15), (-1.0, -1.0))
