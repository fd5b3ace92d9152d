import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry, PointGroup
from pyg_symbreak.testing import chi_square_uniform

EXHAUSTIVE = [
    LatticeGroup.p1(4),
    LatticeGroup.p1(3, 4),
    LatticeGroup.p4(3),
    LatticeGroup.p4m(3),
    LatticeGroup.p4m(3, spin_flip=True),
    LatticeGroup.p2mm(3, 4),
]
LARGE = [LatticeGroup.p4m(8), LatticeGroup.cubic(3), LatticeGroup.cubic(4, spin_flip=True)]


def pairs(group):
    """All pairs of elements, or many random ones of a large group."""
    size = len(group)
    if size <= 150:
        first, second = torch.cartesian_prod(torch.arange(size), torch.arange(size)).t()
    else:
        first, second = torch.randint(size, (2, 300), generator=torch.Generator().manual_seed(0))
    return LatticeSymmetry(first, group), LatticeSymmetry(second, group)


def inputs(group, count, dtype=torch.float32):
    sizes, dim, n = group.sizes, group.dim, group.num_sites
    return {
        "dense": torch.randn(count, 2, *sizes, dtype=dtype),
        "spin": torch.randn(count, *sizes, dtype=dtype),
        "bond": torch.randn(count, dim, *sizes, dtype=dtype),
        "regular": torch.randn(count, group.num_parts, *sizes, dtype=dtype),
        "node": torch.randn(count * n, 2, dtype=dtype),
        "graph": torch.randn(count, 3, dtype=dtype),
    }


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("group", [*EXHAUSTIVE, *LARGE], ids=repr)
def test_every_action_is_a_homomorphism_for_every_pair(group, dtype):
    a, b = pairs(group)
    for kind, x in inputs(group, a.num_graphs).items():
        x = (10 * x).to(dtype)
        assert torch.equal((a @ b).act_as(x, kind), a.act_as(b.act_as(x, kind), kind)), kind
        assert torch.equal(a.inverse().act_as(a.act_as(x, kind), kind), x), kind
        assert torch.equal(a.identity_like().act_as(x, kind), x), kind
    assert not (a @ a.inverse()).index.any()


def test_the_wrong_order_would_be_noticed():
    a, b = pairs(LatticeGroup.p4m(3))
    for kind, x in inputs(a.group, a.num_graphs).items():
        same = torch.equal((b @ a).act_as(x, kind), a.act_as(b.act_as(x, kind), kind))
        assert same == (kind == "graph")


@pytest.mark.parametrize("group", [*EXHAUSTIVE, LatticeGroup.cubic(3)], ids=repr)
def test_elements_move_sites_by_their_matrices_and_translations(group):
    g = LatticeSymmetry.all(1, group)
    sites = torch.arange(group.num_sites).view(1, *group.sizes).expand(len(g.index), *group.sizes)
    moved = g.act_dense(sites).flatten(1)
    coordinates = group.coordinates()
    target = torch.einsum("bij,nj->bni", group.matrices[g.part], coordinates) + coordinates[g.shift].unsqueeze(1)
    at = group.site_number(target)
    assert torch.equal(moved.gather(1, at), sites.flatten(1))
    assert moved.unique(dim=0).size(0) == len(group) // (2 if group.spin_flip else 1)


@pytest.mark.parametrize("group", [*EXHAUSTIVE[1:], LatticeGroup.cubic(3)], ids=repr)
def test_moving_spins_fields_and_bonds_together_leaves_the_energy_alone(group):
    g = LatticeSymmetry.all(1, group)
    count = len(group)
    field, bonds = torch.randn(1, *group.sizes).double(), torch.randn(1, group.dim, *group.sizes).double()
    spins = torch.randn(1, *group.sizes).sign().double()

    def energy(spins, field, bonds):
        total = (spins * field).flatten(1).sum(1)
        for a in range(group.dim):
            total += (bonds[:, a] * spins * spins.roll(-1, dims=-1 - a)).flatten(1).sum(1)
        return -total

    copies = [x.expand(count, *x.shape[1:]) for x in (spins, field, bonds)]
    moved = energy(g.act_spins(copies[0]), g.act_spins(copies[1]), g.act_bonds(copies[2]))
    torch.testing.assert_close(moved, energy(spins, field, bonds).expand(count), rtol=0, atol=1e-12)
    if group.num_parts > 1:  # bonds moved as if they were two fields of sites do not keep it
        wrong = energy(g.act_spins(copies[0]), g.act_spins(copies[1]), g.act_dense(copies[2]))
        assert (wrong - moved).abs().max() > 0.1


def test_turns_look_as_those_of_grids_do():
    group, x = LatticeGroup.p4m(5), torch.randn(1, 5, 5)
    # The centre of an odd grid is a site, about which both turn once it is brought to site 0 and back.
    centre = LatticeSymmetry(torch.tensor([2 * 5 + 2]), group)
    for p in range(8):
        about_centre = centre @ LatticeSymmetry(torch.tensor([p * 25]), group) @ centre.inverse()
        assert torch.equal(
            about_centre.act_dense(x)[0], x[0].flatten()[PointGroup.dihedral(4).grid_sources((5, 5))[p]].view(5, 5)
        )
    quarter = centre @ LatticeSymmetry(torch.tensor([25]), group) @ centre.inverse()
    assert torch.equal(quarter.act_dense(x)[0], torch.rot90(x[0], 1, (0, 1)))


def test_regular_features_move_as_functions_on_the_group():
    group = LatticeGroup.p4m(3, spin_flip=True)
    size = len(group)
    f = torch.randn(1, size)
    every = LatticeSymmetry.all(1, group)
    for g in (1, 40, 100):
        g = LatticeSymmetry(torch.tensor([g]), group)
        moved = g.act_regular(f.view(1, group.num_parts, *group.sizes)).view(size)
        source = (g.inverse().repeat(size) @ every).index
        assert torch.equal(moved, f[0, source])


def test_reversed_spins_keep_their_places():
    group = LatticeGroup.p4m(3, spin_flip=True)
    flip = LatticeSymmetry(torch.tensor([8 * 9]), group)
    x = torch.randn(1, 3, 3)
    assert torch.equal(flip.act_spins(x), -x)
    assert torch.equal(flip.act_dense(x), x)
    assert flip.sign.tolist() == [-1]
    bonds = torch.randn(1, 2, 3, 3)
    assert torch.equal(flip.act_bonds(bonds), bonds)


@pytest.mark.parametrize("group", [LatticeGroup.p4m(3), LatticeGroup.p2mm(3, 4, spin_flip=True)], ids=repr)
def test_random_elements_are_uniform(group):
    drawn = LatticeSymmetry.random(20_000, group, torch.Generator().manual_seed(1)).index
    assert chi_square_uniform(torch.bincount(drawn, minlength=len(group))) > 1e-3


def test_data_is_moved_by_what_its_attributes_hold():
    group = LatticeGroup.p4m(3, spin_flip=True)
    items = [
        Data(field=torch.randn(1, 3, 3), bonds=torch.randn(1, 2, 3, 3), energy=torch.randn(1), num_nodes=9)
        for _ in range(2)
    ]
    batch = Batch.from_data_list(items)
    batch.rank = torch.arange(18)
    g = LatticeSymmetry(torch.tensor([75, 20]), group)
    out = g.act_data(batch)
    assert torch.equal(out.field, g.act_spins(batch.field))
    assert torch.equal(out.bonds, g.act_bonds(batch.bonds))
    assert torch.equal(out.energy, batch.energy)
    assert torch.equal(out.rank, batch.rank)
    assert not torch.equal(out.field, batch.field)
    assert torch.equal(g.act_data(batch, {"rank": "node"}).rank, g.act_nodes(batch.rank))
    with pytest.raises(ValueError, match=r"'LatticeSymmetry.act_data' expected the graphs that it moves"):
        g.act_data(items[0])
    with pytest.raises(ValueError, match=r"expected the attribute 'angle'"):
        g.act_data(batch, {"angle": "dense"})


def test_nodes_move_as_permutations_do():
    g = LatticeSymmetry.random(5, LatticeGroup.p4m(4), torch.Generator().manual_seed(0))
    x = torch.randn(80, 3)
    assert torch.equal(g.act_nodes(x), g.to_permutation().act(x))
    assert torch.equal(g.act_nodes(x[:, 0]), g.act_dense(x[:, 0].view(5, 4, 4)).flatten())


def test_copies_and_devices():
    group = LatticeGroup.p1(4)
    g = LatticeSymmetry(torch.tensor([1, 3]), group)
    assert g.repeat(2).index.tolist() == [1, 3, 1, 3]
    assert g.to("cpu").index.tolist() == [1, 3]
    assert LatticeSymmetry.all(2, group).index.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert g.random_like(torch.Generator().manual_seed(0)).num_graphs == 2
    assert g.ptr.tolist() == [0, 4, 8]
    assert repr(g) == "LatticeSymmetry(num_graphs=2, group=LatticeGroup('p1', 4))"
    assert LatticeSymmetry(torch.zeros(0, dtype=torch.long), group).act_dense(torch.zeros(0, 4)).shape == (0, 4)


def test_errors():
    group = LatticeGroup.p4m(4)
    g = LatticeSymmetry.identity(2, group)
    cases = [
        (lambda: LatticeSymmetry(torch.tensor([128]), group), r"'index' in 0 … 127 \(got \[128\]\)"),
        (lambda: LatticeSymmetry(torch.tensor([[1]]), group), r"'index' of shape \[B\] \(got \[1, 1\]\)"),
        (lambda: g.act_dense(torch.zeros(2, 4, 5)), r"fields of shape \[2, …, 4, 4\] \(got \[2, 4, 5\]\)"),
        (lambda: g.act_bonds(torch.zeros(2, 4, 4)), r"fields of shape \[2, …, 2, 4, 4\] \(got \[2, 4, 4\]\)"),
        (lambda: g.act_bonds(torch.zeros(2, 3, 4, 4)), r"fields of shape \[2, …, 2, 4, 4\] \(got \[2, 3, 4, 4\]\)"),
        (lambda: g.act_regular(torch.zeros(2, 3, 4, 4)), r"fields of shape \[2, 8, …, 4, 4\]"),
        (lambda: g.act_nodes(torch.zeros(3)), r"values of shape \[32, …\] \(got \[3\]\)"),
        (lambda: g.act_as(torch.zeros(32, 2), "point"), r"'kind' to be one of dense, spin, .* \(got 'point'\)"),
        (lambda: g.act_as(torch.zeros(32, 2), "site"), r"expected 'kind' to be one of node"),
        (lambda: g.compose(LatticeSymmetry.identity(2, LatticeGroup.p4(4))), "two elements of one group"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match=r"'group' as a 'LatticeGroup' \(got 'PointGroup'\)"):
        LatticeSymmetry(torch.tensor([0]), PointGroup.cyclic(4))
    with pytest.raises(TypeError, match="'index' as an integer tensor"):
        LatticeSymmetry(torch.tensor([0.0]), group)
