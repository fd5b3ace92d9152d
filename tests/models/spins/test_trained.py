"""Small models, trained for seconds, sample all ground states of a symmetric input equally often."""

import pytest
import torch

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.groups.copies import repeat_data
from pyg_symbreak.metrics.spins import ground_state_law, relative_gap
from pyg_symbreak.models.spins import GraphSpinModel, SpinModel, free_energy, marginal_log_likelihood
from pyg_symbreak.spins import ising_energy
from pyg_symbreak.transforms import LatticeToGraph
from tests.models.spins.cases import ground_states, uniform_batch

CASES = {"neel": [-1.0, -1.5], "stripe": [1.0, -2.0], "ferromagnet": [2.0, 1.0]}


def systems(count, size, h, seed):
    """Uniform couplings of both signs, none of them near zero."""
    generator = torch.Generator().manual_seed(seed)
    size_of = 0.5 + 2 * torch.rand(count, 2, generator=generator)
    sign = torch.randint(0, 2, (count, 2), generator=generator) * 2 - 1
    return uniform_batch(sign * size_of, h, (size, size), torch.float32)


def targets(batch):
    """One ground state of each system in no field, drawn uniformly; on even lattices the signs of the bonds decide."""
    known, chosen = {}, []
    for field, bonds in zip(batch.field, batch.bonds):
        bonds = bonds if field.size(0) % 2 else bonds.sign()
        key = tuple(bonds[:, 0, 0].tolist())
        states = known[key] = known[key] if key in known else ground_states(field, bonds)
        chosen.append(states[int(torch.randint(len(states), ()))])
    return torch.stack(chosen)


def fit(model, batch, loss, num_steps, rate=1e-2):
    optimizer = torch.optim.Adam(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=num_steps)
    for step in range(num_steps):
        optimizer.zero_grad()
        loss(step / num_steps).mean().backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def by_likelihood(model, batch, num_steps=80):
    spins = targets(batch)
    return fit(model, batch, lambda _: -marginal_log_likelihood(model, batch, spins), num_steps)


def by_energy(model, batch, num_steps=100):
    def cooled(done):
        return free_energy(model(batch), batch.field, batch.bonds, 2.5 * max(0.0, 1 - done / 0.6))

    return fit(model, batch, cooled, num_steps)


def draws(model, case, size, count=300):
    """The likeliest spins of many draws for one input, and all of its ground states."""
    batch = uniform_batch([case], 0.0, (size, size), torch.float32)
    batch = LatticeToGraph()(batch) if isinstance(model, GraphSpinModel) else batch
    with torch.no_grad():
        return model(repeat_data(batch, count)).mode(), ground_states(batch.field[0], batch.bonds[0])


@pytest.mark.parametrize("method", ["sympe-exact", "sympe-energy", "uniform"])
def test_all_ground_states_equally_often(method):
    model = SpinModel(method, LatticeGroup.p4m(4, spin_flip=True), width=6, num_layers=1)
    by_likelihood(model, systems(24, 4, 0.0, seed=0))
    for case in CASES.values():
        spins, states = draws(model, case, 4)
        assert len(states) == 2
        assert ground_state_law(spins, states).uniform
        samples = model.sample(uniform_batch([case], 0.0, dtype=torch.float32), 300)[:, 0]
        assert ground_state_law(samples, states).exact.value > 0.8  # the spins are independent given the draw
    first = spins[(spins == states[0]).flatten(1).all(1)]
    assert not ground_state_law(first[:1].expand(300, 4, 4), states).uniform  # a model that always picks the first


def test_by_energy_alone():
    model = SpinModel("sympe-exact", LatticeGroup.p4m(4, spin_flip=True), width=6, num_layers=1)
    batch = systems(24, 4, 0.0, seed=0)
    batch.bonds = -batch.bonds.abs()
    by_energy(model, batch)
    spins, states = draws(model, CASES["neel"], 4)
    assert ground_state_law(spins, states).uniform


def test_frustration_on_an_odd_lattice():
    model = SpinModel("sympe-exact", LatticeGroup.p4m(3, spin_flip=True), width=6, num_layers=1)
    by_likelihood(model, systems(24, 3, 0.0, seed=1))
    spins, states = draws(model, CASES["stripe"], 3, 600)
    law = ground_state_law(spins, states)
    assert (len(states), law.found.numerator) == (6, 6)
    assert law.uniform


def test_graphs():
    model = GraphSpinModel("sympe-exact", 9, width=16, num_layers=2)
    by_likelihood(model, LatticeToGraph()(systems(16, 3, 0.0, seed=1)))
    spins, states = draws(model, CASES["stripe"], 3, 600)
    assert ground_state_law(spins, states).uniform


def test_without_symmetry_breaking_order_is_out_of_reach():
    model = SpinModel("none", LatticeGroup.p4m(4, spin_flip=True), width=6, num_layers=1)
    batch = systems(8, 4, 0.3, seed=0)
    by_energy(model, batch, 100)
    mean = model(batch).mean
    assert (mean - mean[:, :1, :1]).abs().max() < 1e-4
    exact = torch.stack(
        [ising_energy(ground_states(f, b)[:1], f[None], b[None])[0] for f, b in zip(batch.field, batch.bonds)]
    )
    gap = relative_gap(ising_energy(model(batch).mode(), batch.field, batch.bonds), exact)
    ferromagnets = (batch.bonds[:, :, 0, 0] > 0).all(1)
    assert gap[ferromagnets].max() < 1e-4
    assert gap[~ferromagnets].min() > 0.1
