r"""What to do when an activation is not admissible."""

from __future__ import annotations

from pyg_symbreak.equivariance.analysis import Analysis, admitted
from pyg_symbreak.equivariance.assignment import Assignment
from pyg_symbreak.equivariance.bases import admissible_bases
from pyg_symbreak.equivariance.matrices import Number
from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup


def repairs(
    analysis: Analysis, assignment: Assignment, scale: tuple[Number, ...] | None, kinds: set[str]
) -> tuple[str, ...]:
    r"""Name ways out, the least change first.

    Args:
        analysis: The representation on the space before the activation.
        assignment: The activations that fail.
        scale: A diagonal change of basis in which they would not, or ``None``.
        kinds: What kinds of conditions fail.

    .. code-block:: python

        >>> import torch
        >>> from pyg_symbreak.equivariance.analysis import analyse
        >>> from pyg_symbreak.equivariance.assignment import assign
        >>> from pyg_symbreak.equivariance.constructors import special_orthogonal
        >>> from pyg_symbreak.equivariance.multiplier import Multiplier
        >>> rho = special_orthogonal(3)
        >>> for text in repairs(analyse(rho), assign(Multiplier.odd("tanh", torch.tanh), rho), None, {"mixing"}):
        ...     print(text)
        use norms or gates: multiply each vector by a function of its norm, or by an invariant feature
        leave the network as it is and wrap it: Canonicalize or Symmetrize with a FrameCanonicalizer
    """
    found = []
    if scale is not None:
        shown = ", ".join(str(value) for value in scale[:8]) + ", …" * (len(scale) > 8)
        found.append(f"rescale the basis by y = Dx with D = diag({shown}); there {assignment.name} is admissible")
    images = _images(analysis, assignment) if kinds == {"image"} else ""
    if images:
        found.append(
            f"keep the activation and give its output the representation with the entries that it passes: {images}"
        )
    if "offset" in kinds:
        found.append("leave the value at zero away, f(x) - f(0), or make the output fix it")
    finite = is_finite(analysis)
    if analysis.is_monomial:
        groups = [(orbit.given, orbit.rescaled) for orbit in analysis.orbits]
        if any(given.kind != "trivial" for given, _ in groups):
            found.append(f"use an activation that these entries pass: {_joint([given for given, _ in groups])}")
        if any(given != best for given, best in groups) and scale is None:
            found.append(f"rescale the basis and use {_joint([best for _, best in groups])}")
    else:
        if finite is not False:
            found.append(_other_basis(analysis))
        found.append("use norms or gates: multiply each vector by a function of its norm, or by an invariant feature")
    if analysis.connected == "mixing":
        found.append("leave the network as it is and wrap it: Canonicalize or Symmetrize with a FrameCanonicalizer")
    elif finite is not False:
        found.append(
            "leave the network as it is and wrap it: Canonicalize or Symmetrize with an EnergyCanonicalizer "
            "(finite groups of rotations and reflections) or an ExactCanonicalizer (relabelled nodes)"
        )
    return tuple(found)


def is_finite(analysis: Analysis, limit: int = 256) -> bool | None:
    r"""Whether the group is finite, or ``None`` if a search of ``limit`` elements does not tell.

    A monomial group is finite if and only if its entries are signs in the best basis.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance.analysis import analyse
        >>> from pyg_symbreak.equivariance.representation import Representation
        >>> [is_finite(analyse(Representation([m]))) for m in ([[-1]], [[2]], [[0, -1], [1, -1]], [[1, 1], [0, 1]])]
        [True, False, True, None]
    """
    if analysis.connected != "none":
        return False
    if analysis.is_monomial:
        return all(orbit.rescaled.kind in ("trivial", "sign") for orbit in analysis.orbits)
    if analysis.representation.dim > 16:
        return None
    try:
        analysis.representation.element_matrices(limit)
    except ValueError:
        return None
    return True


def _other_basis(analysis: Analysis, limit: int = 64) -> str:
    """What another basis would allow, worked out for small groups."""
    if analysis.representation.dim <= 16:
        try:
            admits = admissible_bases(analysis.representation, limit=limit).admits
        except ValueError:
            pass
        else:
            if admits == "linear functions only":
                return "use features of another type: in every basis this representation admits linear functions only"
            return f"change the basis: admissible_bases finds one that admits {admits}"
    return "change the basis: admissible_bases says in which one, if any, a finite group permutes up to signs"


def _joint(groups: list[MultiplicativeGroup]) -> str:
    """What one activation on all orbits has to be."""
    values = [value for group in groups for value in group.generators]
    joint = MultiplicativeGroup.generated(values, positive=any(group.dense for group in groups))
    return admitted(joint)


def _images(analysis: Analysis, assignment: Assignment) -> str:
    """What becomes of the entries, unless one of them does not pass."""
    pairs: dict[Number, Number] = {}
    for matrix in analysis.representation.matrices:
        for j, column in enumerate(matrix.columns):
            multiplier, value = assignment.multipliers[j], column[0][1]
            straight = multiplier.affine is not None or multiplier.constant is not None
            if straight or not multiplier.contains(value):
                return ""
            if value != 1:
                pairs[value] = multiplier.character(value)
    return ", ".join(f"{a} becomes {b}" for a, b in list(pairs.items())[:4])
