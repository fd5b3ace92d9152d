import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.labeling import lattice_ranks, lattice_stabilizer
from pyg_symbreak.labeling.lattice import dense_ranks
from tests.canonicalizers.lattice_cases import CUBIC, GROUPS, P4M, batch_of, every_copy, lattice, named

ALL = [*GROUPS, LatticeGroup.p4m(3), LatticeGroup.p4m(5, spin_flip=True), LatticeGroup.p1(7), LatticeGroup.p4(6)]


def written_out(data, group):
    """The ranks of whole moved copies, compared as rows."""
    return torch.unique(every_copy(data, group), dim=0, return_inverse=True)[1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("group", [*ALL, CUBIC, LatticeGroup.cubic(3, spin_flip=True)], ids=repr)
def test_ranks_are_those_of_whole_copies(group, dtype):
    lattices = list(named(group).values())
    for data in lattices:
        data.field, data.bonds = (2 * data.field).to(dtype), (2 * data.bonds).to(dtype)
    batch = batch_of(*lattices)
    ranks = lattice_ranks(batch, group)
    for row, data in zip(ranks, lattices):
        assert torch.equal(row, written_out(data, group))
    stabilizer = lattice_stabilizer(batch, group)
    for row, data in zip(stabilizer, lattices):
        copies = every_copy(data, group)
        assert torch.equal(row, (copies == copies[0]).all(1))


@pytest.mark.parametrize("sizes", [(3, 3), (3, 4), (5, 4), (7, 3)])
def test_near_symmetries_are_told_apart(sizes):
    # Small values at a few sites: windows agree up to the last doubling of the last axis.
    group = LatticeGroup.p2mm(*sizes, spin_flip=True)
    generator = torch.Generator().manual_seed(0)
    lattices = [lattice((torch.rand(sizes, generator=generator) < 0.15).float(), torch.ones(2)) for _ in range(100)] + [
        lattice(torch.randint(-1, 2, sizes, generator=generator).float(), torch.tensor([1.0, -1.0])) for _ in range(100)
    ]
    ranks = lattice_ranks(batch_of(*lattices), group)
    for row, data in zip(ranks, lattices):
        assert torch.equal(row, written_out(data, group))


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_ranks_move_by_the_regular_representation(group):
    for data in named(group).values():
        h = LatticeSymmetry.random(1, group)
        shape = (1, group.num_parts, *group.sizes)
        moved = lattice_ranks(h.act_data(data), group)
        assert torch.equal(moved, h.act_regular(lattice_ranks(data, group).view(shape)).flatten(1))


@pytest.mark.parametrize("group", [P4M, LatticeGroup.p2mm(3, 5, spin_flip=True)], ids=repr)
def test_the_stabiliser_is_a_group_whose_order_divides(group):
    for data in named(group).values():
        inside = lattice_stabilizer(data, group)[0].nonzero().view(-1)
        assert len(group) % inside.numel() == 0
        for number in inside:
            left = LatticeSymmetry(number.expand(inside.numel()).clone(), group)
            products = left.inverse() @ LatticeSymmetry(inside, group)
            assert torch.isin(products.index, inside).all()


def test_known_stabilisers():
    orders = {name: int(lattice_stabilizer(data, P4M).sum()) for name, data in named(P4M).items()}
    assert orders["uniform"] == orders["field"] == orders["minus zero"] == 8 * 16
    assert orders["stripes"] == 4 * 16  # no quarter turns, no reflections that turn x to y
    assert orders["striped field"] == 4 * 4
    assert orders["staggered"] == 8 * 8
    assert orders["random"] == 1
    grey = LatticeGroup.p4m(4, spin_flip=True)
    orders = {name: int(lattice_stabilizer(data, grey).sum()) for name, data in named(grey).items()}
    assert orders["uniform"] == 2 * 8 * 16
    assert orders["field"] == 8 * 16
    assert orders["staggered"] == 8 * 16  # odd shifts with the spins reversed


def test_one_bit_more_or_less_counts():
    data = named(P4M, torch.float64)["field"]
    assert int(lattice_stabilizer(data, P4M).sum()) == 128
    data.field[0, 1, 2] = torch.nextafter(data.field[0, 1, 2], torch.tensor(1.0, dtype=torch.float64))
    assert int(lattice_stabilizer(data, P4M).sum()) == 8  # the symmetries about that site
    assert int(lattice_stabilizer(data, P4M, decimals=6).sum()) == 128


def test_a_lattice_does_not_see_its_batch():
    lattices = [data for seed in range(3) for data in named(P4M, seed=seed).values()]
    together = lattice_ranks(batch_of(*lattices), P4M)
    alone = torch.cat([lattice_ranks(data, P4M) for data in lattices])
    assert torch.equal(together, alone)
    assert lattice_ranks(Data(field=torch.zeros(0, 4, 4), bonds=torch.zeros(0, 2, 4, 4)), P4M).shape == (0, 128)


def test_other_inputs():
    x = torch.randn(2, 3, 4, 4)
    assert torch.equal(lattice_ranks(x, P4M), lattice_ranks(Data(x=x), P4M, {"x": "dense"}))
    scores = torch.randn(2, 8, 4, 4)
    assert int(lattice_stabilizer(Data(scores=scores), P4M, {"scores": "regular"}).sum()) == 2
    only = named(P4M)["stripes"]
    del only.field
    assert int(lattice_stabilizer(only, P4M).sum()) == 64
    mask = torch.zeros(1, 4, 4, dtype=torch.bool)
    assert int(lattice_stabilizer(Data(mask=mask), P4M, {"mask": "dense"}).sum()) == 128


def test_dense_ranks_of_numbers_too_large_to_carry_their_places():
    small = torch.tensor([[7, 2, 7, 4], [0, 0, 5, 1]])
    huge = small * (1 << 60) // 8
    assert torch.equal(dense_ranks(huge, 1 << 60), dense_ranks(small, 8))
    assert dense_ranks(huge, 1 << 62).tolist() == [[2, 0, 2, 1], [0, 0, 2, 1]]


@pytest.mark.parametrize("limit", [0, 10])
def test_both_ways_to_sort_agree(limit, monkeypatch):
    batch = batch_of(*named(P4M).values())
    expected = lattice_ranks(batch, P4M)
    monkeypatch.setattr("pyg_symbreak.labeling.lattice._packable", lambda length: limit)
    assert torch.equal(lattice_ranks(batch, P4M), expected)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_device():
    for group in (*GROUPS, CUBIC):
        batch = batch_of(*named(group).values())
        assert torch.equal(lattice_ranks(batch.to("cuda"), group).cpu(), lattice_ranks(batch.cpu(), group))


def test_errors():
    data = named(P4M)["random"]
    with pytest.raises(ValueError, match=r"'inputs' expected attributes to compare \(got none, of \['x'\]\)"):
        lattice_ranks(Data(x=torch.zeros(3)), P4M)
    with pytest.raises(ValueError, match=r"'inputs' expected attributes of the data \(got 'spins', which is missing\)"):
        lattice_ranks(data, P4M, {"spins": "spin"})
    with pytest.raises(TypeError, match=r"expected 'field' as a tensor of real numbers \(got torch.complex64\)"):
        lattice_ranks(Data(field=data.field.to(torch.complex64)), P4M)
    with pytest.raises(TypeError, match=r"expected 'field' as a tensor of real numbers \(got list\)"):
        lattice_ranks(Data(field=[1.0]), P4M)
    with pytest.raises(ValueError, match=r"expected 'field' as one of dense, spin, bond, regular \(got 'vector'\)"):
        lattice_ranks(data, P4M, {"field": "vector"})
    with pytest.raises(ValueError, match=r"'inputs' expected 'field' of shape \[B, …, 6, 6\] \(got \[1, 4, 4\]\)"):
        lattice_ranks(data, LatticeGroup.p4m(6))
    for bonds in (torch.zeros(1, 3, 4, 4), torch.zeros(2, 4, 4), torch.zeros(4, 4)):
        with pytest.raises(ValueError, match=r"'inputs' expected 'bonds' of shape \[B, …, 2, 4, 4\] \(got"):
            lattice_ranks(Data(bonds=bonds), P4M)
    with pytest.raises(ValueError, match=r"'inputs' expected 'field' of shape \[B, 8, …, 4, 4\] \(got \[1, 4, 4\]\)"):
        lattice_ranks(data, P4M, {"field": "regular"})
    with pytest.raises(ValueError, match=r"'inputs' expected 1 lattices in 'bonds' \(got 2\)"):
        lattice_ranks(Data(field=data.field, bonds=torch.zeros(2, 2, 4, 4)), P4M)
    with pytest.raises(ValueError, match=r"'inputs' expected 'field' without NaN"):
        lattice_ranks(Data(field=data.field * float("nan")), P4M)
    data.periodic = torch.tensor([False])
    with pytest.raises(ValueError, match=r"'data.periodic' expected periodic boundaries, .* \(got an open lattice\)"):
        lattice_ranks(data, P4M)
