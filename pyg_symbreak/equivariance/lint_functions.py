r"""What the rules say about functions and methods of tensors."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor

from pyg_symbreak.equivariance.families import FAMILIES, plain_name
from pyg_symbreak.equivariance.lint_arithmetic import (
    INVARIANT,
    UNKNOWN,
    add_spaces,
    join_spaces,
    measure_space,
    multiply_spaces,
    sum_coordinates,
    swap_axes,
)
from pyg_symbreak.equivariance.lint_layers import Judge
from pyg_symbreak.equivariance.lint_space import Space
from pyg_symbreak.equivariance.registry import multiplier_of

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
            return sum_coordinates(judge, where, name, args[0], _axis(args, kwargs), target)
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
        return add_spaces(judge, where, args[0], args[1])
    if name in ("mul", "imul", "truediv", "div"):
        return multiply_spaces(judge, where, args[0], args[1], name in ("truediv", "div"))
    if name == "cat" and all(isinstance(part, Space) for part in args[0]):
        return join_spaces(judge, where, args[0], kwargs.get("dim", args[1] if len(args) > 1 else 0))
    if isinstance(args[0], Space):
        if name in KEEPING:
            return args[0]
        if name == "transpose":
            return swap_axes(judge, where, args[0], args[1:])
        if name in LENGTHS or name == "normalize":
            return measure_space(judge, where, name, args[0], _axis(args, kwargs, 1 if name == "normalize" else None))
    judge.skip(where, f"no rule for {name}" + ("" if told else "; annotate its result"))
    return UNKNOWN


def _axis(args: list[Any], kwargs: dict[str, Any], default: int | None = None) -> Any:
    return kwargs.get("dim", args[-1] if len(args) > 1 and isinstance(args[-1], int) else default)


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
