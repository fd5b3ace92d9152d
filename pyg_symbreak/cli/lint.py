r"""``pyg-symbreak lint``: whether a network is equivariant, layer by layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import tyro
from torch import nn

from pyg_symbreak.cli.read_representation import read_object, read_representation
from pyg_symbreak.equivariance.lint import LintReport, lint


@dataclass(frozen=True)
class LintCommand:
    r"""Checks the layers of a network against the representations on its feature spaces.

    The exit status is 0 if nothing is found and 1 if something is.
    """

    # "package.module:name" or "file.py:name": a module, or a function that returns one, or one and its spaces
    factory: tyro.conf.Positional[str]
    # what the factory does not tell: "SO(3)" for the input, "fc=SO(3) + SO(3)" for what the submodule fc returns,
    # "fc@-2=SO(3)" on another axis than the last
    spaces: tuple[str, ...] = ()
    values: bool = False  # judge parameters by their values, as for a trained network
    strict: bool = False  # count places that could not be checked as findings
    json: bool = False  # print one JSON object

    def __call__(self) -> int:
        r"""Runs the command and returns the exit status."""
        module, spaces = _network(self.factory)
        spaces.update(_read_space(text) for text in self.spaces)
        if not spaces:
            raise ValueError(f"'{self.factory}' expected representations (got none; return a pair or use --spaces)")
        report = lint(module, spaces, trainable=not self.values)
        print(json.dumps(_record(report)) if self.json else str(report))
        return 1 if report.status or (self.strict and report.unknown) else 0


def _network(text: str) -> tuple[nn.Module, dict[str, Any]]:
    made = read_object(text)
    if not isinstance(made, nn.Module):
        if not callable(made):
            raise ValueError(f"'{text}' expected a module or a function (got {type(made).__name__})")
        made = made()
    module, spaces = made if isinstance(made, tuple) and len(made) == 2 else (made, {})
    if not isinstance(module, nn.Module):
        raise ValueError(f"'{text}' expected a module, or a module and its spaces (got {type(module).__name__})")
    return module, dict(spaces) if isinstance(spaces, dict) else {"": spaces}


def _read_space(text: str) -> tuple[str, Any]:
    head, equals, rest = text.partition("=")
    name, _, axis = head.partition("@") if equals else ("", "", "")
    try:
        return name, (read_representation(rest if equals else text), int(axis or -1))
    except ValueError as error:
        raise ValueError(f"'--spaces' expected 'name=representation' (got '{text}': {error})") from error


def _record(report: LintReport) -> dict[str, Any]:
    return {
        "findings": [
            {
                "where": found.where,
                "rule": found.problem.rule,
                "verdict": found.problem.verdict,
                "reason": found.problem.reason,
                "witness": found.problem.witness,
                "repair": list(found.problem.repair),
            }
            for found in report.findings
        ],
        "checked": list(report.checked),
        "assumed": list(report.assumed),
        "unknown": list(report.unknown),
    }
