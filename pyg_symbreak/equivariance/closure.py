r"""All elements of the finite group that some matrices generate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyg_symbreak.equivariance.matrices import Column, FloatArray, Matrix

SLACK = 1e-7
"""How far entries of two floating-point matrices of one element may be apart."""


def close(generators: Sequence[Matrix], dim: int, limit: int) -> tuple[Matrix, ...]:
    r"""The products of some matrices, the identity first.

    In a finite group inverses are powers, so products of the generators are enough.

    Args:
        generators: The matrices.
        dim: Their size.
        limit: How many elements to expect at most.

    Raises:
        ValueError: If there are more, as in a group that is not finite.

    .. code-block:: python

        >>> len(close([Matrix.from_rows([[0, 1], [1, 0]])], 2, 10))
        2
    """
    return close_with_images(generators, dim, limit)[0]


def close_with_images(
    generators: Sequence[Matrix], dim: int, limit: int
) -> tuple[tuple[Matrix, ...], tuple[tuple[int, ...], ...]]:
    r"""The same, and for every generator the numbers of its products with all elements.

    .. code-block:: python

        >>> close_with_images([Matrix.from_rows([[0, 1], [1, 0]])], 2, 10)[1]
        ((1, 0),)
    """
    found = [Matrix.identity(dim)]
    known = _Known(found[0], exact=all(matrix.exact for matrix in generators))
    images: list[list[int]] = [[] for _ in generators]
    at = 0
    while at < len(found):
        for row, step in zip(images, generators, strict=True):
            product = step @ found[at]
            number = known.number(product)
            if number == len(found):
                found.append(product)
                if len(found) > limit:
                    raise ValueError(
                        f"'Representation.elements' expected a finite group of at most {limit} elements (got more; "
                        f"raise 'limit' if the group is finite)"
                    )
            row.append(number)
        at += 1
    return tuple(found), tuple(tuple(row) for row in images)


class _Known:
    """The numbers of the matrices seen so far: looked up by value if exact, by distance if not."""

    def __init__(self, first: Matrix, exact: bool) -> None:
        self._exact = exact
        self._numbers: dict[tuple[Column, ...], int] = {first.columns: 0}
        self._dense: list[FloatArray] = [first.dense()]

    def number(self, matrix: Matrix) -> int:
        if self._exact:
            return self._numbers.setdefault(matrix.columns, len(self._numbers))
        dense = matrix.dense()
        near = np.flatnonzero(np.abs(np.stack(self._dense) - dense).max((1, 2)) < SLACK)
        if near.size:
            return int(near[0])
        self._dense.append(dense)
        return len(self._dense) - 1
