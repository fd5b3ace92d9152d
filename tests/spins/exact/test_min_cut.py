import pytest
import torch

from pyg_symbreak.spins import ising_energy
from pyg_symbreak.spins.exact import max_flow as flows
from pyg_symbreak.spins.exact.min_cut import min_cut_ground_states
from pyg_symbreak.testing.statistics import chi_square_uniform
from tests.spins.exact.brute import CASES, brute_force, gauged, random_lattice, state_set


@pytest.mark.parametrize(("sizes", "periodic"), [*CASES, ((4, 4), True), ((10,), True)])
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.5])
def test_against_all_states(sizes, periodic, strength):
    for seed in range(4):
        field, bonds = random_lattice(seed, sizes, "ferro", strength, periodic, torch.float32)
        if seed % 2:
            field = strength * field.sign()  # many ground states
        else:
            bonds = bonds * torch.rand(bonds.shape, generator=torch.Generator().manual_seed(seed))
        field, bonds, _ = gauged(seed, field, bonds)
        states = min_cut_ground_states(field, bonds, periodic)
        energy, want = brute_force(field, bonds)
        assert states.energy == states.bound == pytest.approx(energy, abs=1e-9)
        assert states.count == len(want)
        assert states.is_unique == (len(want) == 1)
        assert state_set(states.all()) == state_set(want)
        assert state_set(states.sample(3)) <= state_set(want)


def test_draws_are_uniform():
    field, bonds = torch.zeros(6, 6), torch.ones(2, 6, 6)
    field[::3] = 100
    field[1, 1] = field[1, 3] = field[4, 2] = -4
    states = min_cut_ground_states(field, bonds)
    known = states.all().flatten(1)
    assert len(known) == states.count > 5
    draws = states.sample(3000, torch.Generator().manual_seed(0)).flatten(1)
    counts = (draws.unsqueeze(1) == known).all(-1).sum(0)
    assert int(counts.sum()) == 3000
    assert chi_square_uniform(counts) > 1e-4


@pytest.mark.parametrize("sizes", [(32, 32), (9, 10, 11)])
def test_large_lattices(sizes):
    field, bonds = random_lattice(0, sizes, "ferro", 1.0, dtype=torch.float32)
    states = min_cut_ground_states(field, bonds)
    spins = states.sample()
    energy = ising_energy(spins.double(), field.unsqueeze(0).double(), bonds.unsqueeze(0).double())
    assert states.energy == states.bound == pytest.approx(float(energy), rel=1e-12)
    assert states.is_unique
    assert float(energy) < -bonds.sum()


def test_rounded_numbers_are_told():
    field, bonds = random_lattice(0, (4, 4), "ferro", 1.0)
    field = field * 10.0 ** torch.arange(-8, 8).view(4, 4)
    states = min_cut_ground_states(field, bonds)
    energy, want = brute_force(field, bonds)
    assert states.count is None
    assert states.bound < states.energy == pytest.approx(energy)
    assert states.energy - states.bound < 1e-8
    assert state_set(states.sample(5)) == state_set(want)


def test_uncounted_states_are_still_ground_states():
    field, bonds = random_lattice(1, (12, 12), "ferro", 1.0)
    states = min_cut_ground_states(2 * field.sign(), bonds, budget=1)
    assert states.count is None
    spins = states.sample(20, torch.Generator().manual_seed(0))
    assert len(state_set(spins)) == 2
    assert (ising_energy(spins.unsqueeze(1), 2 * field.sign().unsqueeze(0), bonds.unsqueeze(0)) == states.energy).all()


def test_frustration_is_refused():
    field, bonds = random_lattice(0, (4, 4), "ferro")
    bonds[0, 1, 2] = -1
    with pytest.raises(ValueError, match="without frustration"):
        min_cut_ground_states(field, bonds)
    assert min_cut_ground_states(field, bonds * (bonds > 0)).energy == -31


def test_a_flow_that_is_not_maximal_is_noticed(monkeypatch):
    field, bonds = random_lattice(0, (4, 4), "ferro", 1.0)
    monkeypatch.setattr(flows, "_augmented", lambda flow, limit: (flow.pair, flow.outer))
    with pytest.raises(ArithmeticError, match="can be augmented"):
        min_cut_ground_states(field, bonds)
