import math

import pytest
import torch

from pyg_symbreak.metrics.spins import distinct_states, ground_state_law, relative_gap, solved
from pyg_symbreak.testing import chi_square_uniform

STRIPES = torch.tensor([1, -1]).repeat(2).expand(4, 4)
NEEL = STRIPES * STRIPES.t()


def test_relative_gap():
    ground = torch.tensor([-4.0, -2.0, 0.0])
    gap = relative_gap(torch.tensor([[-4.0, -2.0, 0.0], [-3.0, 2.0, 0.5]]), ground)
    assert gap.dtype == torch.float64
    assert gap.tolist() == [[0, 0, 0], [0.25, 2, 0.5]]
    assert relative_gap(ground, ground).tolist() == [0, 0, 0]


def test_solved_takes_the_best_of_several():
    ground = torch.tensor([-4.0, -2.0, -1.0])
    energy = torch.tensor([[-4.0, -1.0, -1 + 1e-6], [-3.0, -1.9, 0.0]])
    assert (solved(energy, ground).numerator, solved(energy, ground).denominator) == (2, 3)
    assert solved(energy[0], ground).numerator == 2
    assert solved(energy[1], ground).numerator == 0
    assert solved(energy, ground, tolerance=0.06).numerator == 3


def test_distinct_states():
    assert distinct_states(torch.stack([STRIPES, -STRIPES, STRIPES, NEEL])) == 3
    assert distinct_states(torch.empty(0, 4, 4)) == 0


@pytest.mark.parametrize("dtype", [torch.int8, torch.float32, torch.float64])
def test_law_of_uniform_samples(dtype):
    states = torch.stack([STRIPES, -STRIPES, STRIPES.t(), -STRIPES.t()])
    samples = states[torch.randint(4, (400,))].to(dtype)
    law = ground_state_law(samples, states)
    assert law.counts.sum() == law.exact.numerator == law.exact.denominator == 400
    assert law.found.numerator == law.found.denominator == 4
    assert law.uniform
    assert abs(law.p_value - chi_square_uniform(law.counts)) < 1e-12
    assert law.counts.tolist() == [int((samples == state.to(dtype)).all((1, 2)).sum()) for state in states]


def test_law_rejects_what_it_must():
    states = torch.stack([NEEL, -NEEL])
    first = ground_state_law(NEEL.expand(50, 4, 4), states)  # a model that always picks the first
    assert (first.p_value < 1e-10, first.uniform, first.found.numerator) == (True, False, 1)
    unequal = ground_state_law(states[(torch.rand(1000) < 0.6).long()], states)
    assert not unequal.uniform
    flawed = torch.stack([NEEL, -NEEL]).repeat(50, 1, 1)
    flawed[0, 0, 0] *= -1
    wrong = ground_state_law(flawed, states)
    assert (wrong.exact.numerator, wrong.uniform) == (99, False)
    never = ground_state_law(STRIPES.expand(5, 4, 4), states)
    assert math.isnan(never.p_value)
    assert not never.uniform
    assert never.found.numerator == 0


def test_a_single_ground_state_is_uniform():
    up = torch.ones(1, 3, 3)
    assert ground_state_law(up.expand(7, 3, 3), up).uniform
    assert not ground_state_law(-up, up).uniform


def test_errors():
    with pytest.raises(ValueError, match=r"'relative_gap' expected 'energy' \[..., B\] and 'ground' \[B\] \(got \[2\]"):
        relative_gap(torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="'solved' expected at least one configuration"):
        solved(torch.zeros(0, 3), torch.zeros(3))
    with pytest.raises(ValueError, match=r"'ground_state_law' expected 'samples' \[S, \*sizes\]"):
        ground_state_law(torch.ones(2, 3, 3), torch.ones(2, 4, 4))
    with pytest.raises(ValueError, match=r"expected samples and ground states \(got 0 and 2\)"):
        ground_state_law(torch.ones(0, 3), torch.ones(2, 3))
    with pytest.raises(ValueError, match="expected every ground state once"):
        ground_state_law(torch.ones(2, 3), torch.ones(2, 3))
