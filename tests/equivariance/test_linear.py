from fractions import Fraction

import numpy as np
import pytest

from pyg_symbreak.equivariance.linear import inverse, null_space, numerical_null_space, primitive, rank, reduce_rows
from pyg_symbreak.equivariance.matrices import Matrix


def test_exact_agrees_with_floats():
    rng = np.random.default_rng(0)
    for _ in range(100):
        values = rng.integers(-1, 2, (4, 4))
        matrix = Matrix.from_rows(values.tolist())
        expected = int(np.linalg.matrix_rank(values))
        assert rank(matrix) == expected
        assert rank(Matrix.from_dense(0.3 * values)) == expected
        basis = null_space((dict(row) for row in matrix.rows), 4)
        assert len(basis) == 4 - expected == len(numerical_null_space(values.astype(float)))
        for vector in basis:
            assert not any(values.astype(object) @ np.array(vector, dtype=object))
        if expected == 4:
            assert inverse(matrix) @ matrix == Matrix.identity(4)
            np.testing.assert_allclose(
                inverse(Matrix.from_dense(0.3 * values)).dense() @ (0.3 * values), np.eye(4), atol=1e-9
            )
        else:
            with pytest.raises(
                ValueError, match=f"'inverse' expected an invertible matrix .got one of rank {expected} < 4"
            ):
                inverse(matrix)


def test_rank_is_exact_where_floats_are_not():
    near = Fraction(1, 10**30)
    assert rank(Matrix.from_rows([[1, 1], [1, 1 + near]])) == 2


def test_inverse_of_monomial_matrices():
    matrix = Matrix.monomial([2, 0, 1], [2, -3, Fraction(1, 5)])
    assert inverse(matrix) @ matrix == Matrix.identity(3)
    floats = Matrix.monomial([1, 0], [2.0, 4.0])
    np.testing.assert_allclose(inverse(floats).dense() @ floats.dense(), np.eye(2))


def test_reduced_rows_are_reduced():
    pivots = reduce_rows([{0: 1, 1: 1, 2: 1}, {1: 2, 2: 4}, {0: 1, 1: 3, 2: 5}], 3)
    assert pivots == {0: {0: 1, 2: -1}, 1: {1: 1, 2: 2}}


def test_primitive():
    assert primitive([Fraction(2, 3), Fraction(-4, 9)]) == (3, -2)
