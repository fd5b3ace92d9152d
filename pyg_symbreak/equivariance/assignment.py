r"""Which activation sits on which coordinate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.equivariance.matrices import Number
from pyg_symbreak.equivariance.multiplier import Multiplier
from pyg_symbreak.equivariance.probe import FLOOR, SLACK, probe_points
from pyg_symbreak.equivariance.representation import Representation

Reader = Callable[[Any], Multiplier]


@dataclass(frozen=True)
class Assignment:
    r"""One activation for every coordinate.

    Args:
        multipliers: The activations.
        kinds: Numbers that are equal where the activations are.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance.constructors import permutation
        >>> relu = Multiplier.homogeneous("relu", torch.relu)
        >>> assign(relu, permutation(2)).apply(torch.tensor([[-1.0, 2.0]]))
        tensor([[0., 2.]])
    """

    multipliers: tuple[Multiplier, ...]
    kinds: tuple[int, ...]

    @property
    def uniform(self) -> bool:
        r"""Whether all coordinates have the same activation."""
        return len(set(self.kinds)) == 1

    @property
    def exact(self) -> bool:
        r"""Whether every activation is known, and none of them a black box."""
        return all(multiplier.exact for multiplier in self.distinct.values())

    @cached_property
    def distinct(self) -> dict[int, Multiplier]:
        r"""The activations by their numbers."""
        return {kind: self.multipliers[self.kinds.index(kind)] for kind in sorted(set(self.kinds))}

    @property
    def name(self) -> str:
        r"""The names of the activations."""
        return ", ".join(dict.fromkeys(multiplier.name for multiplier in self.distinct.values()))

    @cached_property
    def offsets(self) -> tuple[Number, ...]:
        r"""The value of every coordinate's activation at zero."""
        return tuple(self._at_zero[kind] for kind in self.kinds)

    @cached_property
    def _at_zero(self) -> dict[int, Number]:
        return {kind: _offset(multiplier) for kind, multiplier in self.distinct.items()}

    def is_constant(self, j: int) -> bool:
        r"""Whether the activation of a coordinate is constant."""
        return self.multipliers[j].constant is not None

    def slope(self, j: int) -> Number | None:
        r"""The slope of the activation of a coordinate if it is affine and not constant."""
        affine = self.multipliers[j].affine
        return None if affine is None or self.is_constant(j) else affine[0]

    def apply(self, x: Tensor) -> Tensor:
        r"""Apply every activation to its coordinate of vectors ``[..., n]``."""
        if self.uniform:
            return self.multipliers[0].function(x)
        out = torch.empty_like(x)
        for kind, multiplier in self.distinct.items():
            at = torch.tensor([j for j, other in enumerate(self.kinds) if other == kind])
            out[..., at] = multiplier.function(x[..., at])
        return out

    def centred(self, j: int, x: Tensor) -> Tensor:
        r"""The activation of a coordinate less its value at zero."""
        return self.multipliers[j].function(x) - float(self.offsets[j])


def assign(activation: Any, representation: Representation, read: Reader | None = None) -> Assignment:
    r"""Read one activation for all coordinates, one for every orbit, or one for every coordinate.

    Args:
        activation: A :class:`~pyg_symbreak.equivariance.multiplier.Multiplier` or what ``read`` understands; a mapping
            from the numbers of orbits (see :meth:`~pyg_symbreak.equivariance.Representation.orbits`) to such; a list
            or tuple with one for every coordinate.
        representation: The representation on the space before the activation.
        read: What turns an activation into its multiplier group.

    Raises:
        ValueError: If an orbit or a coordinate is without an activation, there are too many, or one is not point-wise.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance.constructors import tensor_power
        >>> relu, sine = Multiplier.homogeneous("relu", torch.relu), Multiplier.odd("sin", torch.sin)
        >>> assign({0: relu, 1: sine}, tensor_power(2, 2)).kinds
        (0, 1, 1, 0)
    """
    dim = representation.dim
    if isinstance(activation, Mapping):
        orbits = representation.orbits()
        if set(activation) != set(range(len(orbits))):
            raise ValueError(
                f"'admissible' expected one activation for every orbit, 0 to {len(orbits) - 1} "
                f"(got {sorted(activation, key=str)})"
            )
        chosen: list[Any] = [None] * dim
        for k, orbit in enumerate(orbits):
            for j in orbit:
                chosen[j] = activation[k]
    elif isinstance(activation, list | tuple):
        chosen = list(activation)
    else:
        multiplier = _read(activation, read)
        # A layer with one parameter for every channel is a list of functions.
        chosen = list(multiplier.parts) if multiplier.parts else [multiplier] * dim
    if len(chosen) != dim:
        raise ValueError(f"'admissible' expected one activation for each of {dim} coordinates (got {len(chosen)})")
    known: dict[int, Multiplier] = {id(one): _read(one, read) for one in chosen}
    multipliers = [known[id(one)] for one in chosen]
    for multiplier in known.values():
        if not multiplier.pointwise:
            raise ValueError(
                f"'admissible' expected a point-wise activation (got {multiplier.name}: {multiplier.reason})"
            )
    return Assignment(tuple(multipliers), _kinds(multipliers))


def _read(activation: Any, read: Reader | None) -> Multiplier:
    if isinstance(activation, Multiplier):
        return activation
    if read is None:
        raise TypeError(f"'admissible' expected a Multiplier (got {type(activation).__name__})")
    return read(activation)


def _kinds(multipliers: Sequence[Multiplier]) -> tuple[int, ...]:
    found: list[Multiplier] = []
    number: dict[int, int] = {}
    for multiplier in multipliers:
        if id(multiplier) not in number:
            same = next((k for k, other in enumerate(found) if _equal(multiplier, other)), len(found))
            number[id(multiplier)] = same
            if same == len(found):
                found.append(multiplier)
    return tuple(number[id(multiplier)] for multiplier in multipliers)


def _equal(one: Multiplier, other: Multiplier) -> bool:
    # Two functions are the same if they are described alike and agree: names alone do not tell slopes apart.
    if one != other:
        return False
    x = probe_points()
    return torch.equal(torch.nan_to_num(one.function(x)), torch.nan_to_num(other.function(x)))


def _offset(multiplier: Multiplier) -> Number:
    if multiplier.constant is not None:
        return multiplier.constant
    if multiplier.affine is not None:
        return multiplier.affine[1]
    value = float(multiplier.function(torch.zeros(1, dtype=torch.float64))[0])
    return 0 if value == 0 else value


def scaled_copies(one: Callable[[Tensor], Tensor], other: Callable[[Tensor], Tensor], a: float, b: float) -> bool:
    r"""Whether :math:`f(ax) = b\,g(x)` on a grid of points, which proves nothing if so.

    .. code-block:: python

        >>> scaled_copies(torch.relu, lambda x: -torch.relu(-x), -1.0, -1.0)
        True
    """
    x = probe_points()
    left, right = one(a * x), b * other(x)
    usable = torch.isfinite(left) & torch.isfinite(right)
    left, right = left[usable], right[usable]
    size = torch.maximum(left.abs(), right.abs())
    return bool(((left - right).abs() <= SLACK * size + FLOOR * max(1.0, abs(b))).all())
