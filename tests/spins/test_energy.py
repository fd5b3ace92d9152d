import itertools

import pytest
import torch

from pyg_symbreak.spins import ising_energy, local_fields
from pyg_symbreak.spins.layout import bonds_to_edges, lattice_edges

SIZES = [(5,), (3, 4), (3, 4, 5)]


def random_lattice(sizes, num=3, dtype=torch.float64):
    d = len(sizes)
    field, bonds = torch.randn(num, *sizes, dtype=dtype), torch.randn(num, d, *sizes, dtype=dtype)
    return field, bonds, torch.randint(2, (num, *sizes)).to(dtype) * 2 - 1


def energy_by_loops(spins, field, bonds):
    """The energy of one lattice from the definition, site by site."""
    total = 0.0
    for site in itertools.product(*map(range, field.shape)):
        total -= float(field[site] * spins[site])
        for a in range(len(site)):
            other = list(site)
            other[-(a + 1)] = (other[-(a + 1)] + 1) % field.shape[-(a + 1)]
            total -= float(bonds[(a, *site)] * spins[site] * spins[tuple(other)])
    return total


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_energy_is_the_sum_over_sites_and_bonds(sizes, dtype):
    field, bonds, spins = random_lattice(sizes, dtype=dtype)
    want = torch.tensor([energy_by_loops(*lattice) for lattice in zip(spins, field, bonds)], dtype=dtype)
    torch.testing.assert_close(ising_energy(spins, field, bonds), want)
    torch.testing.assert_close(ising_energy(spins.to(torch.int8), field, bonds), want)


@pytest.mark.parametrize("sizes", SIZES)
def test_energy_agrees_with_the_graph(sizes):
    field, bonds, spins = random_lattice(sizes)
    (source, target), weight = lattice_edges(sizes), bonds_to_edges(bonds).view(3, -1)
    flat = spins.flatten(1)
    want = -(weight * flat[:, source] * flat[:, target]).sum(1) / 2 - (field.flatten(1) * flat).sum(1)
    torch.testing.assert_close(ising_energy(spins, field, bonds), want)


def test_samples_come_in_leading_dimensions():
    field, bonds, _ = random_lattice((3, 4))
    spins = torch.randint(2, (7, 2, 3, 3, 4)) * 2.0 - 1
    energy = ising_energy(spins, field, bonds)
    assert energy.shape == (7, 2, 3)
    torch.testing.assert_close(energy[4, 1], ising_energy(spins[4, 1], field, bonds))
    assert local_fields(spins, field, bonds).shape == spins.shape


@pytest.mark.parametrize("sizes", SIZES)
def test_the_local_field_is_minus_the_derivative(sizes):
    field, bonds, _ = random_lattice(sizes)
    means = (torch.rand(3, *sizes, dtype=torch.float64) * 2 - 1).requires_grad_()
    ising_energy(means, field, bonds).sum().backward()
    torch.testing.assert_close(local_fields(means, field, bonds).detach(), -means.grad)


def test_reversing_a_spin_costs_twice_its_local_field():
    field, bonds, spins = random_lattice((4, 5))
    other = spins.clone()
    other[:, 3, 0] *= -1
    cost = ising_energy(other, field, bonds) - ising_energy(spins, field, bonds)
    torch.testing.assert_close(cost, 2 * (spins * local_fields(spins, field, bonds))[:, 3, 0])


def test_means_give_the_expected_energy():
    field, bonds, _ = random_lattice((3, 3), num=1)
    means = torch.rand(1, 3, 3, dtype=torch.float64) * 2 - 1
    states = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=9)), dtype=torch.float64).view(-1, 1, 3, 3)
    chance = ((1 + states * means) / 2).flatten(1).prod(1)
    torch.testing.assert_close(
        (chance[:, None] * ising_energy(states, field, bonds)).sum(0), ising_energy(means, field, bonds)
    )


@pytest.mark.parametrize("function", [ising_energy, local_fields])
def test_errors(function):
    field, bonds, spins = random_lattice((3, 4))
    with pytest.raises(ValueError, match=r"expected 'field' \[B, \*sizes\] and 'bonds' \[B, 2, \*sizes\] \(got"):
        function(spins, field, bonds[:, :1])
    with pytest.raises(ValueError, match=r"expected 'spins' of shape \[\.\.\., 3, \*\(3, 4\)\] \(got \(3, 4, 3\)\)"):
        function(spins.transpose(1, 2), field, bonds)
    with pytest.raises(ValueError, match="expected 'spins'"):
        function(spins[:2], field, bonds)
