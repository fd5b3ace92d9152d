import math

import pytest
import torch

from pyg_symbreak.spins import ising_energy
from pyg_symbreak.spins.exact import planes, transfer_ground_states
from pyg_symbreak.spins.exact.min_cut import min_cut_ground_states
from pyg_symbreak.spins.exact.planes import planes_ground_states
from tests.spins.exact.brute import CASES, brute_force, random_lattice, state_set


@pytest.mark.parametrize(("sizes", "periodic"), [*CASES, ((7,), True)])
@pytest.mark.parametrize(("law", "strength"), [("pm", 0.0), ("pm", 1.0), ("gaussian", 0.0), ("gaussian", 0.6)])
def test_against_all_states(sizes, periodic, law, strength):
    for seed in range(2):
        field, bonds = random_lattice(seed, sizes, law, strength, periodic, torch.float32)
        states = planes_ground_states(field, bonds, periodic)
        energy, want = brute_force(field, bonds)
        assert states.proven
        assert states.energy == pytest.approx(energy, abs=1e-9)
        assert states.bound <= states.energy
        assert states.count is None
        assert state_set(states.sample(20, torch.Generator().manual_seed(0))) <= state_set(want)
        assert len(state_set(states.sample(20, torch.Generator().manual_seed(0)))) == (1 if strength else 2)


@pytest.mark.parametrize("size", [6, 8])
@pytest.mark.parametrize("law", ["pm", "gaussian"])
@pytest.mark.parametrize("periodic", [True, False])
def test_against_the_transfer_matrix(size, law, periodic):
    for seed in range(3):
        field, bonds = random_lattice(seed, (size, size), law, 0.5 * (seed % 2), periodic, torch.float32)
        states = planes_ground_states(field, bonds, periodic)
        assert states.proven
        assert states.energy == pytest.approx(transfer_ground_states(field, bonds, periodic).energy, abs=1e-9)


@pytest.mark.parametrize("sizes", [(10, 10), (4, 4, 4)])
def test_against_minimum_cuts(sizes):
    field, bonds = random_lattice(0, sizes, "ferro", 1.5, True, torch.float32)
    states = planes_ground_states(field, bonds)
    assert states.proven
    assert states.energy == min_cut_ground_states(field, bonds).energy


def test_a_spin_glass_of_side_16():
    field, bonds = random_lattice(0, (16, 16))
    states = planes_ground_states(field, bonds)
    assert states.proven
    assert states.energy == states.bound == -356
    assert float(ising_energy(states.spins.unsqueeze(0), field.unsqueeze(0), bonds.unsqueeze(0))) == -356
    assert states.seconds > 0


@pytest.mark.parametrize("law", ["pm", "gaussian"])
def test_branching_makes_up_for_missing_inequalities(law, monkeypatch):
    short = planes.find_odd_cycles

    def fewer(*args):
        return {cycle: v for cycle, v in short(*args).items() if len(cycle.edges) == 4}

    monkeypatch.setattr(planes, "find_odd_cycles", fewer)
    nodes = []
    for seed in range(4):
        field, bonds = random_lattice(seed, (5, 5), law, 0.0, True, torch.float32)
        states = planes_ground_states(field, bonds)
        assert states.proven
        assert states.energy == pytest.approx(transfer_ground_states(field, bonds).energy, abs=1e-9)
        nodes.append(states.num_nodes)
    assert max(nodes) > 1


def test_no_time_no_proof():
    field, bonds = random_lattice(0, (8, 8), "gaussian")
    states = planes_ground_states(field, bonds, time_limit=0.0)
    assert not states.proven
    assert states.bound < transfer_ground_states(field, bonds).energy <= states.energy
    with pytest.raises(ValueError, match="unknown number"):
        states.all()


def test_a_state_that_is_no_ground_state_is_not_proven(monkeypatch):
    # Neither a bad start nor a program that rounds to nothing better can make up a proof.
    field, bonds = random_lattice(0, (6, 6))
    up = torch.ones(1, 6, 6, dtype=torch.int8)
    monkeypatch.setattr(planes, "simulated_annealing", lambda *args, **kwargs: (up, torch.zeros(1)))
    monkeypatch.setattr(planes._Search, "_improve", lambda self, x: None)
    least = transfer_ground_states(field, bonds).energy
    states = planes_ground_states(field, bonds, time_limit=2.0)
    assert states.energy > least
    assert states.bound <= least
    assert not states.proven


def test_nothing_coupled():
    assert planes_ground_states(torch.zeros(3, 3), torch.zeros(2, 3, 3)).energy == 0
    lonely = planes_ground_states(torch.tensor([1.0, -2.0, 0.5]), torch.zeros(1, 3))
    assert lonely.proven
    assert lonely.energy == -3.5


def test_rounded_numbers_are_allowed_for():
    field, bonds = random_lattice(0, (4, 4), "gaussian", 1.0)
    field = field * 10.0 ** torch.arange(-8, 8).view(4, 4)
    states = planes_ground_states(field, bonds)
    assert states.proven
    assert states.energy == pytest.approx(brute_force(field, bonds)[0])
    assert math.isfinite(states.bound)
    assert states.bound < states.energy
