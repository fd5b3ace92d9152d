import math
import sys

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import load_dataset
from pyg_symbreak.datasets.spin_glass import RandomBondIsing, RandomFieldIsing
from pyg_symbreak.spins import ising_energy, simulated_annealing, transfer_ground_states
from pyg_symbreak.testing.statistics import chi_square_uniform

BOTH = [RandomBondIsing, RandomFieldIsing]


def batch_of(dataset):
    return Batch.from_data_list(list(dataset))


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("distribution", ["pm", "gaussian"])
@pytest.mark.parametrize("periodic", [True, False])
def test_shapes_and_energies(cls, distribution, periodic):
    batch = batch_of(cls(split="test", size=(4, 5), distribution=distribution, periodic=periodic, num_graphs=6))
    assert batch.field.shape == batch.spins.shape == (6, 4, 5)
    assert batch.bonds.shape == (6, 2, 4, 5)
    assert batch.field.dtype == batch.bonds.dtype == torch.float32
    assert batch.spins.dtype == torch.int8
    assert batch.periodic.tolist() == [periodic] * 6
    assert batch.ptr.diff().tolist() == [20] * 6
    assert (batch.bonds[:, 0, :, -1].any() or batch.bonds[:, 1, -1].any()) == periodic
    torch.testing.assert_close(ising_energy(batch.spins, batch.field.double(), batch.bonds.double()), batch.energy)
    for field, bonds, energy, degeneracy in zip(batch.field, batch.bonds, batch.energy, batch.degeneracy):
        states = transfer_ground_states(field, bonds, periodic)
        assert float(energy) == pytest.approx(states.energy, abs=1e-6)
        assert float(degeneracy) == states.count


def test_laws():
    bonds = batch_of(RandomBondIsing(num_graphs=300, exact=False)).bonds
    assert set(bonds.unique().tolist()) == {-1.0, 1.0}
    assert chi_square_uniform((bonds > 0).long().flatten().bincount()) > 1e-4
    normal = batch_of(RandomBondIsing(num_graphs=300, distribution="gaussian", exact=False)).bonds
    assert abs(float(normal.mean())) < 4 / math.sqrt(normal.numel())
    assert abs(float(normal.var()) - 1) < 4 * math.sqrt(2 / normal.numel())
    weak, strong = (batch_of(RandomFieldIsing(num_graphs=20, strength=s, exact=False)) for s in (1.0, 3.0))
    torch.testing.assert_close(3 * weak.field, strong.field)
    assert (strong.bonds == 1).all()
    assert set(batch_of(RandomFieldIsing(num_graphs=9, distribution="pm", strength=2.0)).field.unique().tolist()) == {
        -2.0,
        2.0,
    }
    assert (batch_of(RandomBondIsing(num_graphs=2, field=0.5, size=3)).field == 0.5).all()


def test_symmetric_and_unique_ground_states():
    glass = batch_of(RandomBondIsing(split="val", size=6, num_graphs=30))
    assert (glass.degeneracy % 2 == 0).all()
    assert glass.degeneracy.max() > 20
    assert (batch_of(RandomBondIsing(split="val", size=6, distribution="gaussian", num_graphs=9)).degeneracy == 2).all()
    assert (batch_of(RandomFieldIsing(split="val", size=6, num_graphs=30)).degeneracy == 1).all()
    up = batch_of(RandomBondIsing(split="val", size=6, num_graphs=60)).spins[:, 0, 0] > 0
    assert chi_square_uniform(up.long().bincount(minlength=2)) > 1e-4


def test_large_lattices():
    glass = batch_of(RandomBondIsing(split="test", size=12, num_graphs=2))
    assert glass.degeneracy.isnan().all()
    found = simulated_annealing(glass.field, glass.bonds, 1000, 50, generator=torch.Generator().manual_seed(0))[1]
    assert found.tolist() == glass.energy.tolist()
    assert torch.equal(ising_energy(glass.spins, glass.field.double(), glass.bonds), glass.energy)
    cubic = batch_of(RandomFieldIsing(split="test", size=(8, 8, 8), strength=2.0, num_graphs=2))
    assert cubic.bonds.shape == (2, 3, 8, 8, 8)
    assert (cubic.degeneracy == 1).all()


@pytest.mark.parametrize("cls", BOTH)
def test_without_ground_states(cls, monkeypatch):
    monkeypatch.setattr("pyg_symbreak.datasets.spin_glass.solve", None)
    dataset = cls(size=(16, 16), num_graphs=2, exact=False)
    batch = batch_of(dataset)
    assert batch.energy.isnan().all()
    assert batch.degeneracy.isnan().all()
    assert not batch.spins.any()
    assert "exact=no" in repr(dataset)


def test_streams():
    few, many = (batch_of(RandomBondIsing(num_graphs=k, exact=False)).bonds for k in (3, 9))
    assert torch.equal(few, many[:3])
    other = batch_of(RandomBondIsing(split="val", num_graphs=3, exact=False)).bonds
    assert not torch.equal(few, other)
    closed, opened = (batch_of(RandomBondIsing(size=4, num_graphs=2, periodic=p)) for p in (True, False))
    inside = (slice(None), 0, slice(None), slice(0, 3))
    assert torch.equal(closed.bonds[inside], opened.bonds[inside])


def test_files_and_names(tmp_path):
    names = set()
    for options in ({}, {"field": 1.0}, {"periodic": False}, {"exact": False}, {"distribution": "gaussian"}):
        dataset = RandomBondIsing(tmp_path, "test", size=3, num_graphs=2, **options)
        again = RandomBondIsing(tmp_path, "test", size=3, num_graphs=2, **options)
        assert torch.equal(dataset[1].bonds, again[1].bonds)
        names.add(dataset.processed_file_names)
    assert len(names) == 5
    assert repr(load_dataset("spin-glass", "test", size=3, num_graphs=2)).startswith("RandomBondIsing(2, split=test")
    assert repr(load_dataset("random-field", "test", size=3, num_graphs=2)).startswith("RandomFieldIsing(2, split=test")


def test_small_glasses_need_no_scipy(monkeypatch):
    for name in ("scipy.sparse", "scipy.sparse.csgraph", "scipy.optimize"):
        monkeypatch.setitem(sys.modules, name, None)
    assert RandomBondIsing(size=4, num_graphs=2)[0].degeneracy > 0


def test_bad_input_is_refused():
    for cls in BOTH:
        with pytest.raises(ValueError, match=rf"'{cls.__name__}' expected 'distribution' to be one of pm, gaussian"):
            cls(distribution="uniform")
        with pytest.raises(ValueError, match=rf"'{cls.__name__}' expected sizes of at least 3"):
            cls(size=2)
        with pytest.raises(ValueError, match="'split'"):
            cls(split="dev")
    with pytest.raises(ValueError, match="'strength' to be positive"):
        RandomFieldIsing(strength=0.0)
    with pytest.raises(TimeoutError, match="within 0 seconds"):
        RandomBondIsing(size=12, num_graphs=1, time_limit=0.0)
