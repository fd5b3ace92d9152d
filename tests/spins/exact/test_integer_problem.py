import math

import numpy as np
import pytest
import torch

from pyg_symbreak.spins import ising_energy
from pyg_symbreak.spins.exact.integer_problem import integer_problem
from tests.spins.exact.brute import all_states, random_lattice


@pytest.mark.parametrize("law", ["pm", "gaussian", "ferro"])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_energies_are_those_of_the_lattice(law, periodic, dtype):
    field, bonds = random_lattice(1, (3, 4), law, 0.7, periodic, dtype)
    problem = integer_problem(field, bonds, periodic)
    states = all_states((3, 4))[::37]
    want = ising_energy(states.unsqueeze(1), field.double().unsqueeze(0), bonds.double().unsqueeze(0)).squeeze(1)
    got = torch.from_numpy(np.ldexp(problem.energy(states.flatten(1).numpy()).astype(float), problem.unit))
    torch.testing.assert_close(got, want, rtol=0, atol=1e-12)
    below = [problem.energy_below(int(e)) for e in problem.energy(states.flatten(1).numpy())]
    assert all(b <= w + 1e-12 for b, w in zip(below, want.tolist()))
    assert torch.equal(problem.to_spins(states.flatten(1).numpy()), states)
    assert problem.num_sites == 12


def test_rounding_is_told():
    field = torch.tensor([1.0, 1e-12, 0.3], dtype=torch.float64) * math.pi
    problem = integer_problem(field, torch.ones(1, 3, dtype=torch.float64))
    assert 0 < problem.slack < 1e-15
    field[1] = 1e-3
    assert integer_problem(field.float(), torch.ones(1, 3)).slack == 0
    wide = integer_problem(torch.tensor([2.0**100, 0, 0]), torch.full((1, 3), 2.0**-40))
    assert wide.slack >= 3 * 2.0**-40
    assert len(wide.coupling) == 0


@pytest.mark.parametrize(
    ("law", "field", "step"),
    [("pm", 0.0, 4), ("pm", 1.0, 2), ("pm", 2.0, 4), ("ferro", 0.5, 2), ("pm", 0.25, 1)],
)
def test_step_divides_all_differences(law, field, step):
    _, bonds = random_lattice(3, (3, 4), law)
    problem = integer_problem(torch.full((3, 4), field).double(), bonds)
    energies = problem.energy(all_states((3, 4)).flatten(1).numpy())
    assert not ((energies - energies[0]) % problem.step).any()
    assert math.ldexp(problem.step, problem.unit) in (step, step / 2)
    assert integer_problem(torch.zeros(3), torch.zeros(1, 3)).step == 1


def test_bounds_are_rounded_down():
    problem = integer_problem(torch.zeros(3), torch.tensor([[2.0**57 + 2.0**34, 1.0, 1.0]]))
    odd = 2**57 + 1
    assert problem.unit == 0
    assert problem.energy_below(odd) <= odd < math.nextafter(problem.energy_below(odd), math.inf)
    assert problem.energy_below(-odd) < -odd


def test_lattices_are_checked():
    with pytest.raises(ValueError, match="'me' expected an open lattice to have no bonds across its boundary"):
        integer_problem(torch.zeros(3, 3), torch.ones(2, 3, 3), False, "me")
