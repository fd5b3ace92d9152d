import math

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import IsingGroundStates, coupling_grid, load_dataset
from pyg_symbreak.datasets.ising import COUPLINGS
from pyg_symbreak.spins import ising_energy, order_parameters, transfer_ground_states


def batch_of(dataset):
    return Batch.from_data_list(list(dataset))


@pytest.mark.parametrize("couplings", COUPLINGS)
@pytest.mark.parametrize("size", [4, (6, 8), 5])
def test_energies_are_those_of_the_transfer_matrix(couplings, size):
    dataset = IsingGroundStates(split="test", size=size, couplings=couplings, num_graphs=12)
    batch = batch_of(dataset)
    energy = ising_energy(batch.spins, batch.field.double(), batch.bonds.double())
    torch.testing.assert_close(energy, batch.energy)
    for data in dataset:
        states = transfer_ground_states(data.field[0], data.bonds[0])
        assert data.energy.item() == pytest.approx(states.energy)
        assert data.degeneracy.item() == states.count


@pytest.mark.parametrize("couplings", COUPLINGS)
def test_laws(couplings):
    parameters = torch.cat(
        [data.parameters for data in IsingGroundStates(num_graphs=2000, size=4, couplings=couplings)]
    )
    for values, (low, high) in zip(parameters.T, COUPLINGS[couplings]):
        if low == high:
            assert values.unique().tolist() == [low]
        else:
            assert low <= values.min() <= values.max() <= high
            # The largest gap between the empirical and the true law (Kolmogorov-Smirnov; 2.2 is p < 1e-4).
            gap = (values.sort().values - low) / (high - low) - torch.arange(2000) / 2000
            assert gap.abs().max() < 2.2 / math.sqrt(2000)


def test_shapes_and_values():
    dataset = IsingGroundStates(split="val", size=(6, 4), num_graphs=7)
    batch = batch_of(dataset)
    assert (batch.field.shape, batch.bonds.shape, batch.spins.shape) == ((7, 6, 4), (7, 2, 6, 4), (7, 6, 4))
    assert (batch.field.dtype, batch.bonds.dtype, batch.spins.dtype) == (torch.float32, torch.float32, torch.int8)
    assert batch.num_nodes == 7 * 24
    assert batch.edge_index is None
    for i, (x, y, h) in enumerate(batch.parameters.tolist()):
        assert batch.field[i].unique().tolist() == [h]
        assert batch.bonds[i, 0].unique().tolist() == [x] == [1]
        assert batch.bonds[i, 1].unique().tolist() == [y]
    assert batch.periodic.all()


def test_the_rotated_set_is_the_same_rotated():
    upright, rotated = (batch_of(IsingGroundStates(split="test", couplings=c)) for c in ("paper", "rotated"))
    assert torch.equal(rotated.parameters, upright.parameters[:, [1, 0, 2]])
    assert torch.equal(rotated.bonds, upright.bonds.flip(1).transpose(2, 3))
    assert torch.equal(rotated.degeneracy, upright.degeneracy)
    torch.testing.assert_close(rotated.energy, upright.energy)


def test_all_phases_occur_in_equal_shares():
    batch = batch_of(IsingGroundStates(split="test", couplings="zero-field"))
    orders = torch.stack(list(order_parameters(batch.spins).values()), 1).round().long()
    assert torch.equal(orders.abs().sum(1), torch.ones(500, dtype=torch.long))
    assert (batch.degeneracy == 2).all()
    assert orders.abs().sum(0).min() > 85  # of 125, four phases
    assert orders.sum().abs() < 90  # both signs are drawn


def test_a_grid_of_parameters():
    grid = coupling_grid([1.0], torch.linspace(-3, 3, 5), [0.0, 1.0])
    dataset = IsingGroundStates(couplings=grid, size=4)
    assert len(dataset) == 10
    batch = batch_of(dataset)
    assert torch.equal(batch.parameters, grid)
    assert batch.degeneracy.tolist() == [2, 2, 2, 2, 16, 1, 2, 1, 2, 1]
    cube = IsingGroundStates(couplings=torch.tensor([[1.0, -1.0, -1.0, 0.5]]), size=(4, 4, 4))[0]
    assert cube.bonds.shape == (1, 3, 4, 4, 4)
    assert cube.energy == -3 * 64


def test_large_lattices_and_degenerate_points():
    dataset = IsingGroundStates(couplings=coupling_grid([0.0], [0.0], [0.0]), size=64)
    assert dataset[0].degeneracy == math.inf
    assert len(IsingGroundStates(size=32, couplings="wide", num_graphs=20)) == 20


def test_on_disk(tmp_path):
    dataset = IsingGroundStates(tmp_path, "val", size=(4, 6), num_graphs=3)
    assert repr(dataset) == "IsingGroundStates(3, split=val, size=4x6, couplings=paper, graphs=3, seed=1)"
    again = batch_of(IsingGroundStates(tmp_path, "val", size=(4, 6), num_graphs=3))
    assert torch.equal(again.spins, batch_of(dataset).spins)
    one, other = (IsingGroundStates(couplings=coupling_grid([1.0], [y], [0.0])) for y in (1.0, 2.0))
    assert one.processed_file_names != other.processed_file_names


def test_the_stream_is_its_own():
    first = batch_of(IsingGroundStates(num_graphs=20, couplings="zero-field"))
    torch.manual_seed(77)
    assert torch.equal(batch_of(IsingGroundStates(num_graphs=20, couplings="zero-field")).spins, first.spins)
    other = batch_of(IsingGroundStates(num_graphs=20, couplings="zero-field", seed=9))
    assert not torch.equal(other.parameters, first.parameters)


def test_by_name():
    assert load_dataset("ising", "test", num_graphs=2, size=4)[1].spins.shape == (1, 4, 4)


def test_errors():
    with pytest.raises(ValueError, match=r"expected 'couplings' as a tensor or one of paper, .*, wide \(got 'glass'\)"):
        IsingGroundStates(couplings="glass")
    with pytest.raises(ValueError, match=r"expected 'couplings' of shape \[num_graphs, 3\] \(got \[5, 2\]\)"):
        IsingGroundStates(couplings=torch.ones(5, 2))
    with pytest.raises(ValueError, match=r"expected 'num_graphs' as 5, the number of couplings \(got 4\)"):
        IsingGroundStates(couplings=torch.ones(5, 3), num_graphs=4)
    with pytest.raises(ValueError, match=r"expected two sizes for couplings 'paper' \(got \(4, 4, 4\)\)"):
        IsingGroundStates(size=(4, 4, 4))
    with pytest.raises(ValueError, match=r"'IsingGroundStates' expected sizes of at least 3"):
        IsingGroundStates(size=2)
    with pytest.raises(ValueError, match=r"expected 'split' to be one of train, val, test \(got 'x'\)"):
        IsingGroundStates(split="x")
