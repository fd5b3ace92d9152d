r"""What the rules say about the layers of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from pyg_symbreak.equivariance.decision import admissible
from pyg_symbreak.equivariance.lint_kinds import permutes
from pyg_symbreak.equivariance.lint_norms import NORMS, check_norm
from pyg_symbreak.equivariance.lint_report import Problem
from pyg_symbreak.equivariance.lint_rules import (
    check_common_shift,
    check_map,
    check_scale,
    check_shift,
    is_free,
    values_of,
)
from pyg_symbreak.equivariance.lint_space import Space
from pyg_symbreak.equivariance.multiplier import Multiplier
from pyg_symbreak.equivariance.registry import is_known, multiplier_of

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
DROPPED_CHANNELS: dict[type[nn.Module], int] = {nn.Dropout1d: -2, nn.Dropout2d: -3, nn.Dropout3d: -4}
RANDOM = ("dropout", "alpha_dropout", "rrelu")


class Judge:
    r"""Collects what the rules say about one place after another.

    Args:
        trainable: Whether parameters with a gradient may take any value.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import special_orthogonal
        >>> judge, rho = Judge(), special_orthogonal(3)
        >>> _ = judge.layer("fc", nn.ReLU(), Space(rho), None)
        >>> judge.problems[0][1].rule
        'activation'
    """

    def __init__(self, trainable: bool = True) -> None:
        self.trainable = trainable
        self.problems: list[tuple[str, Problem]] = []
        self.checked: list[str] = []
        self.assumed: list[str] = []
        self.unknown: list[str] = []

    def note(self, where: str, *problems: Problem | None) -> None:
        r"""A place was checked, with these problems."""
        if where not in self.checked:
            self.checked.append(where)
        self.problems += [(where, problem) for problem in problems if problem is not None]

    def skip(self, where: str, why: str) -> None:
        r"""A place was not checked."""
        self.unknown.append(f"{where}: {why}")

    def settle(self, where: str, found: Space, target: Space | None) -> Space:
        r"""Compare the space that arrives at a place with what the user told, which is believed from there on."""
        if target is not None and not found.same(target):
            reason = f"{found} arrives here, but {target} is annotated"
            self.note(where, Problem("output", "refuted", reason, "", ("correct the annotation, or map between them",)))
        return target or found

    def layer(self, where: str, module: nn.Module, space: Space | None, target: Space | None) -> Space | None:
        r"""Judge a layer, and tell the space after it.

        Args:
            where: The place.
            module: The layer.
            space: The space before it, if that is known.
            target: The space after it, if the user told.
        """
        if isinstance(module, (nn.Linear, *CONVOLUTIONS)):
            axis = -1 if isinstance(module, nn.Linear) else -len(module.kernel_size) - 1
            return self.linear(where, module.weight, module.bias, axis, space, target)
        if space is None:
            if target is None:
                self.skip(where, "the space before it is not known")
            return target
        if isinstance(module, NORMS):
            problems, unknown = check_norm(module, space, self.trainable)
            self.note(where, *problems)
            if unknown:
                self.skip(where, unknown)
            return self.settle(where, space, target)
        if isinstance(module, nn.PReLU) and module.weight.numel() > 1:
            return self.slopes(where, module.weight, space, target)
        if is_known(module):
            return self.activation(where, multiplier_of(module), space, target, DROPPED_CHANNELS.get(type(module)))
        self.skip(where, f"no rule for {type(module).__name__}" + ("" if target else "; annotate what it returns"))
        return target

    def linear(
        self, where: str, weight: Any, bias: Any, axis: int, space: Space | None, target: Space | None
    ) -> Space | None:
        r"""Judge an affine map along an axis: its weight intertwines, its bias is invariant.

        Args:
            where: The place.
            weight: The weight, ``[out, in, …]``.
            bias: The bias, or ``None``.
            axis: The axis of the channels, from behind.
            space: The space before it.
            target: The space after it, if the user told.
        """
        along = (axis, 1) if axis < -1 else (axis,)
        known = target or space
        if known is not None and known.axis not in along:
            # The map mixes copies of the space; its bias adds the same number to all coordinates.
            if axis < -1:
                self.skip(where, "the convolution runs along the axis of the representation")
                return target
            problem = None
            if bias is not None:
                free, size = is_free(bias, self.trainable), float(bias.detach().abs().max())
                what = "the bias (one number for all coordinates)"
                problem = check_common_shift(size, known.representation, free, what)
            self.note(where, problem)
            return known
        for name, here, size in (("before", space, weight.shape[1]), ("after", target, weight.shape[0])):
            if here is not None and here.representation.dim != size:
                raise ValueError(
                    f"'lint' expected a space of dimension {size} {name} '{where}' "
                    f"(got {here}, of dimension {here.representation.dim})"
                )
        if target is None:
            self.skip(where, "the space after it is not known: annotate it")
            return None
        shift = turned = None
        if bias is not None:
            shift = check_shift(values_of(bias), target.representation, is_free(bias, self.trainable), "the bias")
        if space is None:
            self.skip(where, "the space before it is not known, so only its bias was checked")
        else:
            values = np.moveaxis(values_of(weight).reshape(*weight.shape[:2], -1), -1, 0)
            free = is_free(weight, self.trainable)
            turned = check_map(values, space.representation, target.representation, free)
        self.note(where, shift, turned)
        return target

    def activation(
        self, where: str, multiplier: Multiplier, space: Space, target: Space | None, dropped: int | None = None
    ) -> Space:
        r"""Judge an activation, a dropout or a softmax.

        Args:
            where: The place.
            multiplier: The multiplier group.
            space: The space before it.
            target: The space after it, if the user told.
            dropped: For a dropout of whole channels, their axis.
        """
        rho = space.representation
        after = target or space
        if not multiplier.pointwise and not multiplier.parts:
            self.settle(where, space, target)
        if multiplier.name in RANDOM and not multiplier.pointwise:
            apart = all(len(orbit) == 1 for orbit in rho.orbits())
            fine = apart if multiplier.name == "dropout" else permutes(rho) and apart
            # A whole channel is kept or dropped for all coordinates beside it.
            fine = fine or (dropped is not None and space.axis not in (dropped, 1))
            self.note(where, None if fine else _random(multiplier, rho.dim))
        elif not multiplier.pointwise and not multiplier.parts:
            self.note(where, None if permutes(rho) else _mixing(multiplier))
        else:
            report = admissible(multiplier, rho, after.representation)
            if report.verdict == "assumed":
                self.assumed.append(f"{where}: {report.reason}")
            verdict = "numerical" if report.verdict == "numerical" else "refuted"
            problem = Problem(
                "activation",
                verdict,  # type: ignore[arg-type]
                report.reason.rstrip("."),
                "" if report.witness is None else str(report.witness),
                report.repair,
            )
            self.note(where, None if report.admissible else problem)
        return after

    def slopes(self, where: str, weight: Any, space: Space, target: Space | None) -> Space:
        r"""Judge a PReLU with a slope for every channel."""
        rho, values = space.representation, values_of(weight)
        multiplier = multiplier_of("prelu", weight=weight)
        if space.axis not in (1, -1) or (space.axis == -1 and len(values) != rho.dim):
            # Slopes differ between copies of the space: each of them has to be admissible.
            for part in multiplier.parts or (multiplier,):
                self.activation(where, part, space, target)
            return target or space
        problem = check_scale(values, rho, is_free(weight, self.trainable), "the slope", "prelu")
        self.note(where, problem)
        if problem is None or problem.verdict == "not kept":
            return self.activation(where, multiplier, space, target)
        return target or space


def _random(multiplier: Multiplier, dim: int) -> Problem:
    name = "the mask" if "dropout" in multiplier.name else "the slope"
    reason = f"{name} is drawn for every coordinate by itself, and so not constant on orbits"
    whole = f"drop whole vectors: one mask for all {dim} coordinates, such as Dropout1d on [N, channels, {dim}]"
    repair = (whole, "or apply it to invariants") if "dropout" in multiplier.name else ("use LeakyReLU",)
    return Problem("dropout", "refuted", reason, "", repair)


def _mixing(multiplier: Multiplier) -> Problem:
    reason = f"{multiplier.name} is no point-wise function, and the group does more than permute coordinates"
    return Problem("activation", "refuted", reason, "", ("apply it to invariants, or along another axis",))
