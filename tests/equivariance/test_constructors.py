import math

import numpy as np
import pytest

from pyg_symbreak.equivariance import constructors
from pyg_symbreak.equivariance.constructors import (
    coset_space,
    cyclic,
    cyclic_plane,
    dihedral_plane,
    euclidean,
    octahedral,
    orthogonal,
    permutation,
    point_group,
    sign,
    signed_permutation,
    special_orthogonal,
    standard,
    symmetric_generators,
    tensor_power,
    trivial,
    young_module,
)
from pyg_symbreak.groups import PointGroup


@pytest.mark.parametrize(
    ("rho", "dim", "size"),
    [
        (trivial(3), 3, 1),
        (permutation(1), 1, 1),
        (permutation(2), 2, 2),
        (permutation(4), 4, 24),
        (sign(1), 1, 1),
        (sign(5), 1, 2),
        (standard(2), 1, 2),
        (standard(4), 3, 24),
        (tensor_power(3, 2), 9, 6),
        (young_module([3]), 1, 1),
        (young_module([2, 1, 1]), 12, 24),
        (young_module([1, 2]), 3, 6),
        (signed_permutation(1), 1, 2),
        (signed_permutation(3), 3, 48),
        (octahedral(), 3, 48),
        (cyclic(5), 5, 5),
        (cyclic_plane(1), 2, 1),
        (cyclic_plane(2), 2, 2),
        (cyclic_plane(6), 2, 6),
        (cyclic_plane(6, frequency=2), 2, 3),
        (cyclic_plane(8, frequency=6), 2, 4),
        (dihedral_plane(1), 2, 2),
        (dihedral_plane(4), 2, 8),
        (dihedral_plane(5), 2, 10),
        (point_group(PointGroup.tetrahedral()), 3, 12),
        (point_group(PointGroup.icosahedral()), 3, 60),
        (coset_space([[1, 0, 2], [1, 2, 0]]), 6, 6),
    ],
)
def test_sizes(rho, dim, size):
    assert (rho.dim, len(rho.elements())) == (dim, size)


def test_exact_where_the_entries_are_rational():
    for n in range(1, 9):
        assert cyclic_plane(n).is_exact == (n in (1, 2, 4))
        assert dihedral_plane(n).is_exact == (n in (1, 2, 4))
    assert cyclic_plane(8, frequency=2).is_exact


def test_planes_turn_counter_clockwise_as_point_groups_do():
    for n in (3, 4, 7):
        for rho, group in ((cyclic_plane(n), PointGroup.cyclic(n)), (dihedral_plane(n), PointGroup.dihedral(n))):
            np.testing.assert_allclose(np.array(rho.generators[0], dtype=float), group.matrices[1], atol=1e-12)
            for m in rho.elements():
                assert np.abs(group.matrices.numpy() - np.array(m, dtype=float)).max((1, 2)).min() < 1e-9


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_representations_of_the_symmetric_group_share_their_generators(n):
    # R^n = trivial + standard, and the sign is the determinant: as characters over one list of elements.
    rho, rest = permutation(n), standard(n) + permutation(n).trivial()
    both = (rho + rest + sign(n)).elements(limit=200)
    assert len(both) == math.factorial(n)
    for g in np.array(both, dtype=float):
        assert np.trace(g[:n, :n]) == np.trace(g[n : 2 * n, n : 2 * n])
        assert g[-1, -1] == round(np.linalg.det(g[:n, :n]))


def test_cosets_are_those_of_known_actions():
    swap, cycle = symmetric_generators(4)
    # S_4 on cosets of S_3 = on points; of the dihedral group of the square = on the three ways to pair four points.
    on_points = coset_space([swap, cycle], [[1, 0, 2, 3], [1, 2, 0, 3]])
    assert sorted(on_points.character()) == sorted(permutation(4).character())
    on_pairings = coset_space([swap, cycle], [[1, 2, 3, 0], [0, 3, 2, 1]])
    assert (on_pairings.dim, len(on_pairings.elements())) == (3, 6)
    both = (on_points + permutation(4)).elements()
    assert all(sum(g[i][i] for i in range(4)) == sum(g[i][i] for i in range(4, 8)) for g in both)


@pytest.mark.parametrize("partition", [[2, 1], [2, 2], [3, 1], [1, 1, 1]])
def test_young_modules_are_coset_spaces(partition):
    n = sum(partition)
    inner = []
    start = 0
    for part in partition:
        for i in range(start, start + part - 1):
            images = list(range(n))
            images[i], images[i + 1] = i + 1, i
            inner.append(images)
        start += part
    cosets, module = coset_space(symmetric_generators(n), inner), young_module(partition)
    d = module.dim
    assert cosets.dim == d == math.factorial(n) // math.prod(math.factorial(part) for part in partition)
    both = (cosets + module).elements()
    assert all(sum(g[i][i] for i in range(d)) == sum(g[i][i] for i in range(d, 2 * d)) for g in both)


def test_rotations_are_generated():
    for d in (2, 3, 4):
        algebra = [np.array(x, dtype=float) for x in special_orthogonal(d).lie_generators]
        assert all((x == -x.T).all() for x in algebra)
        # Brackets of rotations in neighbouring planes give all others.
        span = list(algebra)
        for _ in range(d):
            span += [a @ b - b @ a for a in algebra for b in span]
            span = _independent(span)
        assert len(span) == d * (d - 1) // 2
    assert special_orthogonal(1).lie_generators == ()
    assert np.linalg.det(np.array(orthogonal(3).generators[0], dtype=float)) == -1


def _independent(matrices):
    kept = []
    for m in matrices:
        if np.linalg.matrix_rank(np.stack([*kept, m]).reshape(len(kept) + 1, -1)) > len(kept):
            kept.append(m)
    return kept


def test_euclidean_moves_axes_and_nodes():
    rho = euclidean(3, 2)
    x = np.arange(6.0).reshape(3, 2)
    flip, swap, _ = (np.array(m, dtype=float) for m in rho.generators)
    np.testing.assert_array_equal((flip @ x.flatten()).reshape(3, 2), x * [[-1], [1], [1]])
    np.testing.assert_array_equal((swap @ x.flatten()).reshape(3, 2), x[:, ::-1])
    assert len(rho.lie_generators) == 2


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("trivial", (0,), r"'trivial' expected a number of at least 1 \(got 0\)"),
        ("permutation", (0,), "expected at least one point"),
        ("sign", (0,), "'sign' expected"),
        ("standard", (1,), r"'standard' expected a number of at least 2 \(got 1\)"),
        ("cyclic", (0,), "'cyclic' expected"),
        ("cyclic_plane", (0,), "'cyclic_plane' expected"),
        ("dihedral_plane", (-1,), "'dihedral_plane' expected"),
        ("special_orthogonal", (0,), "'special_orthogonal' expected"),
        ("orthogonal", (0,), "'orthogonal' expected"),
        ("young_module", ([2, 0],), r"'young_module' expected positive numbers \(got \[2, 0\]\)"),
        ("young_module", ([],), "'young_module' expected positive numbers"),
        ("coset_space", ([[0, 0]],), "'coset_space' expected permutations of one set"),
        ("coset_space", ([[1, 0], [0, 1, 2]],), "'coset_space' expected permutations of one set"),
        ("coset_space", ([],), "'coset_space' expected permutations"),
        ("coset_space", ([[1, 2, 0]], [[1, 0, 2]]), "expected a subgroup of the group"),
        ("coset_space", ([[1, 0, 2, 3, 4], [1, 2, 3, 4, 0]], [], 100), "a group of at most 100 elements"),
    ],
)
def test_refuses(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(constructors, name)(*arguments)
