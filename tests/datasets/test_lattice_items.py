import math

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import lattice_items
from pyg_symbreak.spins import ListedStates, cut_boundary, ising_energy, transfer_ground_states, uniform_ground_states


def test_a_batch_has_one_row_for_each_lattice():
    field, bonds = torch.randn(3, 4, 5), torch.randn(3, 2, 4, 5)
    states = [transfer_ground_states(*lattice) for lattice in zip(field, bonds)]
    items = lattice_items(field, bonds, states, parameters=torch.arange(6.0).view(3, 2))
    batch = Batch.from_data_list(items)
    assert torch.equal(batch.field, field)
    assert torch.equal(batch.bonds, bonds)
    assert (batch.spins.shape, batch.spins.dtype) == ((3, 4, 5), torch.int8)
    assert torch.equal(batch.parameters, torch.arange(6.0).view(3, 2))
    assert batch.energy.dtype == batch.degeneracy.dtype == torch.float64
    assert batch.energy.tolist() == [state.energy for state in states]
    assert batch.degeneracy.tolist() == [1, 1, 1]
    assert batch.periodic.tolist() == [True] * 3
    assert batch.num_nodes == 60
    torch.testing.assert_close(ising_energy(batch.spins, field.double(), bonds.double()), batch.energy)


def test_open_lattices_and_numbers_of_states():
    field, bonds = torch.zeros(1, 3, 3), cut_boundary(torch.ones(1, 2, 3, 3))
    [item] = lattice_items(field, bonds, [transfer_ground_states(field[0], bonds[0], False)], periodic=False)
    assert (item.energy.item(), item.degeneracy.item(), item.periodic.item()) == (-12, 2, False)
    assert "parameters" not in item
    up = torch.ones(1, 3, 3, dtype=torch.int8)
    some = ListedStates((3, 3), -18.0, -18.0, None, up)
    [item] = lattice_items(field, torch.ones(1, 2, 3, 3), [some])
    assert math.isnan(item.degeneracy.item())
    free = uniform_ground_states((40, 40), (0.0, 0.0))
    [item] = lattice_items(torch.zeros(1, 40, 40), torch.zeros(1, 2, 40, 40), [free])
    assert item.degeneracy.item() == math.inf


def test_items_share_no_memory():
    wide = torch.ones(1).expand(2, 3, 3)
    items = lattice_items(wide, wide[:, None].expand(2, 2, 3, 3), [uniform_ground_states((3, 3), (1.0, 1.0), 1.0)] * 2)
    items[0].field += 1
    assert items[1].field.unique().tolist() == [1]


def test_errors():
    field, bonds = torch.zeros(2, 3, 3), torch.ones(2, 2, 3, 3)
    states = [uniform_ground_states((3, 3), (1.0, 1.0))]
    with pytest.raises(ValueError, match=r"'lattice_items' expected ground states of 2 lattices \(got 1\)"):
        lattice_items(field, bonds, states)
    with pytest.raises(ValueError, match="'lattice_items' expected an open lattice"):
        lattice_items(field, bonds, states * 2, periodic=False)
