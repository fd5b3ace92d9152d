import numpy as np
import pytest

from pyg_symbreak.equivariance import cyclic, dihedral_plane, octahedral, permutation, point_group, signed_permutation
from pyg_symbreak.equivariance.closure import close_with_images
from pyg_symbreak.equivariance.finite_group import FiniteGroup
from pyg_symbreak.groups import PointGroup


def group_of(rho):
    elements, images = close_with_images(rho.matrices, rho.dim, 200)
    return elements, FiniteGroup(images)


@pytest.mark.parametrize(
    "rho", [permutation(4), octahedral(), dihedral_plane(5), point_group(PointGroup.tetrahedral())]
)
def test_tables_are_those_of_the_matrices(rho):
    elements, group = group_of(rho)
    dense = np.stack([m.dense() for m in elements])
    np.testing.assert_allclose(dense[group.table], dense[:, None] @ dense[None], atol=1e-9)
    np.testing.assert_allclose(dense[group.inverses], np.linalg.inv(dense), atol=1e-9)
    x, g = 3, 5
    expected = np.linalg.inv(dense[x]) @ dense[g] @ dense[x]
    np.testing.assert_allclose(dense[group.conjugates[x, g]], expected, atol=1e-9)


# Numbers of classes of subgroups, from the literature (S3, S4, S5, A4, D4, D6, Oh = S4 x C2, C2^3).
@pytest.mark.parametrize(
    ("rho", "classes"),
    [
        (permutation(3), 4),
        (permutation(4), 11),
        (permutation(5), 19),
        (point_group(PointGroup.tetrahedral()), 5),
        (dihedral_plane(4), 8),
        (dihedral_plane(6), 10),
        (octahedral(), 33),
        (cyclic(12), 6),
        (cyclic(1), 1),
        (point_group(PointGroup.icosahedral()), 9),
    ],
)
def test_numbers_of_classes_of_subgroups(rho, classes):
    _, group = group_of(rho)
    found = group.subgroups()
    assert len(found) == classes
    for subgroup in found:
        assert set(group.table[np.ix_(subgroup.members, subgroup.members)].flatten().tolist()) == set(subgroup.members)
        assert len(group.cosets(subgroup)) * len(subgroup) == len(group)


def test_too_many_classes():
    with pytest.raises(ValueError, match="expected at most 5 classes of subgroups"):
        group_of(permutation(4))[1].subgroups(limit=5)


@pytest.mark.parametrize(
    ("rho", "count"),
    [
        (permutation(4), 2),
        (signed_permutation(2), 4),
        (octahedral(), 4),
        (cyclic(6), 2),
        (cyclic(9), 1),
        (cyclic(1), 1),
    ],
)
def test_characters_of_order_two(rho, count):
    _, group = group_of(rho)
    whole = group.subgroups()[-1]
    found = group.characters_of_order_two(whole)
    assert len(found) == count == len({tuple(row) for row in found.tolist()})
    for values in found:
        assert (values[group.table] == values[:, None] * values[None]).all()
    assert (found[0] == 1).all()


def test_induced_characters_count_fixed_cosets():
    elements, group = group_of(permutation(4))
    stabiliser = group.generated([k for k, m in enumerate(elements) if m.entry(3, 3) == 1])
    assert len(stabiliser) == 6
    found = group.induced(stabiliser, group.characters_of_order_two(stabiliser)[0])
    assert found.tolist() == [m.trace for m in elements]
