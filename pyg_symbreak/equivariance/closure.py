r"""All elements of the finite group that some matrices generate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyg_symbreak.equivariance.matrices import FloatArray, Matrix

SLACK = 1e-7


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
    found = [Matrix.identity(dim)]
    known = _Known(found[0], exact=all(matrix.exact for matrix in generators))
    at = 0
    while at < len(found):
        for step in generators:
            product = step @ found[at]
            if known.add(product):
                found.append(product)
                if len(found) > limit:
                    raise ValueError(
                        f"'Representation.elements' expected a finite group of at most {limit} elements (got more; "
                        f"raise 'limit' if the group is finite)"
                    )
        at += 1
    return tuple(found)


class _Known:
    """The matrices seen so far: looked up by value if exact, by distance if not."""

    def __init__(self, first: Matrix, exact: bool) -> None:
        self._exact = exact
        self._values = {first.columns}
        self._dense: list[FloatArray] = [first.dense()]

    def add(self, matrix: Matrix) -> bool:
        if self._exact:
            size = len(self._values)
            self._values.add(matrix.columns)
            return len(self._values) > size
        dense = matrix.dense()
        if bool((np.abs(np.stack(self._dense) - dense).max((1, 2)) < SLACK).any()):
            return False
        self._dense.append(dense)
        return True
