r"""Vectors that a group fixes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from pyg_symbreak.equivariance.linear import Row, null_space, numerical_null_space, primitive
from pyg_symbreak.equivariance.matrices import ZERO, FloatArray, Matrix
from pyg_symbreak.equivariance.orbits import components, spanning_scales


def invariant_vectors(
    matrices: Sequence[Matrix], lie_matrices: Sequence[Matrix], dim: int
) -> tuple[tuple[Fraction, ...], ...] | FloatArray:
    r"""A basis of the vectors fixed by some matrices and sent to zero by some Lie generators, one a row.

    For monomial matrices a vector is fixed if it is so along every orbit of coordinates: there is one for every orbit
    around which the entries multiply to one.

    Args:
        matrices: The generators.
        lie_matrices: The Lie generators.
        dim: Their size.

    Returns:
        Rows of fractions if all entries are rational, an array with orthonormal rows otherwise.

    .. code-block:: python

        >>> invariant_vectors([Matrix.from_rows([[0, 2], [Fraction(1, 2), 0]])], [], 2)
        ((Fraction(2, 1), Fraction(1, 1)),)
    """
    every = [*matrices, *lie_matrices]
    if not all(matrix.exact for matrix in every):
        moved = [matrix.dense() - np.eye(dim) for matrix in matrices] + [matrix.dense() for matrix in lie_matrices]
        return numerical_null_space(np.concatenate(moved), ZERO)
    if all(m.is_monomial for m in matrices) and all(x.is_diagonal for x in lie_matrices):
        return _monomial_invariants(matrices, lie_matrices, dim)
    rows: list[Row] = []
    for matrix in matrices:
        for i, row in enumerate(matrix.rows):
            moved_row = dict(row)
            moved_row[i] = moved_row.get(i, 0) - 1
            rows.append({j: value for j, value in moved_row.items() if value != 0})
    rows.extend(dict(row) for x in lie_matrices for row in x.rows)
    return null_space(rows, dim)


def _monomial_invariants(
    matrices: Sequence[Matrix], lie_matrices: Sequence[Matrix], dim: int
) -> tuple[tuple[Fraction, ...], ...]:
    scale, loops = spanning_scales(matrices, dim)
    basis = []
    for orbit in components(matrices, dim):
        if all(value == 1 for value in loops[orbit[0]]) and not any(x.columns[j] for x in lie_matrices for j in orbit):
            # In the coordinates Dx the orbit is permuted, and the vector of ones is fixed.
            entries = {j: 1 / Fraction(scale[j]) for j in orbit}
            basis.append(primitive([entries.get(j, Fraction(0)) for j in range(dim)]))
    return tuple(basis)
