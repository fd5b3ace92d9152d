import pytest
import torch

from pyg_symbreak.spins import annealing, greedy_descent, ising_energy, local_fields, simulated_annealing
from pyg_symbreak.spins.multispin import MultiSpin
from pyg_symbreak.testing.statistics import chi_square_sf
from tests.spins.exact.brute import all_states, random_lattice


def glasses(num, sizes, strength=1.0, periodic=True):
    return (
        strength * torch.stack([random_lattice(seed, sizes, "pm", periodic=periodic)[1] for seed in range(num)]).float()
    )


@pytest.mark.parametrize("sizes", [(4, 4), (5, 4), (3, 7)])
@pytest.mark.parametrize("num", [1, 63, 64, 130])
def test_layout(sizes, num):
    lattices = MultiSpin(glasses(num, sizes), 3)
    state = lattices.random(torch.Generator().manual_seed(0))
    grid = lattices.to_grid(state)
    assert grid.shape == (3, num, *sizes)
    assert set(grid.unique().tolist()) == {-1, 1}
    assert abs(float(grid.double().mean())) < 4 / grid.numel() ** 0.5
    packed = lattices._pack((grid < 0).flatten(2)[1, :, lattices.order].t())
    back = state.clone()
    back[:, :, 1] = packed
    assert torch.equal(lattices.to_grid(back), grid)


@pytest.mark.parametrize("sizes", [(3, 4), (3, 3)])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_law_at_a_fixed_temperature(sizes, strength):
    bonds, temperature, replicas = glasses(70, sizes, strength), 2.0, 40_000
    lattices, rng = MultiSpin(bonds, replicas), torch.Generator().manual_seed(1)
    state = lattices.random(rng)
    for _ in range(60):
        lattices.sweep(state, temperature, rng)
    for i in (0, 25, 69):  # in two words; on 3 x 3 the last one has states in which no reversal costs anything
        bits = ((state[:, i // 64] >> (i % 64)) & 1)[lattices.order.argsort()]
        numbers = (bits << torch.arange(len(bits)).unsqueeze(1)).sum(0)
        energy = ising_energy(all_states(sizes).unsqueeze(1), torch.zeros(1, *sizes), bonds[i : i + 1]).squeeze(1)
        seen = numbers.bincount(minlength=len(energy)).double()
        want = replicas * torch.softmax(-energy.double() / temperature, 0)
        common = want > 5
        seen, want = (torch.cat([part[common], part[~common].sum().view(1)]) for part in (seen, want))
        cells = want > 0
        statistic = ((seen - want)[cells] ** 2 / want[cells]).sum()
        assert chi_square_sf(float(statistic), int(cells.sum()) - 1) > 1e-5


@pytest.mark.parametrize("sizes", [(6, 6), (5, 7)])
def test_quench_ends_in_local_minima(sizes):
    bonds = glasses(70, sizes)
    field = torch.zeros(70, *sizes)
    lattices = MultiSpin(bonds, 4)
    state = lattices.random(torch.Generator().manual_seed(0))
    start = lattices.to_grid(state)
    lattices.quench(state)
    end = lattices.to_grid(state)
    assert (end * local_fields(end, field, bonds) >= 0).all()
    assert (ising_energy(end, field, bonds) <= ising_energy(start, field, bonds)).all()
    assert torch.equal(greedy_descent(start, field, bonds), end)


def test_annealing_uses_it_and_is_as_good_without(monkeypatch):
    bonds = glasses(70, (8, 8))
    field = torch.zeros(70, 8, 8)
    runs = []
    for suits in (MultiSpin.suits, lambda field, bonds: False):
        monkeypatch.setattr(annealing.MultiSpin, "suits", staticmethod(suits))
        spins, energy = simulated_annealing(field, bonds, 50, 4, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(energy, ising_energy(spins, field.double(), bonds.double()))
        runs.append(energy)
    difference = (runs[0] - runs[1]).double()
    assert (difference != 0).any()
    assert abs(float(difference.mean())) < 4 * float(difference.std()) / 70**0.5


def test_batches_larger_than_a_chunk(monkeypatch):
    monkeypatch.setattr(annealing, "_WORDS", 1)
    bonds = glasses(130, (4, 4))
    spins, energy = simulated_annealing(torch.zeros(130, 4, 4), bonds, 60, 8)
    torch.testing.assert_close(energy, ising_energy(spins, torch.zeros(130, 4, 4).double(), bonds.double()))


def test_what_suits():
    bonds = glasses(2, (4, 4), 0.7)
    field = torch.zeros(2, 4, 4)
    assert MultiSpin.suits(field, bonds)
    assert not MultiSpin.suits(field + 1, bonds)
    assert not MultiSpin.suits(field, 0 * bonds)
    assert not MultiSpin.suits(field[:0], bonds[:0])
    for other in (glasses(2, (4, 4), periodic=False), glasses(2, (3, 3, 4)), torch.randn(2, 2, 4, 4)):
        assert not MultiSpin.suits(field, other)
        with pytest.raises(ValueError, match="'MultiSpin' expected couplings ±J"):
            MultiSpin(other, 1)
