r"""The representation that an activation leaves behind."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from pyg_symbreak.equivariance.assignment import Assignment, assign
from pyg_symbreak.equivariance.decision import admissible
from pyg_symbreak.equivariance.matrices import Matrix, Number
from pyg_symbreak.equivariance.registry import multiplier_of
from pyg_symbreak.equivariance.representation import Representation


def image_representation(activation: Any, rho_in: Representation) -> Representation:
    r"""The representation on the outputs of an activation, given that on its inputs.

    A function that is not affine sends entries :math:`a` of monomial matrices to :math:`\chi_f(a)`, where
    :math:`f(ax) = \chi_f(a) f(x)`, so there is one such representation at most: :math:`|a|` for the absolute value,
    :math:`a^2` for the square, :math:`a` for what is admissible in the narrow sense.

    Args:
        activation: What :func:`~pyg_symbreak.equivariance.admissible` takes.
        rho_in: The representation before the activation.

    Raises:
        ValueError: If there is none, with the reason.

    .. code-block:: python

        >>> import torch
        >>> from pyg_symbreak.equivariance.constructors import sign
        >>> image_representation(torch.abs, sign(3)).generators
        (((Fraction(1, 1),),), ((Fraction(1, 1),),))
    """
    assignment = assign(activation, rho_in, multiplier_of)
    made = Representation(
        [_image(assignment, matrix) for matrix in rho_in.matrices],
        [_derivative(assignment, matrix) for matrix in rho_in.lie_matrices],
        name=None if rho_in.name is None else f"{assignment.name} of {rho_in.name}",
    )
    report = admissible(list(assignment.multipliers), rho_in, made)
    if not report:
        raise ValueError(f"'image_representation' expected an activation that leaves one (got: {report.reason})")
    return made


def _image(assignment: Assignment, matrix: Matrix) -> Matrix:
    """What becomes of a matrix; where nothing fits, the entry itself, and the decision says why not."""
    if not matrix.is_monomial:
        return matrix
    rows, values = zip(*(column[0] for column in matrix.columns))
    return Matrix.monomial(rows, [_entry(assignment, i, j, a) for j, (i, a) in enumerate(zip(rows, values))])


def _entry(assignment: Assignment, i: int, j: int, a: Number) -> Number:
    one, other = assignment.slope(i), assignment.slope(j)
    if assignment.is_constant(j):
        return 1
    if one is not None and other is not None:
        return one * a / (other if isinstance(other, float) else Fraction(other))
    multiplier = assignment.multipliers[j]
    same = assignment.kinds[i] == assignment.kinds[j]
    return multiplier.character(a) if same and multiplier.contains(a) else a


def _derivative(assignment: Assignment, matrix: Matrix) -> Matrix:
    if not matrix.is_diagonal:
        return matrix
    powers: list[Number] = []
    for j in range(matrix.dim):
        multiplier = assignment.multipliers[j]
        if assignment.is_constant(j):
            powers.append(0)
        elif assignment.slope(j) is not None or not multiplier.contains(2):
            powers.append(1)
        elif multiplier.exact:
            powers.append(multiplier.power)
        else:
            powers.append(math.log2(abs(float(multiplier.character(2)))))
    return matrix.scaled(powers, [1] * matrix.dim)
