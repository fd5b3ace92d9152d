import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, PointGroup

SMALL = [
    LatticeGroup.p1(5),
    LatticeGroup.p1(3, 4),
    LatticeGroup.p4(3),
    LatticeGroup.p4m(4),
    LatticeGroup.p4m(3, spin_flip=True),
    LatticeGroup.p2mm(3, 4, spin_flip=True),
    LatticeGroup.cubic(3),
    LatticeGroup.full((3, 4, 5)),
    LatticeGroup.full((4,), spin_flip=True),
    LatticeGroup((3, 4, 4), PointGroup.generated([[[0, -1, 0], [1, 0, 0], [0, 0, 1]]], "C4z")),
]


@pytest.mark.parametrize("group", SMALL, ids=repr)
def test_the_parts_are_a_group_of_matrices_and_signs(group):
    q, signs = group.matrices, group.signs
    assert len(group) == group.num_parts * group.num_sites
    assert torch.equal(q[0], torch.eye(group.dim, dtype=torch.long))
    assert signs[0] == 1
    for a in range(group.num_parts):
        assert torch.equal(q[group.table[a]], q[a] @ q)
        assert torch.equal(signs[group.table[a]], signs[a] * signs)
        assert group.table[a, group.inverses[a]] == 0
    distinct = torch.cat([q.flatten(1), signs.unsqueeze(1)], 1).unique(dim=0)
    assert distinct.size(0) == group.num_parts


@pytest.mark.parametrize("group", SMALL, ids=repr)
def test_sites_and_bonds_come_from_where_the_matrices_say(group):
    n, dim, coordinates = group.num_sites, group.dim, group.coordinates()
    assert torch.equal(group.site_number(coordinates), torch.arange(n))
    numbers = torch.arange(n).view(group.sizes)
    eye = torch.eye(dim, dtype=torch.long)

    def site(u):
        return int(numbers[tuple(int(i) % size for i, size in zip(reversed(u.tolist()), group.sizes))])

    for p in range(0, group.num_parts, 7):
        q = group.matrices[p]
        for u in range(n):
            start = q @ coordinates[u]
            assert group.site_sources()[p, site(start)] == u
            for a in range(dim):
                ends = {site(start), site(start + q @ eye[a])}
                found = [(b, w) for b in range(dim) for w in ends if group.bond_sources()[p, b * n + w] == a * n + u]
                assert len(found) == 1
                b, w = found[0]
                assert {w, site(coordinates[w] + eye[b])} == ends


@pytest.mark.parametrize("spin_flip", [False, True])
def test_all_symmetries_of_any_lattice(spin_flip):
    named = {
        (5, 5): LatticeGroup.p4m(5, spin_flip=spin_flip),
        (3, 4): LatticeGroup.p2mm(3, 4, spin_flip=spin_flip),
        (3, 3, 3): LatticeGroup.cubic(3, spin_flip=spin_flip),
    }
    for sizes, group in named.items():
        assert LatticeGroup.full(sizes, spin_flip=spin_flip) == group
    flip = "1'" if spin_flip else ""
    others = {(7,): ("pm", 2), (3, 4, 5): ("Pmmm", 8), (3, 4, 4): ("P4/mmm", 16), (4, 3, 4): ("P4/mmm", 16)}
    for sizes, (name, parts) in others.items():
        group = LatticeGroup.full(torch.Size(sizes), spin_flip=spin_flip)
        assert (group.name, group.sizes) == (name + flip, sizes)
        assert group.num_parts == parts * (2 if spin_flip else 1)
        every = PointGroup.hyperoctahedral(len(sizes)).matrices
        along = torch.tensor(sizes[::-1], dtype=every.dtype)
        fitting = every[((every.abs() @ along) == along).all(1)]
        assert torch.equal(group.point.matrices, fitting)


def test_no_lattice_has_no_symmetries():
    with pytest.raises(ValueError, match=r"'LatticeGroup.full' expected at least one size \(got none\)"):
        LatticeGroup.full(())
    with pytest.raises(ValueError, match=r"'LatticeGroup' expected 2 sizes of at least 3 for p4m \(got \[2, 2\]\)"):
        LatticeGroup.full((2, 2))


def test_a_group_is_a_value():
    assert LatticeGroup.p4m(4) == LatticeGroup((4, 4), PointGroup.dihedral(4))
    assert hash(LatticeGroup.p4m(4)) == hash(LatticeGroup((4, 4), PointGroup.dihedral(4)))
    others = [LatticeGroup.p4(4), LatticeGroup.p4m(5), LatticeGroup.p4m(4, spin_flip=True), "p4m"]
    assert all(LatticeGroup.p4m(4) != other for other in others)
    assert LatticeGroup.p4m(4, spin_flip=True).resized((8, 8)) == LatticeGroup.p4m(8, spin_flip=True)
    assert LatticeGroup.p4m(4, spin_flip=True).name == "p4m1'"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LatticeGroup.p4m(4, 6), r"axes of equal size for p4m, which turns .* \(got 4x6\)"),
        (lambda: LatticeGroup.p4(8).resized((8, 4)), r"axes of equal size for p4, .* \(got 8x4\)"),
        (lambda: LatticeGroup.p4m(2), r"2 sizes of at least 3 for p4m \(got \[2, 2\]\)"),
        (lambda: LatticeGroup((4, 4, 4), PointGroup.dihedral(4)), r"expected 2 sizes .* \(got \[4, 4, 4\]\)"),
        (lambda: LatticeGroup((6, 6), PointGroup.cyclic(3)), r"that maps lattices to themselves \(got C3\)"),
    ],
)
def test_refuses_what_is_no_symmetry_of_the_lattice(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_refuses_other_things_than_point_groups():
    with pytest.raises(TypeError, match=r"'point' as a 'PointGroup' \(got 'str'\)"):
        LatticeGroup((4, 4), "p4m")
    with pytest.raises(TypeError, match="integer"):
        LatticeGroup.p4m(4.5)
