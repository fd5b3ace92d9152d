r"""What a lint finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rule = Literal["activation", "bias", "linear", "dropout", "norm", "prelu", "scale", "sum", "product", "output"]


@dataclass(frozen=True)
class Problem:
    r"""What is wrong with a layer.

    Args:
        rule: The rule that is broken.
        verdict: ``"refuted"``: the layer is not equivariant as it is. ``"numerical"``: neither is it, by floats that
            were rounded. ``"not kept"``: it is now, but training does not keep it so.
        reason: Why, in one sentence.
        witness: An element that shows it, or an empty text.
        repair: What to do instead.

    .. code-block:: python

        >>> Problem("bias", "refuted", "The bias is moved.", "", ("leave it away",)).verdict
        'refuted'
    """

    rule: Rule
    verdict: Literal["refuted", "numerical", "not kept"]
    reason: str
    witness: str
    repair: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    r"""A problem and its place.

    Args:
        where: The path of the submodule, or the name of the operation, with its type.
        problem: What is wrong.

    .. code-block:: python

        >>> print(Finding("0 (Linear)", Problem("bias", "refuted", "The bias is moved.", "", ("bias=False",))))
        0 (Linear)  bias  refuted  The bias is moved.
          repair: bias=False
    """

    where: str
    problem: Problem

    def __str__(self) -> str:
        return "\n".join(["  ".join(self.cells), *self.details])

    @property
    def cells(self) -> tuple[str, str, str, str]:
        r"""The line of the table."""
        return self.where, self.problem.rule, self.problem.verdict, self.problem.reason

    @property
    def details(self) -> tuple[str, ...]:
        r"""The lines below it."""
        witness = (f"  witness: {self.problem.witness}",) if self.problem.witness else ()
        return witness + tuple(f"  repair: {text}" for text in self.problem.repair)


@dataclass(frozen=True)
class LintReport:
    r"""All that a lint has to say; true in a condition if nothing was found.

    Args:
        findings: The problems.
        checked: The places that were checked.
        assumed: Places that hold as far as values of a black box on a grid tell.
        unknown: Places that were not checked, and why.

    .. code-block:: python

        >>> print(LintReport((), ("0 (Linear)",), (), ("1 (ReLU): the space before it is not known",)))
        1 place checked, nothing found.
        not checked: 1 (ReLU): the space before it is not known
    """

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        r"""The exit status for CI: 1 if there is a finding, else 0."""
        return int(bool(self.findings))

    def __bool__(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        head = f"{len(self.checked)} place{'s' * (len(self.checked) != 1)} checked, "
        count = len(self.findings)
        lines = [head + (f"{count} finding{'s' * (count != 1)}:" if count else "nothing found.")]
        rows = [finding.cells[:3] for finding in self.findings]
        widths = [max((len(row[k]) for row in rows), default=0) for k in range(3)]
        for finding, row in zip(self.findings, rows):
            cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
            lines += [f"{cells}  {finding.problem.reason}", *finding.details]
        lines += [f"assumed: {text}" for text in self.assumed]
        lines += [f"not checked: {text}" for text in self.unknown]
        return "\n".join(lines)
