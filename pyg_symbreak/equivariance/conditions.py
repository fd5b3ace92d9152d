r"""The conditions under which activations carry one matrix into another, entry by entry."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pyg_symbreak.equivariance.assignment import Assignment, scaled_copies
from pyg_symbreak.equivariance.matrices import Column, Matrix, Number


@dataclass(frozen=True)
class Failure:
    r"""A condition that does not hold.

    Args:
        row: The row of the matrices.
        columns: The columns that matter.
        reason: Why, as a sentence without its full stop.
        kind: ``"mixing"`` (a row has several entries), ``"number"`` (an entry does not pass), ``"image"`` (it passes as
            another number than the output has), or ``"offset"`` (the value at zero is not kept).

    .. code-block:: python

        >>> Failure(0, (1,), "it fails", "number").row
        0
    """

    row: int
    columns: tuple[int, ...]
    reason: str
    kind: str


class Conditions:
    r"""Decide whether :math:`\tilde f(Ax) = B \tilde f(x)` for all :math:`x`, with one :math:`f_i` for each coordinate.

    With :math:`g_i = f_i - f_i(0)` this holds if and only if

    1. :math:`B\beta = \beta` for the values :math:`\beta_i = f_i(0)`,
    2. :math:`g_i(A_{ij}t) = B_{ij}\,g_j(t)` for all :math:`i, j` and :math:`t`, and
    3. :math:`g_i` is linear wherever row :math:`i` of :math:`A` has several entries that are not zero.

    (1: put :math:`x = 0`. 2: subtract that, put :math:`x = t e_j`. 3: then :math:`g_i(u + v) = g_i(u) + g_i(v)`, which
    makes a measurable function linear. The converse is a sum over the row.) For :math:`A = e^{tX}`, :math:`B = e^{tY}`
    at all times these become conditions on the entries of :math:`X` and :math:`Y`, with powers in the place of numbers.

    Args:
        assignment: The activations.

    .. code-block:: python

        >>> import torch
        >>> from pyg_symbreak.equivariance.assignment import assign
        >>> from pyg_symbreak.equivariance.constructors import sign
        >>> from pyg_symbreak.equivariance.multiplier import Multiplier
        >>> relu = Conditions(assign(Multiplier.homogeneous("relu", torch.relu), sign(2)))
        >>> [failure.kind for failure in relu.failures(Matrix.from_rows([[-1]]), Matrix.from_rows([[-1]]))]
        ['number']
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._cache: dict[tuple[int, int, Number, Number | None], tuple[str, str] | None] = {}
        self.assumed = False
        r"""Whether something was not refuted rather than proved."""

    def failures(self, a: Matrix, b: Matrix, lie: bool = False) -> Iterator[Failure]:
        r"""The first condition that fails in every row.

        Args:
            a: The matrix on the inputs, or the Lie generator.
            b: The matrix on the outputs, or the Lie generator.
            lie: Whether these are Lie generators.
        """
        for i in range(a.dim):
            failure = self._row(i, a.rows[i], b.rows[i], lie)
            if failure is not None:
                yield failure

    def _row(self, i: int, a: Column, b: Column, lie: bool) -> Failure | None:
        f, left, right = self._assignment, dict(a), dict(b)
        general = not f.is_constant(i) and f.slope(i) is None
        extra = [j for j in left if j != i] if lie else list(left)
        if general and len(extra) > (0 if lie else 1):
            columns = tuple(sorted({i, *extra})) if lie else tuple(extra)
            return Failure(
                i,
                columns[:2],
                f"it mixes coordinates {columns[0]} and {columns[1]}, which only affine functions pass",
                "mixing",
            )
        for j in sorted({*left, *right, *([i] if lie else [])}):
            problem = self._entry(i, j, left.get(j, 0), right.get(j, 0), lie)
            if problem is not None:
                return Failure(i, (j,), problem[0], problem[1])
        return self._offset(i, b, lie)

    def _entry(self, i: int, j: int, a: Number, b: Number, lie: bool) -> tuple[str, str] | None:
        """Condition 2: what is wrong with an entry, if anything is."""
        f = self._assignment
        place = f"in row {i} and column {j}"
        if f.is_constant(j):
            bad = a != 0 and not f.is_constant(i)
            return (
                (f"{f.multipliers[i].name} is not constant, but gets a constant coordinate {place}", "number")
                if bad
                else None
            )
        if f.is_constant(i):
            return (
                (f"a constant cannot become {_show(b)} times another coordinate {place}", "image") if b != 0 else None
            )
        if lie and i == j and f.slope(i) is None:
            return self._power(i, a, b)
        if (a == 0) != (b == 0):
            return f"the matrices on inputs and outputs have {_show(a)} and {_show(b)} {place}", "image"
        if a == 0:
            return None
        slopes = f.slope(i), f.slope(j)
        if slopes[0] is not None and slopes[1] is not None:
            if _close(slopes[0] * a, b * slopes[1]):
                return None
            return f"a linear function passes {_show(a)} {place} as itself, but the output has {_show(b)}", "image"
        if slopes != (None, None):
            return f"an affine function and another one share an orbit {place}", "number"
        key = (f.kinds[i], f.kinds[j], a, b)
        if key not in self._cache:
            self._cache[key] = self._passes(i, j, a, b)
        return self._cache[key]

    def _passes(self, i: int, j: int, a: Number, b: Number) -> tuple[str, str] | None:
        f = self._assignment
        name = f.multipliers[i].name
        if f.kinds[i] == f.kinds[j]:
            multiplier = f.multipliers[i]
            if multiplier.contains(a):
                image = multiplier.character(a)
                if _close(image, b):
                    return None
                return f"{name} passes {_show(a)} as {_show(image)}, but the output has {_show(b)}", "image"
            if f.uniform or f.offsets[i] == 0:
                return f"{name} does not pass {_show(a)}: f({_factor(a)}x) is no multiple of f(x)", "number"
        # Two functions on one orbit, or constants beside that may make up for the value at zero: values must tell.
        if scaled_copies(lambda x: f.centred(i, x), lambda x: f.centred(j, x), float(a), float(b)):
            self.assumed = True
            return None
        other = f.multipliers[j].name
        return f"{name} of {_factor(a)}x is not {_show(b)} times {other} of x", "number"

    def _power(self, i: int, a: Number, b: Number) -> tuple[str, str] | None:
        """The diagonal of Lie generators: f(e^(ta) x) = e^(tb) f(x) at all times t."""
        multiplier = self._assignment.multipliers[i]
        if a == 0:
            return None if b == 0 else (f"coordinate {i} rests at the input and grows at the output", "image")
        if not (multiplier.contains(2) and multiplier.contains(3)):
            return (
                f"{multiplier.name} is not positively homogeneous, but all positive numbers scale coordinate {i}",
                "number",
            )
        power: Number = multiplier.power
        if not multiplier.exact:
            self.assumed = True
            power = math.log2(abs(float(multiplier.character(2))))
        if _close(power * a, b):
            return None
        return (
            f"{multiplier.name} has degree {power}, but the exponents at coordinate {i} are {_show(a)} and {_show(b)}",
            "image",
        )

    def _offset(self, i: int, b: Column, lie: bool) -> Failure | None:
        """Condition 1, row by row."""
        beta = self._assignment.offsets
        total = sum((value * beta[j] for j, value in b), start=Fraction(0))
        if _close(total, 0 if lie else beta[i]):
            return None
        sums = "0 at the output" if lie else f"{_show(beta[i])} in row {i} of the output"
        reason = f"the value at zero is not kept: the matrix makes {_show(total)} of it instead of {sums}"
        return Failure(i, tuple(j for j, _ in b), reason, "offset")


def _close(x: Number, y: Number) -> bool:
    if isinstance(x, float) or isinstance(y, float):
        return math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12)
    return x == y


def _show(value: Number) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _factor(value: Number) -> str:
    shown = _show(value)
    return "-" if shown == "-1" else "" if shown == "1" else f"({shown})" if "/" in shown else shown
