r"""What kind of matrices a representation has, as far as lint rules ask."""

from __future__ import annotations

from pyg_symbreak.equivariance.matrices import Matrix, Number
from pyg_symbreak.equivariance.representation import Representation


def permutes(rho: Representation, signs: bool = False) -> bool:
    r"""Whether all elements permute the coordinates, or do so up to signs.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import octahedral
        >>> permutes(octahedral()), permutes(octahedral(), signs=True)
        (False, True)
    """
    allowed = (1, -1) if signs else (1,)
    return all(x.is_zero for x in rho.lie_matrices) and all(
        m.is_monomial and all(c[0][1] in allowed for c in m.columns) for m in rho.matrices
    )


def is_trivial(rho: Representation) -> bool:
    r"""Whether every element is the identity.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import sign, trivial
        >>> is_trivial(trivial(3)), is_trivial(sign(3))
        (True, False)
    """
    return permutes(rho) and all(m.is_diagonal for m in rho.matrices)


def named_matrices(rho: Representation) -> list[tuple[str, Matrix, bool]]:
    r"""Generators and Lie generators with what to call them, and whether they are of the second kind.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import orthogonal
        >>> [(name, lie) for name, _, lie in named_matrices(orthogonal(2))]
        [('generator 0', False), ('Lie generator 0', True)]
    """
    found = [(f"generator {k}", matrix, False) for k, matrix in enumerate(rho.matrices)]
    return found + [(f"Lie generator {k}", matrix, True) for k, matrix in enumerate(rho.lie_matrices)]


def scalar_of(matrix: Matrix) -> Number | None:
    r"""The number :math:`c` if the matrix is :math:`c` times the identity, else ``None``.

    .. code-block:: python

        >>> scalar_of(Matrix.identity(2)), scalar_of(Matrix.from_rows([[1, 0], [0, 2]]))
        (1, None)
    """
    value = matrix.entry(0, 0)
    same = matrix.is_diagonal and all(matrix.entry(j, j) == value for j in range(matrix.dim))
    return value if same else None
