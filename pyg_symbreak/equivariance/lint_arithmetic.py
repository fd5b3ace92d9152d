r"""What the rules say where tensors meet: sums, products, joins, and what is taken along an axis."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from torch import Tensor

from pyg_symbreak.equivariance.lint_kinds import is_trivial, permutes
from pyg_symbreak.equivariance.lint_layers import Judge
from pyg_symbreak.equivariance.lint_report import Problem
from pyg_symbreak.equivariance.lint_rules import (
    check_common_shift,
    check_isometry,
    check_map,
    check_scale,
    check_shift,
    is_free,
    values_of,
)
from pyg_symbreak.equivariance.lint_space import Space
from pyg_symbreak.equivariance.matrices import FloatArray


class _Mark:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = _Mark("UNKNOWN")
"""A tensor of which nothing is known."""
INVARIANT: Final = _Mark("INVARIANT")
"""A tensor that the group leaves alone, of any shape."""


def add_spaces(judge: Judge, where: str, left: Any, right: Any) -> Any:
    r"""Two summands, of which one is a space at least.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> judge, space = Judge(), Space(permutation(2))
        >>> add_spaces(judge, "here", space, 1.0) is space
        True
    """
    space, other = (left, right) if isinstance(left, Space) else (right, left)
    if other is UNKNOWN:
        judge.skip(where, "one of the summands is not known")
        return UNKNOWN
    rho, problem = space.representation, None
    if isinstance(other, Space):
        if not space.same(other):
            repair = ("map one of them to the representation of the other first",)
            problem = Problem("sum", "refuted", f"summands of different kinds: {space} and {other}", "", repair)
    elif isinstance(other, Tensor):
        free, values = is_free(other, judge.trainable), _along(other, space)
        if values is None:
            problem = check_common_shift(float(other.detach().abs().max()), rho, free, "the summand")
        else:
            problem = check_shift(values, rho, free, "the summand")
    else:
        value = 1.0 if other is INVARIANT else float(other)
        problem = check_shift(np.full(rho.dim, value), rho, False, "one number on all coordinates")
    judge.note(where, problem)
    return space


def multiply_spaces(judge: Judge, where: str, left: Any, right: Any, divides: bool) -> Any:
    r"""Two factors, or a dividend and a divisor, of which one is a space at least.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> judge, space = Judge(), Space(permutation(2))
        >>> multiply_spaces(judge, "here", space, 2.0, False) is space
        True
    """
    space, other = (left, right) if isinstance(left, Space) else (right, left)
    if other is UNKNOWN or (divides and space is right):
        judge.skip(where, "a quotient by coordinates" if divides else "one of the factors is not known")
        return UNKNOWN
    rho, problem = space.representation, None
    if isinstance(other, Space):
        if is_trivial(rho) and not divides:
            space, other, rho = other, space, other.representation
        if not is_trivial(other.representation) and not (space.same(other) and permutes(rho)):
            repair = ("multiply by an invariant, such as a norm or a gate", "take scalar or tensor products instead")
            reason = f"the coordinates of {space} and {other} are multiplied"
            problem = Problem("product", "refuted", reason, "", repair)
    elif isinstance(other, Tensor):
        values = _along(other, space)
        if values is not None:
            problem = check_scale(values, rho, is_free(other, judge.trainable), "the factor", "scale")
    judge.note(where, problem)
    return space


def _along(tensor: Tensor, space: Space) -> FloatArray | None:
    """A constant with the axis of the coordinates last, or ``None`` if it is the same for all of them."""
    values, dim = values_of(tensor), space.representation.dim
    axis = space.axis
    if -values.ndim <= axis < values.ndim and values.shape[axis] == dim:
        moved: FloatArray = np.moveaxis(values, axis, -1)
        return moved
    return None


def join_spaces(judge: Judge, where: str, parts: Any, axis: int) -> Any:
    r"""Spaces side by side: a sum along their axis, copies along another.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> judge, space = Judge(), Space(permutation(2))
        >>> join_spaces(judge, "here", [space, space], -1).representation.dim
        4
    """
    first = parts[0]
    if any(part.axis != first.axis for part in parts):
        judge.skip(where, "the representations act on different axes")
        return UNKNOWN
    if axis == first.axis:
        total = first.representation
        for part in parts[1:]:
            total = total + part.representation
        judge.note(where)
        return Space(total, axis)
    problem = None
    if not all(first.same(part) for part in parts):
        problem = Problem("sum", "refuted", f"parts of different kinds are joined along axis {axis}", "", ())
    judge.note(where, problem)
    return first


def swap_axes(judge: Judge, where: str, space: Space, axes: list[Any]) -> Any:
    r"""Two axes that change places.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> judge, space = Judge(), Space(permutation(2))
        >>> swap_axes(judge, "here", space, [-1, -2]).axis
        -2
    """
    if len(axes) == 2 and all(isinstance(axis, int) and axis < 0 for axis in (*axes, space.axis)):
        moved = {axes[0]: axes[1], axes[1]: axes[0]}
        return Space(space.representation, moved.get(space.axis, space.axis))
    judge.skip(where, "axes are followed if they are counted from behind")
    return UNKNOWN


def measure_space(judge: Judge, where: str, name: str, space: Space, axis: Any) -> Any:
    r"""A norm along the axis, or a vector divided by its norm.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> judge, space = Judge(), Space(permutation(2))
        >>> measure_space(judge, "here", "norm", space, -1)
        INVARIANT
    """
    if axis != space.axis:
        judge.skip(where, f"{name} along another axis than that of the representation; annotate its result")
        return UNKNOWN
    judge.note(where, check_isometry(space.representation))
    return space if name == "normalize" else INVARIANT


def sum_coordinates(judge: Judge, where: str, name: str, space: Space, axis: Any, target: Any) -> Any:
    r"""A sum or a mean along the axis.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> judge, space = Judge(), Space(permutation(2))
        >>> sum_coordinates(judge, "here", "sum", space, -1, None)
        INVARIANT
    """
    rho = space.representation
    if axis != space.axis:
        judge.skip(where, f"{name} along another axis than that of the representation; annotate its result")
        return target or UNKNOWN
    output = rho.trivial() if target is None or target.representation.dim != 1 else target.representation
    problem = check_map(np.ones((1, rho.dim)), rho, output, free=False)
    if problem is not None:
        reason = f"the {name} of the coordinates is not invariant"
        problem = Problem("sum", "refuted", reason, problem.witness, ("use their norm",))
    judge.note(where, problem)
    return target or INVARIANT
