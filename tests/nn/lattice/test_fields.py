import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry, PointGroup
from pyg_symbreak.nn.lattice import half_bonds
from pyg_symbreak.nn.lattice.fields import check_channels, check_fields, check_group, check_regular
from pyg_symbreak.nn.lattice.filters import direction_sources


def test_both_sites_see_a_bond():
    bonds = torch.arange(2 * 3 * 4).view(2, 3, 4)
    seen = half_bonds(bonds, 2)
    assert torch.equal(seen[:2], bonds)
    for row in range(3):
        for column in range(4):
            assert seen[2, row, (column + 1) % 4] == bonds[0, row, column]  # direction 0 is the last dimension
            assert seen[3, (row + 1) % 3, column] == bonds[1, row, column]
    batch = torch.randn(5, 2, 3, 3, 4, 5)
    assert torch.equal(half_bonds(batch, 3)[1, 0], half_bonds(batch[1, 0], 3))


def test_halves_of_bonds_are_permuted(group):
    bonds = torch.randn(1, group.dim, *group.sizes).expand(len(group), *[-1] * (group.dim + 1))
    g = LatticeSymmetry.all(1, group)
    moved = half_bonds(g.act_bonds(bonds), group.dim)
    each = g.act_dense(half_bonds(bonds, group.dim))
    sources = direction_sources(group)[g.part]
    assert torch.equal(moved, each[torch.arange(len(group)).unsqueeze(1), sources])


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        ({}, r"expected inputs of the kinds site, spin, bond \(got none\)"),
        ({"node": 1, "site": 1}, r"expected inputs of the kinds site, spin, bond \(got node\)"),
        ({"site": 0}, r"expected 'site' to be at least 1 \(got 0\)"),
    ],
)
def test_wrong_channels(channels, message):
    with pytest.raises(ValueError, match=f"'Owner' {message}"):
        check_channels("Owner", channels)


def test_channels_have_one_order():
    assert list(check_channels("Owner", {"bond": 1, "site": 2})) == ["site", "bond"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spin": None}, r"expected the fields spin, bond \(got bond\)"),
        ({"site": (2, 1, 4, 4)}, r"expected the fields spin, bond \(got spin, bond, site\)"),
        ({"spin": (2, 4, 4)}, r"expected 'spin' of shape \[B, 1, height, width\] \(got \[2, 4, 4\]\)"),
        ({"spin": (2, 3, 4, 4)}, r"expected 'spin' of shape \[B, 1, height, width\] \(got \[2, 3, 4, 4\]\)"),
        ({"bond": (2, 1, 4, 4)}, r"expected 'bond' of shape \[2, 1, 2, 4, 4\] \(got \[2, 1, 4, 4\]\)"),
        ({"bond": (2, 1, 3, 4, 4)}, r"expected 'bond' of shape \[2, 1, 2, 4, 4\]"),
        ({"bond": (2, 1, 2, 4, 3)}, r"expected 'bond' of shape \[2, 1, 2, 4, 4\]"),
        ({"bond": (1, 1, 2, 4, 4)}, r"expected 'bond' of shape \[2, 1, 2, 4, 4\]"),
        ({"spin": (2, 1, 4, 6), "bond": (2, 1, 2, 4, 6)}, r"axes of equal size for p4m, .* \(got 4x6\)"),
        ({"spin": (2, 1, 2, 2), "bond": (2, 1, 2, 2, 2)}, r"sizes of at least 3 \(got 2x2\)"),
    ],
)
def test_wrong_fields(change, message):
    shapes = {"spin": (2, 1, 4, 4), "bond": (2, 1, 2, 4, 4), **change}
    given = {kind: torch.zeros(shape) for kind, shape in shapes.items() if shape is not None}
    with pytest.raises(ValueError, match=f"'Owner' .*{message}"):
        check_fields("Owner", LatticeGroup.p4m(4), {"spin": 1, "bond": 1}, given)


def test_groups_are_those_of_lattices():
    check_group("Owner", LatticeGroup.p4m(4))
    with pytest.raises(TypeError, match=r"'Owner' expected 'group' as a 'LatticeGroup' \(got 'PointGroup'\)"):
        check_group("Owner", PointGroup.dihedral(4))


def test_fields_have_names():
    with pytest.raises(TypeError, match=r"'Owner' expected the fields site by name \(got 'Tensor'\)"):
        check_fields("Owner", LatticeGroup.p4m(4), {"site": 1}, torch.zeros(1, 1, 4, 4))


def test_fields_of_other_sizes_pass():
    group = LatticeGroup.p2mm(4, 4)
    found = check_fields("Owner", group, {"site": 1}, {"site": torch.zeros(2, 1, 3, 7)})
    assert list(found) == ["site"]
    check_regular("Owner", group, 5, torch.zeros(2, 4, 5, 3, 7))
    with pytest.raises(ValueError, match=r"axes of equal size for Pm-3m, .* \(got 3x4x3\)"):
        check_regular("Owner", LatticeGroup.cubic(3), 5, torch.zeros(2, 48, 5, 3, 4, 3))


@pytest.mark.parametrize("shape", [(2, 8, 3, 4), (2, 4, 3, 4, 4), (2, 8, 2, 4, 4), (8, 3, 4, 4)])
def test_wrong_functions(shape):
    message = r"'Owner' expected a function on p4m of shape \[B, 8, 3, height, width\] \(got"
    with pytest.raises(ValueError, match=message):
        check_regular("Owner", LatticeGroup.p4m(4), 3, torch.zeros(shape))
