r"""Linear algebra over the rationals: ranks, inverses, null spaces without rounding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from pyg_symbreak.equivariance.matrices import FloatArray, Matrix, Number, tidy

Row = dict[int, Number]


def reduce_rows(rows: Iterable[Row], dim: int) -> dict[int, Row]:
    r"""The reduced row echelon form, from the column of every pivot to its row.

    Args:
        rows: The rows, from column to entry.
        dim: Only columns before this one can be pivots.

    .. code-block:: python

        >>> reduce_rows([{0: 2, 1: 4}, {0: 1, 1: 2}], 2)
        {0: {0: 1, 1: 2}}
    """
    pivots: dict[int, Row] = {}
    for given in rows:
        row = dict(given)
        for column in [c for c in row if c in pivots]:
            _subtract(row, pivots[column], row[column])
        lead = min((c for c in row if c < dim), default=None)
        if lead is None:
            continue
        top = Fraction(row[lead])
        row = {c: tidy(value / top) for c, value in row.items()}
        for other in pivots.values():
            if lead in other:
                _subtract(other, row, other[lead])
        pivots[lead] = row
    return pivots


def _subtract(row: Row, other: Row, factor: Number) -> None:
    for column, value in other.items():
        left = tidy(row.get(column, 0) - factor * value)
        if left == 0:
            row.pop(column, None)
        else:
            row[column] = left


def null_space(rows: Iterable[Row], dim: int) -> tuple[tuple[Fraction, ...], ...]:
    r"""A basis of the vectors that every row sends to zero, in whole numbers without a common factor.

    .. code-block:: python

        >>> null_space([{0: 2, 1: 1}], 2)
        ((Fraction(-1, 1), Fraction(2, 1)),)
    """
    pivots = reduce_rows(rows, dim)
    basis = []
    for free in range(dim):
        if free in pivots:
            continue
        vector = [Fraction(0)] * dim
        vector[free] = Fraction(1)
        for lead, row in pivots.items():
            vector[lead] = -Fraction(row.get(free, 0))
        basis.append(primitive(vector))
    return tuple(basis)


def primitive(vector: Sequence[Fraction]) -> tuple[Fraction, ...]:
    r"""The same direction in whole numbers without a common factor.

    .. code-block:: python

        >>> primitive([Fraction(1, 2), Fraction(2)])
        (Fraction(1, 1), Fraction(4, 1))
    """
    scale = Fraction(math.lcm(*(v.denominator for v in vector)), math.gcd(*(v.numerator for v in vector)))
    return tuple(scale * v for v in vector)


def numerical_null_space(matrix: FloatArray, tolerance: float = 1e-9) -> FloatArray:
    r"""An orthonormal basis of the null space, one vector a row, by singular values.

    .. code-block:: python

        >>> numerical_null_space(np.array([[0.0, 2.0]])).shape
        (1, 2)
    """
    _, values, vectors = np.linalg.svd(matrix)
    rank = int((values > tolerance * max(1.0, float(values.max(initial=0.0)))).sum())
    basis: FloatArray = vectors[rank:]
    return basis


def rank(matrix: Matrix) -> int:
    r"""The rank, exact for rationals and by singular values for floats.

    .. code-block:: python

        >>> rank(Matrix.from_rows([[1, 2], [2, 4]]))
        1
    """
    if matrix.is_monomial:
        return matrix.dim
    if not matrix.exact:
        values = np.linalg.svd(matrix.dense(), compute_uv=False)
        return int((values > 1e-12 * float(values.max())).sum())
    return len(reduce_rows((dict(row) for row in matrix.rows), matrix.dim))


def inverse(matrix: Matrix) -> Matrix:
    r"""The inverse of an invertible matrix.

    Raises:
        ValueError: If the matrix is singular.

    .. code-block:: python

        >>> inverse(Matrix.from_rows([[0, 2], [1, 0]])).nested()[1][0]
        Fraction(1, 2)
    """
    dim = matrix.dim
    if matrix.is_monomial:
        places = [0] * dim
        values: list[Number] = [0] * dim
        for j, ((i, value),) in enumerate(matrix.columns):
            places[i], values[i] = j, 1 / (Fraction(value) if matrix.exact else value)
        return Matrix.monomial(places, values)
    if rank(matrix) < dim:
        raise ValueError(f"'inverse' expected an invertible matrix (got one of rank {rank(matrix)} < {dim})")
    if not matrix.exact:
        return Matrix.from_dense(np.linalg.inv(matrix.dense()).astype(np.float64))
    extended = ({**dict(row), dim + i: 1} for i, row in enumerate(matrix.rows))
    pivots = reduce_rows(extended, dim)
    rows: Sequence[Row] = [pivots[i] for i in range(dim)]
    return Matrix.from_rows([[row.get(dim + j, 0) for j in range(dim)] for row in rows])
