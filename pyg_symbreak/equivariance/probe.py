r"""Functions of one variable seen from outside: what evaluations on a grid refute, and what they can never prove."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.equivariance.matrices import Number

Function = Callable[[Tensor], Tensor]

SLACK = 1e-9
"""How far, relatively, both sides of an identity may be apart in float64."""
FLOOR = 1e-13
"""What counts as zero beside values of size one: functions that cancel leave noise."""
DEFINED_UP_TO = 100.0
"""A function has to have values up to here; further out it may overflow."""


@dataclass(frozen=True)
class Counterexample:
    r"""A point at which :math:`f(ax) = b\,f(x)` fails.

    Args:
        factor: The number :math:`a`.
        x: The point.
        left: The value :math:`f(ax)`.
        right: The value :math:`b\,f(x)`, for the :math:`b` that fits another point or was asked for.

    .. code-block:: python

        >>> refute(torch.relu, -1)
        Counterexample(factor=-1, x=..., left=..., right=...)
    """

    factor: Number
    x: float
    left: float
    right: float

    @property
    def residual(self) -> float:
        r"""The distance of both sides."""
        return abs(self.left - self.right)


def probe_points() -> Tensor:
    r"""The grid: zero, and both signs of sizes from a millionth to a million, in float64.

    Nearly all activations are straight below a hundredth and many are beyond ten, so the grid reaches far past both.

    .. code-block:: python

        >>> points = probe_points()
        >>> bool((points == 0).any()), points.dtype
        (True, torch.float64)
    """
    sizes = torch.logspace(-6, 6, 481, dtype=torch.float64)
    middle = torch.linspace(0.05, 30.0, 240, dtype=torch.float64)
    positive = torch.cat([sizes, middle + math.pi / 1000])
    return torch.cat([positive, torch.zeros(1, dtype=torch.float64), -positive])


def factor_between(function: Function, a: Number) -> float | None:
    r"""The number :math:`b` with :math:`f(ax) = b\,f(x)` at all points of the grid, or ``None`` if there is none.

    Args:
        function: The function; not zero everywhere, else :math:`b` is taken to be one.
        a: The number, not zero.

    .. code-block:: python

        >>> factor_between(torch.relu, 3), factor_between(torch.relu, -1), factor_between(torch.square, -2)
        (3.0, None, 4.0)
    """
    x, inner, outer = _both_sides(function, a)
    b = _fitting(inner, outer)
    return b if _worst(x, a, inner, outer, b) is None else None


def refute(function: Function, a: Number, b: Number | None = None) -> Counterexample | None:
    r"""Look for a point with :math:`f(ax) \ne b\,f(x)`.

    Args:
        function: The function.
        a: The number, not zero.
        b: The number, or ``None`` to refute them all at once.

    Returns:
        The worst point of the grid, or ``None`` if there is none, which proves nothing.

    .. code-block:: python

        >>> refute(torch.tanh, -1, -1) is None, refute(torch.tanh, 2).factor
        (True, 2)
    """
    x, inner, outer = _both_sides(function, a)
    return _worst(x, a, inner, outer, _fitting(inner, outer) if b is None else float(b))


def line_through(function: Function) -> tuple[float, float] | None:
    r"""Slope and offset of a line that runs through all values on the grid, or ``None``.

    .. code-block:: python

        >>> line_through(lambda x: 2 * x + 1), line_through(torch.relu)
        ((2.0, 1.0), None)
    """
    ends = function(torch.tensor([0.0, 1.0], dtype=torch.float64)).tolist()
    offset, slope = _tidy(ends[0]), _tidy(ends[1] - ends[0])
    x = probe_points()
    found, line = function(x), slope * x + offset
    fits = (found - line).abs() <= SLACK * (slope * x).abs() + SLACK * abs(offset) + FLOOR
    return (slope, offset) if bool(fits.all()) else None


def check_pointwise(function: Callable[[Any], Any], name: str) -> Function:
    r"""Refuse what is no fixed function of one real variable, as far as a few evaluations tell.

    Args:
        function: What maps tensors entry by entry, or single numbers to numbers.
        name: What to call it in messages.

    Returns:
        The same as a function of float64 tensors.

    Raises:
        ValueError: If the output has another shape, is not real, changes from call to call, or depends on other
            entries or on their places, or has no value at some point.

    .. code-block:: python

        >>> check_pointwise(lambda x: x * x.abs().sum(), "mine")
        Traceback (most recent call last):
        ...
        ValueError: 'multiplier_of' expected a function of one entry at a time (got mine, whose output depends on ...)
    """
    made = _on_tensors(function, name)
    x = probe_points()
    first = made(x)
    if not torch.equal(torch.nan_to_num(first), torch.nan_to_num(made(x))):
        raise _refusal(name, "a function without state or chance", "whose output changes from call to call")
    check_defined(first, name)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    moved = torch.empty_like(first)
    moved[order] = made(x[order])
    parts = torch.cat([made(part) for part in torch.split(x, 7)])
    table = made(x[:480].view(2, 4, 60)).flatten()
    for other, reference in ((moved, first), (parts, first), (table, first[:480])):
        if not torch.allclose(other, reference, rtol=1e-9, atol=1e-12, equal_nan=True):
            raise _refusal(name, "a function of one entry at a time", "whose output depends on other entries")
    # Layers such as batch norm move what they remember a little at a time.
    made(x * 3 + 1)
    if not torch.allclose(made(x), first, rtol=1e-9, atol=1e-12, equal_nan=True):
        raise _refusal(name, "a function without state or chance", "whose output depends on earlier calls")
    return made


def check_defined(values: Tensor, name: str) -> None:
    r"""Refuse a function with a gap: a point that has no value, and none so large that it cannot be written.

    Args:
        values: The values at :func:`probe_points`.
        name: What to call the function in messages.

    Raises:
        ValueError: If there is one.

    .. code-block:: python

        >>> check_defined(probe_points().log(), "log")
        Traceback (most recent call last):
        ...
        ValueError: 'multiplier_of' expected a function that is defined on all real numbers (got log, which has no ...)
    """
    x = probe_points()
    lost = torch.isnan(values) & (x.abs() <= DEFINED_UP_TO) | torch.isinf(values) & (x.abs() <= 1)
    if bool(lost.any()):
        at = float(x[lost][x[lost].abs().argmin()])
        raise _refusal(name, "a function that is defined on all real numbers", f"which has no value at {at:.4g}")


def _tidy(value: float) -> float:
    """The number itself, or the whole number beside it: differences leave noise."""
    return float(round(value)) if math.isfinite(value) and abs(value - round(value)) <= FLOOR else value


def _refusal(name: str, expected: str, got: str) -> ValueError:
    return ValueError(f"'multiplier_of' expected {expected} (got {name}, {got})")


def _on_tensors(function: Callable[[Any], Any], name: str) -> Function:
    trial = torch.tensor([[-1.5, 0.5, 2.0], [0.0, 1.0, -3.0]], dtype=torch.float64)
    try:
        with torch.no_grad():
            out = function(trial.clone())
        whole = isinstance(out, Tensor) and out.shape == trial.shape and not out.is_complex()
    except Exception:
        # A function of single numbers, such as those of the module math, meets a tensor in its own way.
        whole = False
    if not whole:
        try:
            for value in (-1.5, 0.5):
                _number(function, value)
        except Exception as error:
            raise ValueError(
                f"'multiplier_of' expected a function that maps tensors of any shape entry by entry, or numbers to "
                f"numbers (got {name}, which does neither)"
            ) from error

    def made(x: Tensor) -> Tensor:
        with torch.no_grad():
            if not whole:
                values = [_number(function, value) for value in x.flatten().tolist()]
                return torch.tensor(values, dtype=x.dtype).view_as(x)
            try:
                out = function(x.clone())
            except Exception as error:
                raise _refusal(
                    name, "a function of one entry at a time", f"which fails on some shapes: {error}"
                ) from error
            if not isinstance(out, Tensor) or out.shape != x.shape:
                raise _refusal(name, "a function of one entry at a time", "whose output has another shape")
            return out.to(x.dtype)

    return made


def _number(function: Callable[[Any], Any], value: float) -> float:
    try:
        return float(function(value))
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan


def _both_sides(function: Function, a: Number) -> tuple[Tensor, Tensor, Tensor]:
    x = probe_points()
    outer, inner = function(float(a) * x), function(x)
    usable = torch.isfinite(outer) & torch.isfinite(inner)
    return x[usable], inner[usable], outer[usable]


def _fitting(inner: Tensor, outer: Tensor) -> float:
    """The ratio at a point where the function is of middling size, neither noise nor close to an overflow."""
    present = inner.abs() > FLOOR
    if not bool(present.any()):
        return 1.0
    size, ratio = inner[present].abs().log().abs(), outer[present] / inner[present]
    return float(ratio[size.argmin()])


def _worst(x: Tensor, a: Number, inner: Tensor, outer: Tensor, b: float) -> Counterexample | None:
    right = b * inner
    size = torch.maximum(outer.abs(), right.abs())
    distance = (outer - right).abs()
    excess = distance - SLACK * size - FLOOR * max(1.0, abs(b))
    if not bool((excess > 0).any()):
        return None
    # Where both sides differ most beside their size, and by something that can be seen.
    share = torch.where(excess > 0, distance / (size + 1e-3), torch.zeros_like(size))
    k = int(share.argmax())
    return Counterexample(a, float(x[k]), float(outer[k]), float(right[k]))
