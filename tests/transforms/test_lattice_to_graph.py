import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.datasets import IsingGroundStates
from pyg_symbreak.spins import cut_boundary, ising_energy
from pyg_symbreak.transforms import LatticeToGraph


def lattices(num, sizes, periodic=True):
    items = []
    for _ in range(num):
        bonds = torch.randn(1, len(sizes), *sizes)
        bonds = bonds if periodic else cut_boundary(bonds)
        field = torch.randn(1, *sizes)
        items.append(Data(field=field, bonds=bonds, periodic=torch.tensor([periodic]), num_nodes=field.numel()))
    return items


@pytest.mark.parametrize("sizes", [(5,), (3, 4), (3, 4, 5)])
@pytest.mark.parametrize("periodic", [True, False])
def test_the_graph_has_the_energy_of_the_lattice(sizes, periodic):
    batch = Batch.from_data_list(lattices(3, sizes, periodic))
    out = LatticeToGraph()(batch)
    assert out.validate()
    spins = torch.randint(2, (3, *sizes)) * 2.0 - 1
    flat = spins.view(-1)
    pairs = out.edge_attr[:, 0] * flat[out.edge_index[0]] * flat[out.edge_index[1]]
    energy = (
        -(out.x[:, 0] * flat).view(3, -1).sum(1)
        - pairs.new_zeros(3).index_add(0, out.batch[out.edge_index[0]], pairs) / 2
    )
    torch.testing.assert_close(energy, ising_energy(spins, batch.field, batch.bonds), rtol=1e-4, atol=1e-4)
    assert not out.has_self_loops()
    assert out.is_undirected()


@pytest.mark.parametrize("periodic", [True, False])
def test_a_batch_is_a_batch_of_graphs(periodic):
    items = lattices(3, (3, 4), periodic)
    one_by_one = Batch.from_data_list([LatticeToGraph()(item) for item in items])
    at_once = LatticeToGraph()(Batch.from_data_list(items))
    for batch in (one_by_one, at_once):
        for item, found in zip(items, batch.to_data_list()):
            want = LatticeToGraph()(item)
            for name in ("x", "edge_index", "edge_attr", "field", "bonds"):
                assert torch.equal(want[name], found[name]), name
    assert torch.equal(one_by_one.edge_index, at_once.edge_index)
    assert torch.equal(one_by_one.edge_attr, at_once.edge_attr)


def test_the_input_stays_as_it_is():
    [item] = lattices(1, (3, 3))
    out = LatticeToGraph()(item)
    assert "x" not in item
    assert set(out.keys()) == {*item.keys(), "x", "edge_index", "edge_attr"}
    assert repr(LatticeToGraph()) == "LatticeToGraph()"


def test_with_a_data_set():
    data = IsingGroundStates(split="test", size=4, num_graphs=2, transform=LatticeToGraph())[0]
    assert (data.x.shape, data.edge_index.shape, data.edge_attr.shape) == ((16, 1), (2, 64), (64, 1))


def test_errors():
    transform = LatticeToGraph()
    [item] = lattices(1, (3, 3))
    with pytest.raises(
        ValueError, match=r"'LatticeToGraph' expected a lattice with 'field' and 'bonds' \(got \['x'\]\)"
    ):
        transform(Data(x=torch.ones(3, 1)))
    item.num_nodes = 8
    with pytest.raises(
        ValueError, match=r"'LatticeToGraph' expected 1 graphs of 9 nodes, one for each site \(got \[8\]\)"
    ):
        transform(item)
    item.num_nodes, item.periodic = 9, torch.tensor([False])
    with pytest.raises(ValueError, match="'LatticeToGraph' expected an open lattice to have no bonds across"):
        transform(item)
    mixed = Batch.from_data_list(lattices(1, (3, 3)) + lattices(1, (3, 3), periodic=False))
    with pytest.raises(
        ValueError, match=r"'LatticeToGraph' expected lattices that are all periodic or all open \(got some"
    ):
        transform(mixed)
    with pytest.raises(ValueError, match="'LatticeToGraph' expected 'bonds' of shape"):
        transform(Data(field=torch.ones(1, 3, 3), bonds=torch.ones(1, 3, 3), num_nodes=9))
