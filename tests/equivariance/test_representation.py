import json
from fractions import Fraction

import numpy as np
import pytest
import torch

from pyg_symbreak.equivariance.constructors import (
    cyclic_plane,
    dihedral_plane,
    permutation,
    sign,
    signed_permutation,
    special_orthogonal,
    standard,
)
from pyg_symbreak.equivariance.representation import Representation

SWAP = [[0, 1], [1, 0]]


def dense(representation):
    return [np.array(m, dtype=float) for m in representation.generators + representation.lie_generators]


def test_keeps_what_it_is_given():
    exact = Representation([SWAP], [[[0, Fraction(1, 2)], [0, 0]]], name="it")
    assert exact.generators == (((0, 1), (1, 0)),)
    assert isinstance(exact.generators[0][0][0], Fraction)
    assert exact.lie_generators == (((0, Fraction(1, 2)), (0, 0)),)
    assert (exact.dim, exact.name, exact.is_exact, exact.is_finite) == (2, "it", True, False)
    floats = Representation([torch.tensor(SWAP, dtype=torch.float32)])
    assert not floats.is_exact
    assert isinstance(floats.generators[0], np.ndarray)
    assert not floats.generators[0].flags.writeable


@pytest.mark.parametrize(
    ("generators", "lie_generators", "message"),
    [
        ([], [], r"'Representation' expected at least one generator or Lie generator \(got none\)"),
        ([[[1, 1], [1, 1]]], [], r"expected invertible generators \(got rank 1 < 2 for generator 0\)"),
        ([SWAP, [[1.0, 1.0], [1.0, 1.0]]], [], r"expected invertible generators \(got rank 1 < 2 for generator 1\)"),
        ([[[0]]], [], r"expected invertible generators \(got rank 0 < 1"),
        ([SWAP, [[1]]], [], r"expected generators of one size \(got 2 and 1\)"),
        ([SWAP], [[[1]]], r"expected Lie generators of one size \(got 2 and 1\)"),
        ([[[1, 2, 3], [4, 5, 6]]], [], r"a square matrix as generator 0 \(got one of shape \[2, 3\]\)"),
        ([SWAP], [[[1, 2]]], r"a square matrix as Lie generator 0 \(got one of shape \[1, 2\]\)"),
        ([[[float("nan"), 1], [1, 0]]], [], r"finite numbers in generator 0 \(got nan\)"),
        ([torch.tensor([[float("inf")]])], [], r"finite numbers in generator 0 \(got inf\)"),
        ([SWAP], [[[float("nan"), 1], [1, 0]]], r"finite numbers in Lie generator 0 \(got nan\)"),
    ],
)
def test_refuses(generators, lie_generators, message):
    with pytest.raises(ValueError, match=message):
        Representation(generators, lie_generators)


@pytest.mark.parametrize(
    "matrix", [[[2]], [[1, 1], [0, 1]], [[2.0]], [[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]]]
)
def test_a_group_that_is_not_finite_has_no_list_of_elements(matrix):
    with pytest.raises(ValueError, match=r"expected a finite group of at most 50 elements \(got more"):
        Representation([matrix]).elements(limit=50)


def test_a_connected_group_has_no_list_of_elements():
    with pytest.raises(ValueError, match=r"expected a finite group \(got a Lie generator that is not zero\)"):
        special_orthogonal(2).elements()
    assert len(Representation([SWAP], [[[0, 0], [0, 0]]]).elements()) == 2


def test_elements_and_characters():
    elements = permutation(3).elements()
    assert elements[0] == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert len(set(elements)) == 6
    assert sorted(permutation(3).character()) == [0, 0, 1, 1, 1, 3]
    turns = cyclic_plane(5)
    assert len(turns.elements()) == 5
    assert turns.character() == pytest.approx([2 * np.cos(2 * np.pi * k / 5) for k in range(5)])


def test_sums_and_products_are_those_of_the_matrices():
    a, b = permutation(3), standard(3)
    for m, x, y in zip(dense(a + b), dense(a), dense(b)):
        np.testing.assert_array_equal(m, np.block([[x, np.zeros((3, 2))], [np.zeros((2, 3)), y]]))
    for m, x, y in zip(dense(a * b), dense(a), dense(b)):
        np.testing.assert_array_equal(m, np.kron(x, y))
    assert a.tensor_power(0).dim == 1
    for m, x in zip(dense(a.tensor_power(3)), dense(a)):
        np.testing.assert_array_equal(m, np.kron(np.kron(x, x), x))
    both = a.external_product(cyclic_plane(4))
    assert (both.dim, len(both.generators), len(both.elements())) == (6, 3, 24)
    assert (a + b).name == "S3 on R^3 + standard of S3"


def test_lie_generators_of_products_obey_leibniz():
    turn = special_orthogonal(3)
    for m, x in zip(dense(turn * turn), dense(turn)):
        np.testing.assert_array_equal(m, np.kron(x, np.eye(3)) + np.kron(np.eye(3), x))
    mixed = turn.external_product(permutation(2))
    assert len(mixed.lie_generators) == 2
    # The metric is the one invariant of a pair of vectors, the volume that of a triple.
    assert (turn * turn).invariants() == (tuple(int(i % 4 == 0) for i in range(9)),)
    assert len(turn.tensor_power(3).invariants()) == 1


def test_different_groups_have_no_sum():
    with pytest.raises(ValueError, match=r"representations of one group for a sum.*\(got 2 \+ 0 and 1 \+ 0 generators"):
        permutation(3) + cyclic_plane(4)
    with pytest.raises(ValueError, match="representations of one group for a tensor product"):
        permutation(3) * cyclic_plane(4)
    with pytest.raises(ValueError, match="expected a number that is not negative"):
        permutation(3).tensor_power(-1)


def test_dual_pairs_with_the_representation():
    for rho in (
        standard(4),
        signed_permutation(2),
        Representation([[[0, 2], [Fraction(1, 2), 0]]]),
        special_orthogonal(3),
    ):
        # The trace is invariant in V ⊗ V*.
        trace = np.eye(rho.dim).flatten()
        for kind, m in zip(["g"] * len(rho.generators) + ["X"] * len(rho.lie_generators), dense(rho * rho.dual())):
            np.testing.assert_allclose(m @ trace, trace if kind == "g" else 0 * trace, atol=1e-12)


def test_restriction():
    # The square of the turn and the reflection of the square generate a group of order four.
    rho = dihedral_plane(4)
    found = rho.restrict([(0, 0), (1,)])
    assert len(found.elements()) == 4
    assert found.generators == (((-1, 0), (0, -1)), rho.generators[1])
    assert rho.restrict([(0, 1)]).generators == (((0, 1), (1, 0)),)
    for words in ([], [(2,)], [(-1,)]):
        with pytest.raises(ValueError, match="expected words in generators 0 to 1"):
            rho.restrict(words)


def test_rescaling():
    rho = Representation([[[0, -2], [Fraction(-1, 2), 0]]], [[[1, 0], [0, 3]]])
    changed = rho.rescaled([1, -2])
    assert changed.generators == (((0, 1), (1, 0)),)
    assert changed.lie_generators == rho.lie_generators
    assert rho.rescaled([1.0, -2.0]).is_exact is False
    for scale in ([1], [1, 0]):
        with pytest.raises(ValueError, match="expected 2 numbers that are not zero"):
            rho.rescaled(scale)


@pytest.mark.parametrize(
    ("rho", "count"),
    [
        (permutation(4), 1),
        (sign(4), 0),
        (standard(4), 0),
        (standard(4).tensor_power(2), 1),
        (permutation(4).tensor_power(2), 2),
        (permutation(3).tensor_power(3), 5),
        (permutation(2).tensor_power(3), 4),
        (signed_permutation(3), 0),
        (signed_permutation(3).tensor_power(2), 1),
        (special_orthogonal(3), 0),
        (cyclic_plane(4).tensor_power(2), 2),
        (cyclic_plane(5).tensor_power(2), 2),
        (Representation([[[0, 2], [Fraction(1, 2), 0]]]), 1),
        (Representation([[[0, 2], [1, 0]]]), 0),
        (Representation([[[1, 0], [0, 1]]], [[[0, 0], [0, 1]]]), 1),
    ],
)
def test_invariants(rho, count):
    basis = np.array(rho.invariants(), dtype=float).reshape(-1, rho.dim)
    assert len(basis) == count == np.linalg.matrix_rank(basis)
    for matrix in np.array([np.array(m, dtype=float) for m in rho.generators]).reshape(-1, rho.dim, rho.dim):
        np.testing.assert_allclose(basis @ matrix.T, basis, atol=1e-9)
    for matrix in rho.lie_generators:
        np.testing.assert_allclose(basis @ np.array(matrix, dtype=float).T, 0 * basis, atol=1e-9)


def test_orbits_and_kinds_of_matrices():
    assert permutation(3).tensor_power(2).orbits() == ((0, 4, 8), (1, 2, 3, 5, 6, 7))
    assert permutation(3).is_monomial
    assert not standard(3).is_monomial
    assert not special_orthogonal(2).is_monomial
    assert Representation([], [[[1, 0], [0, -1]]]).is_monomial
    assert (standard(3) + permutation(3)).orbits() == ((0, 1), (2, 3, 4))


def test_large_powers_stay_small():
    rho = permutation(7).tensor_power(4)
    assert (rho.dim, len(rho.orbits()), len(rho.trivial().invariants())) == (2401, 15, 1)


def test_files(tmp_path):
    path = tmp_path / "swap.json"
    path.write_text(json.dumps({"generators": [[[0, "1/2"], [2, 0]]], "name": "swap"}))
    assert Representation.from_file(path).generators == (((0, Fraction(1, 2)), (2, 0)),)
    assert Representation.from_file(str(path)).name == "swap"
    np.savez(tmp_path / "turn.npz", lie_generators=np.array([[[0, -1], [1, 0]]]))
    assert Representation.from_file(tmp_path / "turn.npz").lie_generators == (((0, -1), (1, 0)),)
