r"""What the rules say about functions and methods of tensors."""

from __future__ import annotations

import inspect
from typing import Any, Final

import numpy as np
from torch import Tensor

from pyg_symbreak.equivariance.families import FAMILIES, plain_name
from pyg_symbreak.equivariance.lint_layers import Judge
from pyg_symbreak.equivariance.lint_report import Problem
from pyg_symbreak.equivariance.lint_rules import (
    check_isometry,
    check_map,
    check_scale,
    check_shift,
    is_free,
    is_trivial,
    permutes,
    values_of,
)
from pyg_symbreak.equivariance.lint_space import Space
from pyg_symbreak.equivariance.registry import multiplier_of


class _Mark:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = _Mark("UNKNOWN")
"""A tensor of which nothing is known."""
INVARIANT: Final = _Mark("INVARIANT")
"""A tensor that the group leaves alone, of any shape."""

KEEPING = ("contiguous", "clone", "detach", "to", "float", "double", "half", "type", "type_as", "cpu", "cuda")
LENGTHS = ("norm", "vector_norm")
SUMS = ("sum", "mean")


def judge_function(judge: Judge, where: str, name: str, args: list[Any], kwargs: dict[str, Any], target: Any) -> Any:
    r"""Judge a function or a method, and tell the space of its result.

    Args:
        judge: What collects problems.
        where: The place.
        name: The plain name of the function.
        args: The arguments: a :class:`Space`, ``UNKNOWN`` or ``INVARIANT`` in the place of tensors that are computed.
        kwargs: The arguments by name.
        target: The space after it, if the user told, else ``None``.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import octahedral
        >>> judge, space = Judge(), Space(octahedral())
        >>> judge_function(judge, "add", "add", [space, 1.0], {}, None) is space
        True
        >>> judge.problems[0][1].rule
        'bias'
    """
    every = [*args, *kwargs.values()]
    flat = [value for given in every for value in (given if isinstance(given, list | tuple) else [given])]
    if not any(isinstance(value, Space) for value in flat):
        invariant = any(value is INVARIANT for value in flat) and not any(value is UNKNOWN for value in flat)
        if not invariant and target is None:
            judge.skip(where, "the space before it is not known")
        return target or (INVARIANT if invariant else UNKNOWN)
    if name in ("linear", *SUMS) or (name in FAMILIES and name not in ("attention", "normalize")):
        return _mapped(judge, where, name, args, kwargs, target)
    found = _carried(judge, where, name, args, kwargs, target is not None)
    if isinstance(found, Space):
        return judge.settle(where, found, target)
    return target or found


def _mapped(judge: Judge, where: str, name: str, args: list[Any], kwargs: dict[str, Any], target: Any) -> Any:
    """What may change the representation, and so is judged together with the space after it."""
    if isinstance(args[0], Space):
        if name in SUMS:
            return _summed(judge, where, name, args[0], _axis(args, kwargs), target)
        if name != "linear":
            return _activation(judge, where, name, args, kwargs, target)
    weight, bias = kwargs.get("weight", (*args, None)[1]), kwargs.get("bias", (*args, None, None)[2])
    if name == "linear" and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor)):
        return judge.linear(where, weight, bias, -1, args[0], target) or UNKNOWN
    judge.skip(where, f"no rule for {name} of these arguments")
    return target or UNKNOWN


def _carried(judge: Judge, where: str, name: str, args: list[Any], kwargs: dict[str, Any], told: bool) -> Any:
    """What leaves the representation as it is, or combines several."""
    if name in ("add", "sub", "iadd", "isub", "rsub"):
        return _sum(judge, where, args[0], args[1])
    if name in ("mul", "imul", "truediv", "div"):
        return _product(judge, where, args[0], args[1], name in ("truediv", "div"))
    if name == "cat" and all(isinstance(part, Space) for part in args[0]):
        return _joined(judge, where, args[0], kwargs.get("dim", args[1] if len(args) > 1 else 0))
    if isinstance(args[0], Space):
        if name in KEEPING:
            return args[0]
        if name == "transpose":
            return _swapped(judge, where, args[0], args[1:])
        if name in LENGTHS or name == "normalize":
            return _measured(judge, where, name, args[0], _axis(args, kwargs, 1 if name == "normalize" else None))
    judge.skip(where, f"no rule for {name}" + ("" if told else "; annotate its result"))
    return UNKNOWN


def _axis(args: list[Any], kwargs: dict[str, Any], default: int | None = None) -> Any:
    return kwargs.get("dim", args[-1] if len(args) > 1 and isinstance(args[-1], int) else default)


def _sum(judge: Judge, where: str, left: Any, right: Any) -> Any:
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
        problem = check_shift(_along(other, space), rho, is_free(other, judge.trainable), "the summand")
    else:
        value = 1.0 if other is INVARIANT else float(other)
        problem = check_shift(np.full(rho.dim, value), rho, False, "one number on all coordinates")
    judge.note(where, problem)
    return space


def _product(judge: Judge, where: str, left: Any, right: Any, divides: bool) -> Any:
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
        problem = check_scale(_along(other, space), rho, is_free(other, judge.trainable), "the factor", "scale")
    judge.note(where, problem)
    return space


def _along(tensor: Tensor, space: Space) -> Any:
    """A constant as it meets the coordinates: their axis last, or one number repeated for all of them."""
    values, dim = values_of(tensor), space.representation.dim
    axis = space.axis
    if -values.ndim <= axis < values.ndim and values.shape[axis] == dim:
        return np.moveaxis(values, axis, -1)
    return np.repeat(values.reshape(-1, 1), dim, axis=1)


def _joined(judge: Judge, where: str, parts: Any, axis: int) -> Any:
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


def _swapped(judge: Judge, where: str, space: Space, axes: list[Any]) -> Any:
    if len(axes) == 2 and all(isinstance(axis, int) and axis < 0 for axis in (*axes, space.axis)):
        moved = {axes[0]: axes[1], axes[1]: axes[0]}
        return Space(space.representation, moved.get(space.axis, space.axis))
    judge.skip(where, "axes are followed if they are counted from behind")
    return UNKNOWN


def _measured(judge: Judge, where: str, name: str, space: Space, axis: Any) -> Any:
    if axis != space.axis:
        judge.skip(where, f"{name} along another axis than that of the representation; annotate its result")
        return UNKNOWN
    judge.note(where, check_isometry(space.representation))
    return space if name == "normalize" else INVARIANT


def _summed(judge: Judge, where: str, name: str, space: Space, axis: Any, target: Any) -> Any:
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


def _activation(judge: Judge, where: str, name: str, args: list[Any], kwargs: dict[str, Any], target: Any) -> Any:
    parameters = inspect.signature(FAMILIES[name]).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    hyper = {**dict(zip(names, args[1:])), **kwargs}
    hyper.pop("input", None)
    if name == "prelu" and isinstance(hyper.get("weight"), Tensor) and hyper["weight"].numel() > 1:
        return judge.slopes(where, hyper["weight"], args[0], target)
    try:
        multiplier = multiplier_of(name, **hyper)
    except (ValueError, TypeError) as error:
        judge.skip(where, str(error))
        return target or UNKNOWN
    return judge.activation(where, multiplier, args[0], target)


def name_of(target: Any) -> str:
    r"""The plain name of a function, or of a method by its name.

    .. code-block:: python

        >>> import torch
        >>> name_of("relu_"), name_of(torch.special.expit), name_of("clip")
        ('relu', 'sigmoid', 'clamp')
    """
    if isinstance(target, str):
        return plain_name(type("Method", (), {"__name__": target})())
    return plain_name(target).removeprefix("linalg_")
