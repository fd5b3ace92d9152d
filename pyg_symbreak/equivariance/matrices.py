r"""Square matrices kept by columns, of exact rationals or of floats: what representations are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

Number = int | Fraction | float
Column = tuple[tuple[int, Number], ...]
FloatArray = npt.NDArray[np.float64]

ZERO: Final = 1e-9
"""Floats below this share of the largest entry of their matrix count as zero."""


@dataclass(frozen=True)
class Matrix:
    r"""A square matrix, of which only the non-zero entries are kept, column by column.

    Tensor powers of permutation matrices are huge and almost empty; this way they cost what they hold.

    Args:
        columns: For every column its entries as pairs (row, value), ascending by row. Values are ``int``,
            :class:`~fractions.Fraction`, or all of them ``float``.
        exact: Whether the values are rationals rather than floats.

    .. code-block:: python

        >>> turn = Matrix.from_rows([[0, -1], [1, 0]])
        >>> (turn @ turn).nested()
        ((Fraction(-1, 1), Fraction(0, 1)), (Fraction(0, 1), Fraction(-1, 1)))
        >>> turn.is_monomial, turn.is_diagonal
        (True, False)
    """

    columns: tuple[Column, ...]
    exact: bool

    @staticmethod
    def from_rows(rows: Sequence[Sequence[Number]]) -> Matrix:
        r"""A matrix from its rows; one float among the entries makes all of them floats."""
        exact = not any(isinstance(value, float) for row in rows for value in row)
        if not exact:
            return Matrix.from_dense(np.array([[float(value) for value in row] for row in rows]))
        size = len(rows)
        columns = (tuple((i, tidy(rows[i][j])) for i in range(size) if rows[i][j] != 0) for j in range(size))
        return Matrix(tuple(columns), True)

    @staticmethod
    def from_dense(values: FloatArray) -> Matrix:
        r"""A matrix of floats; entries that are tiny beside the largest are dropped."""
        cut = ZERO * float(np.abs(values).max(initial=0.0))
        columns = (tuple((int(i), float(c[i])) for i in np.flatnonzero(np.abs(c) > cut)) for c in values.T)
        return Matrix(tuple(columns), False)

    @staticmethod
    def monomial(rows: Iterable[int], values: Iterable[Number]) -> Matrix:
        r"""The matrix that carries the ``j``-th basis vector to ``values[j]`` times the ``rows[j]``-th."""
        columns = tuple(((int(i), tidy(value)),) for i, value in zip(rows, values, strict=True))
        return Matrix(columns, not any(isinstance(column[0][1], float) for column in columns))

    @staticmethod
    def identity(dim: int) -> Matrix:
        r"""The identity, exact."""
        return Matrix.monomial(range(dim), [1] * dim)

    @property
    def dim(self) -> int:
        r"""The number of rows and of columns."""
        return len(self.columns)

    @cached_property
    def rows(self) -> tuple[Column, ...]:
        r"""The entries row by row: pairs (column, value), ascending by column."""
        found: list[list[tuple[int, Number]]] = [[] for _ in self.columns]
        for j, column in enumerate(self.columns):
            for i, value in column:
                found[i].append((j, value))
        return tuple(tuple(row) for row in found)

    @cached_property
    def is_monomial(self) -> bool:
        r"""Whether every row and every column has exactly one entry that is not zero."""
        return all(len(c) == 1 for c in self.columns) and len({c[0][0] for c in self.columns}) == self.dim

    @property
    def is_diagonal(self) -> bool:
        r"""Whether all entries beside the diagonal are zero."""
        return all(i == j for j, column in enumerate(self.columns) for i, _ in column)

    @property
    def is_zero(self) -> bool:
        r"""Whether all entries are zero."""
        return not any(self.columns)

    @property
    def trace(self) -> Number:
        r"""The sum of the diagonal."""
        return tidy(sum((v for j, column in enumerate(self.columns) for i, v in column if i == j), start=0))

    @property
    def row_sums(self) -> tuple[Number, ...]:
        r"""The image of the vector of ones."""
        return tuple(tidy(sum((value for _, value in row), start=0)) for row in self.rows)

    def entry(self, i: int, j: int) -> Number:
        r"""The entry in row ``i`` and column ``j``."""
        return next((value for row, value in self.columns[j] if row == i), 0)

    def dense(self) -> FloatArray:
        r"""The matrix as a float64 array."""
        values = np.zeros((self.dim, self.dim))
        for j, column in enumerate(self.columns):
            for i, value in column:
                values[i, j] = float(value)
        return values

    def nested(self) -> tuple[tuple[Fraction, ...], ...]:
        r"""The matrix as rows of fractions; floats become the fractions that they are in binary."""
        zero = Fraction(0)
        table = [[zero] * self.dim for _ in self.columns]
        for j, column in enumerate(self.columns):
            for i, value in column:
                table[i][j] = Fraction(value)
        return tuple(tuple(row) for row in table)

    def transpose(self) -> Matrix:
        r"""The matrix mirrored at its diagonal."""
        return Matrix(self.rows, self.exact)

    def absolute(self) -> Matrix:
        r"""The matrix of the absolute values."""
        columns: tuple[Column, ...] = tuple(tuple((i, _size(value)) for i, value in c) for c in self.columns)
        return Matrix(columns, self.exact)

    def scaled(self, left: Sequence[Number], right: Sequence[Number]) -> Matrix:
        r"""Row ``i`` times ``left[i]``, column ``j`` times ``right[j]``."""
        columns = (tuple((i, tidy(left[i] * v * right[j])) for i, v in c) for j, c in enumerate(self.columns))
        made = tuple(columns)
        return Matrix(made, not any(isinstance(value, float) for column in made for _, value in column))

    def direct_sum(self, other: Matrix) -> Matrix:
        r"""Both matrices as blocks on the diagonal."""
        moved = tuple(tuple((i + self.dim, value) for i, value in column) for column in other.columns)
        return Matrix(self.columns + moved, self.exact and other.exact)

    def kron(self, other: Matrix) -> Matrix:
        r"""The tensor product; coordinate :math:`(i, k)` has number ``i * other.dim + k``."""
        columns = (
            tuple((i * other.dim + k, tidy(a * b)) for i, a in left for k, b in right)
            for left in self.columns
            for right in other.columns
        )
        return Matrix(tuple(columns), self.exact and other.exact)

    def __add__(self, other: Matrix) -> Matrix:
        columns = []
        for left, right in zip(self.columns, other.columns, strict=True):
            total: dict[int, Number] = dict(left)
            for i, value in right:
                total[i] = total.get(i, 0) + value
            columns.append(_column(total))
        return Matrix(tuple(columns), self.exact and other.exact)

    def __matmul__(self, other: Matrix) -> Matrix:
        if not (self.exact and other.exact) and not (self.is_monomial and other.is_monomial):
            return Matrix.from_dense(self.dense() @ other.dense())
        columns = []
        for right in other.columns:
            total: dict[int, Number] = {}
            for k, b in right:
                for i, a in self.columns[k]:
                    total[i] = total.get(i, 0) + a * b
            columns.append(_column(total))
        return Matrix(tuple(columns), self.exact and other.exact)


def tidy(value: Number) -> Number:
    r"""The same number, as an ``int`` if it is a whole fraction: whole numbers are much faster."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _size(value: Number) -> Number:
    return value if value >= 0 else -value


def _column(entries: dict[int, Number]) -> Column:
    return tuple((i, tidy(entries[i])) for i in sorted(entries) if entries[i] != 0)


def read_matrix(value: Any, owner: str, what: str) -> Matrix:
    r"""Read a square matrix that a user gave as nested sequences, as an array or as a tensor.

    Args:
        value: Whole numbers and fractions are exact, a float makes the matrix one of floats.
        owner: Who reads, for messages.
        what: What is read, for messages.

    Raises:
        ValueError: If it is not a square table, or an entry is not finite.
        TypeError: If an entry is not a real number.

    .. code-block:: python

        >>> read_matrix([[0, 1], [1, 0]], "Reader", "generator 0").exact
        True
        >>> read_matrix([[0.5]], "Reader", "generator 0").exact
        False
    """
    if isinstance(value, Matrix):
        return value
    table = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else _as_objects(value))
    if table.ndim != 2 or table.shape[0] != table.shape[1] or table.shape[0] == 0:
        raise ValueError(f"'{owner}' expected a square matrix as {what} (got one of shape {list(table.shape)})")
    rows = [[_number(entry, owner, what) for entry in row] for row in table.tolist()]
    return Matrix.from_rows(rows)


def _as_objects(value: Any) -> npt.NDArray[Any]:
    if isinstance(value, np.ndarray):
        return value
    # Rows of different lengths, and whatever else is no table, end as an array of another shape.
    try:
        return np.array(value, dtype=object)
    except ValueError:
        return np.array([None], dtype=object)


def _number(entry: Any, owner: str, what: str) -> Number:
    if isinstance(entry, np.generic):
        entry = entry.item()
    if isinstance(entry, bool | int | Fraction):
        return entry if isinstance(entry, Fraction) else int(entry)
    if not isinstance(entry, float):
        raise TypeError(f"'{owner}' expected real numbers in {what} (got {entry!r})")
    if not math.isfinite(entry):
        raise ValueError(f"'{owner}' expected finite numbers in {what} (got {entry})")
    return entry
