import pytest
import torch

from pyg_symbreak.spins import annealing, cut_boundary, ising_energy, local_fields
from pyg_symbreak.spins.annealing import _Colored, greedy_descent, simulated_annealing
from pyg_symbreak.spins.exact import transfer_ground_states
from pyg_symbreak.testing.statistics import chi_square_sf
from tests.spins.exact.brute import all_states, random_lattice


def batch(num, sizes, law="pm", strength=0.0, periodic=True, dtype=torch.float32):
    lattices = [random_lattice(seed, sizes, law, strength, periodic, dtype) for seed in range(num)]
    return tuple(torch.stack(parts) for parts in zip(*lattices))


@pytest.mark.parametrize("law", ["pm", "gaussian"])
@pytest.mark.parametrize("sizes", [(6, 6), (5, 4), (7, 3), (3, 3)])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_ground_states_are_found(law, sizes, periodic, dtype):
    field, bonds = batch(4, sizes, law, 0.5, periodic, dtype)
    rng = torch.Generator().manual_seed(0)
    spins, energy = simulated_annealing(field, bonds, 200, 60, periodic=periodic, generator=rng)
    assert spins.shape == field.shape
    assert spins.dtype == torch.int8
    torch.testing.assert_close(energy, ising_energy(spins, field.double(), bonds.double()))
    exact = [transfer_ground_states(f, b, periodic).energy for f, b in zip(field, bonds)]
    assert energy.tolist() == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("sizes", [(4, 4, 4), (3, 4, 5), (12,), (7,)])
def test_other_dimensions(sizes):
    field, bonds = batch(3, sizes, "ferro")
    _, energy = simulated_annealing(field, bonds, 200, 10, generator=torch.Generator().manual_seed(0))
    assert energy.tolist() == (-bonds.flatten(1).sum(1)).tolist()


@pytest.mark.parametrize("sizes", [(3, 3), (4, 3)])
@pytest.mark.parametrize(("law", "periodic"), [("gaussian", True), ("gaussian", False), ("pm", True)])
def test_law_at_a_fixed_temperature(sizes, law, periodic):
    # Without a change of temperature, sweeps sample the Boltzmann law of each lattice; both share random numbers.
    field, bonds = batch(70, sizes, law, 0.5 * (law == "gaussian"), periodic)
    field, bonds = field[[0, 69]], bonds[[0, 69]]
    temperature, replicas, rng = 2.0, 40_000, torch.Generator().manual_seed(1)
    lattices = _Colored(field, bonds, replicas)
    state = lattices.random(rng)
    for _ in range(60):
        lattices.sweep(state, temperature, rng)
    bits = (lattices.to_grid(state).flatten(2) < 0).long()
    numbers = (bits << torch.arange(bits.size(2))).sum(2)
    energy = ising_energy(all_states(sizes).unsqueeze(1), field.double(), bonds.double())
    for i in range(2):
        seen = numbers[:, i].bincount(minlength=len(energy)).double()
        want = replicas * torch.softmax(-energy[:, i] / temperature, 0)
        common = want > 5
        seen, want = (torch.cat([part[common], part[~common].sum().view(1)]) for part in (seen, want))
        assert chi_square_sf(float(((seen - want) ** 2 / want).sum()), len(want) - 1) > 1e-5


def test_descent_ends_in_local_minima():
    field, bonds = batch(5, (7, 6), "gaussian", 0.3, dtype=torch.float64)
    start = torch.randint(2, (3, 5, 7, 6), generator=torch.Generator().manual_seed(0)) * 2 - 1
    end = greedy_descent(start, field, bonds)
    assert end.dtype == start.dtype
    assert (end * local_fields(end, field, bonds) >= 0).all()
    assert (ising_energy(end, field, bonds) <= ising_energy(start, field, bonds)).all()
    assert torch.equal(greedy_descent(start[1], field, bonds), end[1])
    assert torch.equal(greedy_descent(end, field, bonds), end)


def test_slower_is_better_and_the_seed_decides():
    field, bonds = batch(10, (16, 16))
    runs = [simulated_annealing(field, bonds, k, 2, generator=torch.Generator().manual_seed(0)) for k in (0, 10, 200)]
    means = [energy.mean() for _, energy in runs]
    assert means[0] > means[1] > means[2]
    again = simulated_annealing(field, bonds, 10, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(again[0], runs[1][0])
    geometric = simulated_annealing(field, bonds, 200, 2, schedule="geometric", t_min=0.2)[1]
    assert geometric.mean() < means[1]


def test_batches_larger_than_a_chunk_and_empty_ones(monkeypatch):
    monkeypatch.setattr(annealing, "_CHUNK", 100)
    field, bonds = batch(7, (4, 4), "gaussian")
    spins, energy = simulated_annealing(field, bonds, 100, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(energy, ising_energy(spins, field.double(), bonds.double()))
    spins, energy = simulated_annealing(field[:0], bonds[:0], 5)
    assert spins.shape == (0, 4, 4)
    assert energy.shape == (0,)


def test_bad_input_is_refused():
    field, bonds = batch(2, (4, 4))
    for options, message in [
        ({"num_sweeps": -1}, "a number of sweeps"),
        ({"num_replicas": 0}, "at least one replica"),
        ({"t_min": 0.0}, "t_max >= t_min > 0"),
        ({"t_min": 4.0}, "t_max >= t_min > 0"),
        ({"schedule": "log"}, "'linear' or 'geometric' \\(got 'log'\\)"),
        ({"periodic": False}, "no bonds across its boundary"),
    ]:
        with pytest.raises(ValueError, match=message):
            simulated_annealing(field, bonds, **options)
    with pytest.raises(ValueError, match="expected periodic boundaries"):
        simulated_annealing(field, cut_boundary(bonds))
    with pytest.raises(ValueError, match=r"'greedy_descent' expected spins of shape \(2, 4, 4\)"):
        greedy_descent(torch.ones(3, 4, 4), field, bonds)
