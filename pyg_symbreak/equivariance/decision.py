r"""Whether an activation keeps a network equivariant: proved, or refuted by a witness."""

from __future__ import annotations

from typing import Any

from pyg_symbreak.equivariance.analysis import Analysis, admitted, analyse
from pyg_symbreak.equivariance.assignment import Assignment, assign
from pyg_symbreak.equivariance.conditions import Conditions, Failure
from pyg_symbreak.equivariance.matrices import Matrix, Number
from pyg_symbreak.equivariance.registry import multiplier_of
from pyg_symbreak.equivariance.repair import repairs
from pyg_symbreak.equivariance.report import OrbitReport, Report, Verdict
from pyg_symbreak.equivariance.representation import Representation
from pyg_symbreak.equivariance.witness import Witness, find_witness

Problem = tuple[str, int, bool, Matrix, Matrix, Failure]


def admissible(activation: Any, rho_in: Representation, rho_out: Representation | None = None) -> Report:
    r"""Decide whether a point-wise activation carries one representation into another.

    That is whether :math:`\tilde f(\rho_{in}(g)\,x) = \rho_{out}(g)\,\tilde f(x)` for all elements :math:`g` and all
    :math:`x`, where :math:`\tilde f` applies :math:`f` to every coordinate. For a matrix :math:`A` with image :math:`B`
    it is so if and only if

    0. :math:`f \equiv c`, with :math:`c = 0` or :math:`B\mathbf{1} = \mathbf{1}`; or
    1. :math:`f(x) = \alpha x + \beta` with :math:`\alpha \ne 0`, :math:`A = B` and
       :math:`\beta(B\mathbf{1} - \mathbf{1}) = 0`; or
    2. :math:`A e_j = a_j e_{p(j)}` and :math:`B e_j = b_j e_{p(j)}` with the same :math:`p`, and
       :math:`f(a_j x) = b_j f(x)` for all :math:`j` and :math:`x`.

    Generators are enough, since both sides hold for products and inverses with them. This sharpens the theorem of
    `"A Characterization Theorem for Equivariant Networks with Point-wise Activations"
    <https://arxiv.org/abs/2401.09235>`_ (Pacini et al., ICLR 2024).

    Args:
        activation: A module, a function, an expression (whatever
            :func:`~pyg_symbreak.equivariance.registry.multiplier_of` reads); a mapping from the number of an orbit to
            such; or a list with one for every coordinate.
        rho_in: The representation before the activation.
        rho_out: The representation after it, by default the same.

    Raises:
        ValueError: If the representations are not of one group and one dimension, the activation is not point-wise,
            or an orbit or a coordinate has none.

    .. code-block:: python

        >>> import torch
        >>> from pyg_symbreak.equivariance.constructors import cyclic_plane, permutation
        >>> print(admissible(torch.nn.ReLU(), permutation(5)))
        admissible (proved): Every generator permutes the coordinates, and any function commutes with that.
        >>> report = admissible(torch.nn.ReLU(), cyclic_plane(4))
        >>> report.admissible, report.verdict, report.witness.residual
        (False, 'refuted', 1.0)
        >>> admissible(torch.nn.Tanh(), cyclic_plane(4)).admissible
        True
    """
    target = rho_in if rho_out is None else rho_out
    if not rho_in.same_generators(target) or rho_in.dim != target.dim:
        raise ValueError(
            f"'admissible' expected representations of one group on spaces of one dimension (got dimensions "
            f"{rho_in.dim} and {target.dim}, {len(rho_in.matrices)} + {len(rho_in.lie_matrices)} and "
            f"{len(target.matrices)} + {len(target.lie_matrices)} generators)"
        )
    assignment = assign(activation, rho_in, multiplier_of)
    conditions = Conditions(assignment)
    problems = _problems(conditions, rho_in, target)
    analysis = analyse(rho_in)
    failing = {failure.row for *_, failure in problems}
    orbits = _orbit_reports(analysis, assignment, failing)
    exact = rho_in.is_exact and target.is_exact
    if not problems:
        certain = assignment.exact and not conditions.assumed
        verdict: Verdict = "assumed" if not certain else "proved" if exact else "numerical"
        reason = _why(analysis, assignment, target is rho_in or target.matrices == rho_in.matrices)
        if verdict == "assumed":
            reason = f"{reason[:-1]}, as far as values on a grid tell."
        return Report(verdict, True, reason, None, (), None, orbits)
    name, _, _, _, _, failure = problems[0]
    witness = _best_witness(assignment, problems)
    seen = witness is not None and witness.verified
    scale = _helpful_scale(analysis, assignment) if rho_out is None else None
    kinds = {failure.kind for *_, failure in problems}
    if not analysis.is_monomial or rho_in.lie_matrices:
        # The output representation that would fit is told for monomial matrices only.
        kinds |= {"mixing"}
    return Report(
        "refuted" if seen or (exact and assignment.exact) else "numerical",
        False,
        f"{name[0].upper()}{name[1:]}: {failure.reason}.",
        witness,
        repairs(analysis, assignment, scale, kinds),
        scale,
        orbits,
    )


def _problems(conditions: Conditions, rho_in: Representation, rho_out: Representation) -> list[Problem]:
    found: list[Problem] = []
    for lie, left, right in (
        (False, rho_in.matrices, rho_out.matrices),
        (True, rho_in.lie_matrices, rho_out.lie_matrices),
    ):
        for k, (a, b) in enumerate(zip(left, right, strict=True)):
            name = f"Lie generator {k}" if lie else f"generator {k}"
            found.extend((name, k, lie, a, b, failure) for failure in conditions.failures(a, b, lie))
    return found


def _best_witness(assignment: Assignment, problems: list[Problem], tries: int = 8) -> Witness | None:
    """A witness of the first problem; of a later one if rounding hides the first."""
    first = None
    for name, k, lie, a, b, failure in problems[:tries]:
        witness = find_witness(assignment, a, b, failure.columns or (failure.row,), name, k, lie)
        if witness is not None and witness.verified:
            return witness
        first = first or witness
    return first


def _helpful_scale(analysis: Analysis, assignment: Assignment) -> tuple[Number, ...] | None:
    """The diagonal change of basis, if the activations are admissible after it."""
    if analysis.scale is None or all(orbit.given == orbit.rescaled for orbit in analysis.orbits):
        return None
    rescaled = analysis.representation.rescaled(analysis.scale)
    return None if _problems(Conditions(assignment), rescaled, rescaled) else analysis.scale


def _orbit_reports(analysis: Analysis, assignment: Assignment, failing: set[int]) -> tuple[OrbitReport, ...]:
    groups = {orbit.coordinates: orbit for orbit in analysis.orbits}
    found = []
    for coordinates in analysis.representation.orbits():
        orbit = groups.get(coordinates)
        names = dict.fromkeys(assignment.multipliers[j].name for j in coordinates)
        found.append(
            OrbitReport(
                coordinates,
                ", ".join(names),
                failing.isdisjoint(coordinates),
                None if orbit is None else orbit.given,
                None if orbit is None else orbit.rescaled,
            )
        )
    return tuple(found)


def _why(analysis: Analysis, assignment: Assignment, same: bool) -> str:
    """The reason for a yes, in one sentence."""
    straight = all(m.affine is not None or m.constant is not None for m in assignment.distinct.values())
    if straight and all(m.constant is not None for m in assignment.distinct.values()):
        return "The activation is constant, and the output representation fixes its value."
    if straight:
        return f"{assignment.name} is affine, and the matrices keep its value at zero."
    if not analysis.is_monomial:
        return f"The rows on which {assignment.name} is not affine have one entry each, and it passes those."
    if all(orbit.given.kind == "trivial" for orbit in analysis.orbits):
        return "Every generator permutes the coordinates, and any function commutes with that."
    groups = ", ".join(dict.fromkeys(str(orbit.given) for orbit in analysis.orbits))
    if not same:
        return f"The generators are monomial with entries in {groups}; {assignment.name} makes those of the output."
    words = "; ".join(
        dict.fromkeys(admitted(orbit.given) for orbit in analysis.orbits if orbit.given.kind != "trivial")
    )
    return (
        f"The generators are monomial with entries in {groups}, which admit {words}; {assignment.name} is one of those."
    )
