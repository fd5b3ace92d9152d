r"""Expressions that are analytic at zero from the right."""

from __future__ import annotations

from typing import Any


def is_analytic_at_zero(expression: Any, y: Any) -> bool:
    r"""Whether an expression equals, for small positive :math:`y`, a function that is analytic around zero.

    The rules are sufficient, not necessary: ``False`` means that it is not known.

    Args:
        expression: A sympy expression.
        y: Its symbol, positive.

    .. code-block:: python

        >>> import sympy
        >>> y = sympy.Symbol("y", positive=True)
        >>> [is_analytic_at_zero(f, y) for f in (sympy.exp(-y), sympy.Min(y, 6), sympy.log(1 + y), sympy.sqrt(y))]
        [True, True, True, False]
    """
    import sympy

    if not expression.has(y) or expression == y:
        return bool(expression == y or expression.is_finite)
    entire = (sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.erf, sympy.erfc)
    on_reals = (sympy.tanh, sympy.atan, sympy.asinh, sympy.sech)
    parts = expression.args
    if isinstance(expression, sympy.Piecewise):
        chosen = _chosen(expression, y)
        return chosen is not None and is_analytic_at_zero(chosen, y)
    if not all(is_analytic_at_zero(part, y) for part in parts):
        return False
    if isinstance(expression, (sympy.Add, sympy.Mul, *entire, *on_reals)):
        return True
    start = [part.subs(y, 0) for part in parts]
    if isinstance(expression, sympy.Pow):
        base, exponent = parts
        if not base.has(y):
            return bool(base.is_positive)
        if exponent.has(y):
            return bool(start[0].is_positive)
        whole = bool(exponent.is_integer)
        return (whole and bool(exponent.is_nonnegative or start[0].is_nonzero)) or bool(start[0].is_positive)
    if isinstance(expression, sympy.log):
        return bool(start[0].is_positive)
    if isinstance(expression, (sympy.Abs, sympy.sign)):
        return bool(start[0].is_nonzero)
    if isinstance(expression, (sympy.Max, sympy.Min)):
        # Near zero one of them wins if it wins at zero.
        best = expression.func(*start)
        return bool(sum(not (value - best).is_nonzero for value in start) == 1)
    return False


def _chosen(expression: Any, y: Any) -> Any | None:
    """The piece that holds for small positive y, if the conditions tell."""
    import sympy

    for piece, condition in expression.args:
        if condition in (sympy.true, sympy.false):
            holds = bool(condition)
        elif isinstance(condition, (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge)):
            gap = (condition.gts - condition.lts).subs(y, 0)
            if not gap.is_nonzero:
                return None
            holds = bool(gap.is_positive)
        else:
            return None
        if holds:
            return piece
    return None
