r"""``pyg-symbreak check-activation``: whether an activation is admissible for a representation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import tyro

from pyg_symbreak.cli.read_representation import read_object, read_representation
from pyg_symbreak.equivariance import Multiplier, Report, admissible, analyse, multiplier_of


@dataclass(frozen=True)
class CheckActivationCommand:
    r"""Tells whether a point-wise activation keeps a network equivariant, with a proof or a witness.

    The exit status is 0 if it does and 1 if it does not.
    """

    # before the activation: a .json or .npz file of generators, or constructors, such as "octahedral", "SO(3)",
    # "permutation(4)", "tensor_power(4, 2)", "sign(3) + standard(3)"
    representation: tyro.conf.Positional[str]
    # a name ("relu", "LeakyReLU(0.2)"), an expression in x ("x*Abs(x)"), or a function "module:name"; without one, what
    # the representation admits is told
    activation: tyro.conf.Positional[str | None] = None
    output: str | None = None  # the representation after the activation, if it is another one
    json: bool = False  # print one JSON object

    def __call__(self) -> int:
        r"""Runs the command and returns the exit status."""
        rho = read_representation(self.representation)
        analysis = analyse(rho)
        if self.activation is None:
            admits = {"admits": analysis.admits, "admits_rescaled": analysis.admits_rescaled}
            print(json.dumps(admits) if self.json else str(analysis))
            return 0
        multiplier = read_activation(self.activation)
        target = None if self.output is None else read_representation(self.output)
        report = admissible(multiplier, rho, target)
        if self.json:
            print(json.dumps(_record(multiplier, report)))
        else:
            print(f"{analysis}\n{multiplier}\n{report}")
        return 0 if report.admissible else 1


def read_activation(text: str) -> Multiplier:
    r"""Read an activation from the command line.

    Args:
        text: A name with or without arguments, an expression in ``x``, or ``module:name``.

    Raises:
        ValueError: If it cannot be read.

    .. code-block:: python

        >>> print(read_activation("x*Abs(x)"))
        x*Abs(x): odd and homogeneous of degree 2
    """
    if ":" in text:
        return multiplier_of(read_object(text))
    try:
        return multiplier_of(text)
    except ValueError as error:
        try:
            import sympy
        except ImportError:
            raise error from None
        try:
            expression = sympy.sympify(text)
        except (TypeError, SyntaxError, AttributeError, sympy.SympifyError):
            raise error from None
        # A single word that is no function of torch is a mistake, not a symbol.
        if not isinstance(expression, sympy.Expr) or (expression.is_Symbol and str(expression) != "x"):
            raise
        if {str(symbol) for symbol in expression.free_symbols} - {"x"}:
            names = sorted(map(str, expression.free_symbols))
            raise ValueError(f"'{text}' expected an expression in x (got {names})") from error
        return multiplier_of(expression)


def _record(multiplier: Multiplier, report: Report) -> dict[str, Any]:
    return {
        "activation": multiplier.name,
        "class": multiplier.reason,
        "admissible": report.admissible,
        "verdict": report.verdict,
        "reason": report.reason,
        "witness": None if report.witness is None else str(report.witness),
        "repair": list(report.repair),
    }
