r"""Answers to the question whether an activation is admissible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyg_symbreak.equivariance.matrices import Number
from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup
from pyg_symbreak.equivariance.witness import Witness

Verdict = Literal["proved", "refuted", "assumed", "numerical"]


@dataclass(frozen=True)
class OrbitReport:
    r"""The answer for one orbit of coordinates.

    Args:
        coordinates: The coordinates.
        activation: The names of the activations on them.
        admissible: Whether all conditions on these rows hold.
        entries: The group that the entries of the input representation generate, or ``None`` if it is not monomial.
        rescaled: The same after the best diagonal change of basis.

    .. code-block:: python

        >>> OrbitReport((0, 1), "relu", True, None, None).admissible
        True
    """

    coordinates: tuple[int, ...]
    activation: str
    admissible: bool
    entries: MultiplicativeGroup | None
    rescaled: MultiplicativeGroup | None


@dataclass(frozen=True)
class Report:
    r"""Whether an activation carries one representation into another.

    A report is true in a condition if the activation is admissible.

    Args:
        verdict: ``"proved"`` (it is, by exact arithmetic), ``"refuted"`` (it is not), ``"assumed"`` (no probing of a
            black box refuted it), ``"numerical"`` (decided on floats that were rounded).
        admissible: Whether it is.
        reason: Why, in one sentence.
        witness: If it is not, a point where the two sides differ.
        repair: What to do instead, the least change first.
        scale: If a diagonal change of basis makes it admissible, the diagonal :math:`D` of that change :math:`y = Dx`.
        orbits: The answer for each orbit of coordinates.

    .. code-block:: python

        >>> print(Report("proved", True, "Every generator permutes the coordinates.", None, (), None, ()))
        admissible (proved): Every generator permutes the coordinates.
    """

    verdict: Verdict
    admissible: bool
    reason: str
    witness: Witness | None
    repair: tuple[str, ...]
    scale: tuple[Number, ...] | None
    orbits: tuple[OrbitReport, ...]

    def __bool__(self) -> bool:
        return self.admissible

    def __str__(self) -> str:
        lines = [f"{'admissible' if self.admissible else 'not admissible'} ({self.verdict}): {self.reason}"]
        if self.witness is not None:
            lines.append(f"  witness: {self.witness}")
        if not self.admissible and 1 < len(self.orbits) <= 12:
            lines.extend(
                f"  orbit {k} {list(orbit.coordinates[:6])}{'…' * (len(orbit.coordinates) > 6)}: "
                f"{orbit.activation} {'passes' if orbit.admissible else 'fails'}"
                for k, orbit in enumerate(self.orbits)
            )
        lines.extend(f"  repair: {text}" for text in self.repair)
        return "\n".join(lines)
