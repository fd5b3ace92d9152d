import itertools

import pytest
import torch

from pyg_symbreak.spins import cut_boundary, exhaustive_ground_states, ising_energy


def test_a_frustrated_square_by_hand():
    # The wrap bonds are missing: one plaquette of four bonds, one of them negative, on a corner of an open 3 × 3
    # lattice with no other bonds. Eight configurations break one bond; the five other sites are free.
    bonds = torch.zeros(2, 3, 3)
    bonds[0, 0, 0], bonds[0, 1, 0], bonds[1, 0, 0], bonds[1, 0, 1] = 1, -1, 1, 1
    states = exhaustive_ground_states(torch.zeros(3, 3), bonds, periodic=False)
    assert (states.energy, states.bound, states.count) == (-2.0, -2.0, 8 * 32)


def test_no_configuration_is_lower():
    field, bonds = torch.randn(3, 3), torch.randn(2, 3, 3)
    states = exhaustive_ground_states(field, bonds)
    every = torch.tensor(list(itertools.product((-1, 1), repeat=9))).view(-1, 1, 3, 3)
    energy = ising_energy(every, field.double()[None], bonds.double()[None])
    assert states.energy == energy.min()
    assert torch.equal(states.all()[0].long(), every[energy.argmin(), 0])


def test_errors():
    with pytest.raises(ValueError, match=r"'exhaustive_ground_states' expected at most 20 sites \(got 25\)"):
        exhaustive_ground_states(torch.zeros(5, 5), torch.ones(2, 5, 5))
    with pytest.raises(ValueError, match="'exhaustive_ground_states' expected periodic boundaries"):
        exhaustive_ground_states(torch.zeros(3, 3), cut_boundary(torch.ones(1, 2, 3, 3))[0])
