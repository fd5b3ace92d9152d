from fractions import Fraction

import numpy as np
import pytest
import torch

from pyg_symbreak.equivariance.matrices import Matrix, read_matrix, tidy


def random_rows(rng, dim, exact):
    values = rng.integers(-2, 3, (dim, dim))
    return [[int(v) if exact else float(v) * 0.37 for v in row] for row in values]


@pytest.mark.parametrize("exact", [True, False])
def test_operations_agree_with_dense_arrays(exact):
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = (Matrix.from_rows(random_rows(rng, 3, exact)) for _ in range(2))
        assert a.exact == exact
        x, y = a.dense(), b.dense()
        np.testing.assert_allclose((a @ b).dense(), x @ y, atol=1e-12)
        np.testing.assert_allclose((a + b).dense(), x + y, atol=1e-12)
        np.testing.assert_allclose(a.kron(b).dense(), np.kron(x, y), atol=1e-12)
        np.testing.assert_allclose(a.transpose().dense(), x.T)
        np.testing.assert_allclose(a.absolute().dense(), abs(x))
        np.testing.assert_allclose(a.scaled([1, 2, 3], [4, 5, 6]).dense(), np.diag([1, 2, 3]) @ x @ np.diag([4, 5, 6]))
        np.testing.assert_allclose(np.array(a.row_sums, dtype=float), x.sum(1), atol=1e-12)
        assert float(a.trace) == pytest.approx(np.trace(x))
        assert float(a.entry(1, 2)) == x[1, 2]
        total = a.direct_sum(b).dense()
        np.testing.assert_allclose(total, np.block([[x, np.zeros((3, 3))], [np.zeros((3, 3)), y]]))
        assert a.is_diagonal == bool((x == np.diag(np.diag(x))).all())
        support = x != 0
        assert a.is_monomial == bool((support.sum(0) == 1).all() and (support.sum(1) == 1).all())


def test_monomial_matrices():
    matrix = Matrix.monomial([1, 0], [2, Fraction(1, 2)])
    assert matrix.is_monomial
    assert matrix.nested() == ((0, Fraction(1, 2)), (2, 0))
    assert (matrix @ matrix) == Matrix.identity(2)
    assert not Matrix.from_rows([[1, 0], [1, 0]]).is_monomial
    assert not Matrix.from_rows([[1, 1], [0, 0]]).is_monomial


def test_whole_fractions_are_integers():
    assert type(tidy(Fraction(4, 2))) is int
    assert tidy(Fraction(1, 2)) == Fraction(1, 2)


def test_tiny_floats_count_as_zero():
    matrix = read_matrix(np.array([[6e-17, -1.0], [1.0, 6e-17]]), "Reader", "it")
    assert matrix.is_monomial
    # An exact number is never zero, however small.
    assert not read_matrix([[Fraction(1, 10**20), -1], [1, 0]], "Reader", "it").is_monomial


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ([[1, 0], [0, 1]], True),
        ([[Fraction(1, 3), 0], [0, 1]], True),
        (np.eye(2, dtype=int), True),
        (np.eye(2, dtype=bool), True),
        (torch.eye(2, dtype=torch.long), True),
        (np.array([[Fraction(1, 3), 0], [0, 1]], dtype=object), True),
        ([[1.0, 0], [0, 1]], False),
        (np.eye(2), False),
        (torch.eye(2, requires_grad=True), False),
        ([np.array([1, 0]), torch.tensor([0, 1])], True),
    ],
)
def test_reads(value, exact):
    assert read_matrix(value, "Reader", "it").exact == exact
    assert read_matrix(value, "Reader", "it").dim == 2


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([[1, 2, 3], [4, 5, 6]], ValueError, r"'Reader' expected a square matrix as it \(got one of shape \[2, 3\]\)"),
        ([[1, 2], [3]], ValueError, "expected a square matrix"),
        ([], ValueError, "expected a square matrix"),
        (3, ValueError, "expected a square matrix"),
        (np.zeros((2, 2, 2)), ValueError, "expected a square matrix"),
        ([[float("nan")]], ValueError, r"expected finite numbers in it \(got nan\)"),
        ([[float("inf")]], ValueError, r"expected finite numbers in it \(got inf\)"),
        (torch.tensor([[float("nan")]]), ValueError, "expected finite numbers"),
        ([["x"]], TypeError, r"expected real numbers in it \(got 'x'\)"),
        ([[1j]], TypeError, "expected real numbers"),
        ([[None]], TypeError, "expected real numbers"),
    ],
)
def test_refuses(value, error, message):
    with pytest.raises(error, match=message):
        read_matrix(value, "Reader", "it")
