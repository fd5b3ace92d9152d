r"""When shifts, scales, linear maps and means commute with a representation."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from torch import Tensor, nn

from pyg_symbreak.equivariance.lint_kinds import is_trivial, named_matrices, scalar_of
from pyg_symbreak.equivariance.lint_report import Problem, Rule
from pyg_symbreak.equivariance.matrices import FloatArray
from pyg_symbreak.equivariance.representation import Representation

SLACK = 1e-5
"""How far, relatively, learned numbers may be off: they are kept in single precision."""


def is_free(parameter: Any, trainable: bool = True) -> bool:
    r"""Whether training may give a parameter any value.

    That is so for parameters with a gradient. What a parametrization computes is not free: it is judged as it is.

    .. code-block:: python

        >>> import torch
        >>> is_free(nn.Linear(2, 2).weight), is_free(torch.ones(2))
        (True, False)
    """
    return trainable and isinstance(parameter, nn.Parameter) and parameter.requires_grad


def values_of(tensor: Tensor) -> FloatArray:
    r"""A tensor as a float64 array.

    .. code-block:: python

        >>> import torch
        >>> values_of(torch.ones(2)).dtype
        dtype('float64')
    """
    return tensor.detach().cpu().double().numpy()


def check_shift(values: FloatArray, rho: Representation, free: bool, what: str, rule: Rule = "bias") -> Problem | None:
    r"""A constant vector that is added has to be invariant, :math:`\rho(g)\,b = b`.

    Args:
        values: The vector, or several of them, ``[..., n]``.
        rho: The representation.
        free: Whether training may change it.
        what: What to call the vector.
        rule: The rule to name.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation, special_orthogonal
        >>> check_shift(np.ones(3), permutation(3), False, "the bias") is None
        True
        >>> check_shift(np.ones(3), special_orthogonal(3), False, "the bias").reason
        'the bias is not invariant: Lie generator 0 moves it by 1'
    """
    repair = _shift_repair(rho, what)
    worst = _largest(
        (name, (values @ matrix.dense().T - (0 if lie else values))) for name, matrix, lie in named_matrices(rho)
    )
    if worst[1] > SLACK * np.abs(values).max(initial=0.0):
        verdict: Literal["refuted", "not kept"] = "refuted"
        reason = f"{what} is not invariant: {worst[0]} moves it by {worst[1]:.3g}"
        return Problem(rule, verdict, reason, f"{worst[0]} at x = 0: the output is off by {worst[1]:.3g}", repair)
    if free and not is_trivial(rho):
        return Problem(rule, "not kept", f"{what} is invariant now, but it is learned freely", "", repair)
    return None


def check_common_shift(size: float, rho: Representation, free: bool, what: str, rule: Rule = "bias") -> Problem | None:
    r"""One number that is added to all coordinates: the vector of ones has to be invariant.

    Args:
        size: The largest such number.
        rho: The representation.
        free: Whether training may change it.
        what: What to call it.
        rule: The rule to name.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation, special_orthogonal
        >>> check_common_shift(0.5, permutation(3), True, "the bias") is None
        True
        >>> check_common_shift(0.0, special_orthogonal(3), True, "the bias").verdict
        'not kept'
    """
    problem = check_shift(np.full(rho.dim, size or 1.0), rho, False, what, rule)
    if problem is None or size > 0:
        return problem
    reason = f"{what} is zero now, but it is learned freely"
    return Problem(rule, "not kept", reason, "", problem.repair) if free else None


def check_scale(values: FloatArray, rho: Representation, free: bool, what: str, rule: Rule) -> Problem | None:
    r"""Factors of the coordinates have to be equal wherever the group carries or mixes one into another: on orbits.

    Args:
        values: The factors, ``[..., n]``.
        rho: The representation.
        free: Whether training may change them.
        what: What to call them.
        rule: The rule to name.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> check_scale(np.array([1.0, 2.0]), permutation(2), False, "the weight", "norm").reason
        'the weight is not constant on the orbit [0, 1]'
    """
    repair = (
        f"share {what} on every orbit of coordinates ({len(rho.orbits())} free number{'s' * (len(rho.orbits()) != 1)})",
    )
    for orbit in rho.orbits():
        part = values[..., list(orbit)]
        spread = float((part.max(-1) - part.min(-1)).max())
        if spread > SLACK * np.abs(part).max():
            shown = f"[{', '.join(map(str, orbit[:6]))}{', …' * (len(orbit) > 6)}]"
            witness = f"values on it from {part.min():.4g} to {part.max():.4g}"
            return Problem(rule, "refuted", f"{what} is not constant on the orbit {shown}", witness, repair)
    if free and any(len(orbit) > 1 for orbit in rho.orbits()):
        return Problem(rule, "not kept", f"{what} is constant on orbits now, but it is learned freely", "", repair)
    return None


def check_map(values: FloatArray, rho_in: Representation, rho_out: Representation, free: bool) -> Problem | None:
    r"""A linear map has to intertwine, :math:`W \rho_{in}(g) = \rho_{out}(g) W`.

    Args:
        values: The matrix, or several of them, ``[..., out, in]``.
        rho_in: The representation before it.
        rho_out: The representation after it.
        free: Whether training may change it.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> check_map(np.ones((3, 3)), permutation(3), permutation(3), False) is None
        True
    """
    worst = _largest(
        (name, values @ one.dense() - other.dense() @ values)
        for (name, one, _), (_, other, _) in zip(named_matrices(rho_in), named_matrices(rho_out), strict=True)
    )
    repair = (
        "build the weight from a basis of the equivariant maps (for permutations, the layers in nn.ign), or project it "
        "by an average over the group",
        "apply the layer to invariants, or wrap the network by Symmetrize",
    )
    if worst[1] > SLACK * np.abs(values).max(initial=0.0):
        reason = f"the weight does not commute with {worst[0]}"
        return Problem("linear", "refuted", reason, f"{worst[0]}: W·A - B·W has an entry {worst[1]:.3g}", repair)
    pairs = zip(named_matrices(rho_in), named_matrices(rho_out), strict=True)
    if free and any(
        scalar_of(one) is None or scalar_of(one) != scalar_of(other) for (_, one, _), (_, other, _) in pairs
    ):
        return Problem("linear", "not kept", "the weight commutes now, but it is learned freely", "", repair)
    return None


def check_centring(rho: Representation, alone: bool, rule: Rule = "norm") -> Problem | None:
    r"""Subtracting the mean of the coordinates and dividing by their spread.

    It is equivariant if and only if every element multiplies the vector of ones by a number, keeps its complement, and
    is isometric there; with statistics over other axes beside, isometric everywhere.

    Args:
        rho: The representation.
        alone: Whether the mean is taken over the coordinates alone.
        rule: The rule to name.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import octahedral, permutation
        >>> check_centring(permutation(3), alone=True) is None, check_centring(octahedral(), alone=True).verdict
        (True, 'refuted')
    """
    repair = ("divide vectors by their norms instead, without subtracting a mean", "normalise invariants only")
    ones = np.ones(rho.dim) / np.sqrt(rho.dim)
    complement = np.eye(rho.dim) - np.outer(ones, ones)
    for name, matrix, lie in named_matrices(rho):
        a = matrix.dense()
        part = complement if alone else np.eye(rho.dim)
        change = part @ (a.T + a if lie else a.T @ a - np.eye(rho.dim)) @ part
        off = max(np.abs(complement @ a @ ones).max(), np.abs(ones @ a @ complement).max(), np.abs(change).max())
        if off > 1e-9:
            reason = f"the mean over coordinates is subtracted, which does not commute with {name}"
            return Problem(rule, "refuted", reason, f"{name}: the vector of ones, or a length, changes", repair)
    return None


def check_isometry(rho: Representation, rule: Rule = "norm") -> Problem | None:
    r"""Dividing by the root mean square of the coordinates needs orthogonal matrices.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import special_orthogonal, standard
        >>> check_isometry(special_orthogonal(3)) is None, check_isometry(standard(3)).verdict
        (True, 'refuted')
    """
    for name, matrix, lie in named_matrices(rho):
        a = matrix.dense()
        if np.abs(a.T + a if lie else a.T @ a - np.eye(rho.dim)).max() > 1e-9:
            reason = f"the norm of the coordinates is not invariant under {name}"
            return Problem(rule, "refuted", reason, "", ("choose an orthonormal basis",))
    return None


def _largest(parts: Any) -> tuple[str, float]:
    return max(((name, float(np.abs(part).max(initial=0.0))) for name, part in parts), key=lambda pair: pair[1])


def _shift_repair(rho: Representation, what: str) -> tuple[str, ...]:
    count, what = len(rho.invariants()), what.split(" (")[0]
    if count == 0:
        return (f"leave {what} away{' (bias=False)' * (what == 'the bias')}: no vector but zero is invariant",)
    return (f"leave {what} away, or build it from the {count} invariant vector{'s' * (count != 1)} of 'invariants()'",)
