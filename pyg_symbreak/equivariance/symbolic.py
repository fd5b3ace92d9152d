r"""Multiplier groups of sympy expressions, decided by algebra where sympy can."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.equivariance.germ import is_analytic_at_zero
from pyg_symbreak.equivariance.multiplier import Function, Multiplier
from pyg_symbreak.equivariance.probe import check_defined, probe_points

PLACES = ("1/1000000", "1/700", "1/30", "1/3", "5/7", "1", "13/11", "2", "22/7", "11/2", "20", "333/5", "1000")


def is_expression(value: Any) -> bool:
    r"""Whether something is a sympy expression; sympy is not imported for that.

    .. code-block:: python

        >>> is_expression("tanh(x)")
        False
    """
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, sympy.Expr)


def multiplier_of_expression(expression: Any) -> Multiplier:
    r"""The multiplier group of an expression in one symbol.

    With :math:`f_\pm(y) = f(\pm y)` for positive :math:`y`:

    - :math:`f` is positively homogeneous if and only if :math:`f_\pm(y) = f_\pm(1)\,y^p` with one :math:`p`;
    - it is even or odd if and only if :math:`f_- = \pm f_+`, and :math:`f(0) = 0` for odd ones;
    - nothing else passes if one of :math:`f_\pm` is not of that form but is analytic at zero from the right:
      comparing power series in :math:`f_+(ay) = b f_+(y)` leaves a single power :math:`c y^p` near zero, and
      multiplying by powers of :math:`a` carries every :math:`y` there.

    An identity is proved if it simplifies to zero, and refuted by values with many digits. Where sympy can do neither,
    the function is a black box, whose multipliers are assumed.

    Args:
        expression: An expression with at most one free symbol.

    Raises:
        ValueError: If there are more symbols, or the expression has no real value at some point.

    .. code-block:: python

        >>> import sympy
        >>> x = sympy.Symbol("x")
        >>> for f in (sympy.Max(x, 0) ** 2, sympy.tanh(x) + x, x * sympy.Abs(x), 1 / (1 + sympy.exp(-x))):
        ...     print(multiplier_of_expression(f))
        Max(0, x)**2: positively homogeneous of degree 2
        x + tanh(x): odd, not homogeneous
        x*Abs(x): odd and homogeneous of degree 2
        1/(1 + exp(-x)): neither odd, even nor homogeneous
    """
    import sympy

    symbols = sorted(expression.free_symbols, key=str)
    if len(symbols) > 1:
        raise ValueError(f"'multiplier_of' expected an expression in one symbol (got {expression}, in {symbols})")
    x = sympy.Symbol("x", real=True)
    given = expression.subs(symbols[0], x) if symbols else expression
    name, function = str(expression), _as_function(x, given)
    check_defined(function(probe_points()), name)
    if not given.has(x):
        return Multiplier.fixed(name, function, _number(given))
    if given.is_polynomial(x) and sympy.degree(given, x) <= 1:
        slope, offset = (_number(sympy.Poly(given, x).nth(k)) for k in (1, 0))
        made = Multiplier.straight(name, function, slope, offset)
        return made if slope != 0 else Multiplier.fixed(name, function, offset)
    y = sympy.Symbol("y", positive=True)
    right, left, middle = given.subs(x, y), given.subs(x, -y), given.subs(x, 0)
    constant = _all([_vanishes(right - middle, y), _vanishes(left - middle, y)])
    if constant:
        return Multiplier.fixed(name, function, _number(middle))
    powers = [_monomial(part, y) for part in (right, left)]
    parity = _parity(right, left, middle, y)
    if constant is None or parity is None or "unknown" in powers:
        return Multiplier.black_box(name, function)
    degrees = {power for power in powers if power != "zero"}
    if "none" not in degrees and len(degrees) == 1:
        (degree,) = degrees
        if middle == 0 or degree == 0:
            return _homogeneous(name, function, degree, parity)
    # Two powers, or a power and another value at zero, also let no positive number but 1 pass.
    others = [part for power, part in zip(powers, (right, left)) if power == "none"]
    if others and not any(is_analytic_at_zero(part, y) for part in others):
        return Multiplier.black_box(name, function)
    family = {0: Multiplier.generic, 1: Multiplier.even, -1: Multiplier.odd}[parity]
    return family(name, function)


def _homogeneous(name: str, function: Function, degree: Any, parity: int) -> Multiplier:
    if degree == 1 and parity == -1:
        slope = float(function(torch.ones(1, dtype=torch.float64)))
        return Multiplier.straight(name, function, slope)
    if not degree.is_rational:
        return Multiplier.black_box(name, function)
    return Multiplier.homogeneous(name, function, Fraction(int(degree.p), int(degree.q)), parity or None)


def _monomial(part: Any, y: Any) -> Any:
    """The power p if the part is c·y^p, or the words "zero", "none" (proved) or "unknown"."""
    import sympy

    zero = _vanishes(part, y)
    if zero is not False:
        return "zero" if zero else "unknown"
    one, two = part.subs(y, 1), part.subs(y, 2)
    if one == 0 or not (two / one).is_positive:
        return "none" if one == 0 or (two / one).is_nonpositive else "unknown"
    # Two values leave a single power to look at.
    power = sympy.log(two / one) / sympy.log(2)
    near = sympy.nsimplify(power.evalf(30), rational=True, tolerance=1e-20)
    if _vanishes(part - one * y**near, y):
        return near
    same = _vanishes(part - one * y**power, y)
    return "unknown" if same is None else power if same else "none"


def _parity(right: Any, left: Any, middle: Any, y: Any) -> int | None:
    """1, -1, 0 for even, odd, neither, as far as that is proved; None otherwise."""
    even, odd = _vanishes(left - right, y), _vanishes(left + right, y)
    if even:
        return 1
    if odd and middle == 0:
        return -1
    return None if even is None or odd is None else 0


def _vanishes(expression: Any, y: Any) -> bool | None:
    """Whether an expression in positive y is zero: proved, refuted, or (None) neither."""
    import sympy

    for place in PLACES:
        try:
            value = expression.subs(y, sympy.Rational(place)).evalf(30)
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        if value.is_number and value.is_finite and abs(value) > sympy.Float("1e-20"):
            return False
    if expression.has(sympy.Max, sympy.Min):
        expression = sympy.piecewise_fold(expression.rewrite(sympy.Piecewise))
    return True if sympy.simplify(expression) == 0 else None


def _all(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _number(value: Any) -> Any:
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else float(value)


def _as_function(x: Any, expression: Any) -> Function:
    import sympy

    # In the module math these are missing, and sympy's own are a thousand times slower.
    quick = {"sign": lambda v: (v > 0) - (v < 0), "Heaviside": lambda v, zero: zero if v == 0 else float(v > 0)}
    evaluate = sympy.lambdify(x, expression, modules=[quick, "math", "sympy"])

    def function(values: Tensor) -> Tensor:
        found = [_value(evaluate, value) for value in values.flatten().tolist()]
        return torch.tensor(found, dtype=values.dtype).view_as(values)

    return function


def _value(evaluate: Any, value: float) -> float:
    try:
        return float(evaluate(value))
    except OverflowError:
        return float("inf")
    except (TypeError, ValueError, ZeroDivisionError):
        return float("nan")
