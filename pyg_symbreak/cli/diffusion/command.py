r"""The word ``diffusion`` of the command line, which four commands follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro

from pyg_symbreak.cli.diffusion.compare import CompareCommand
from pyg_symbreak.cli.diffusion.evaluate import EvaluateCommand
from pyg_symbreak.cli.diffusion.sample import SampleCommand
from pyg_symbreak.cli.diffusion.train import TrainCommand


@dataclass(frozen=True)
class DiffusionCommand:
    r"""Trains generators of molecules and other graphs, samples from them, evaluates and compares them."""

    command: tyro.conf.OmitSubcommandPrefixes[
        tyro.conf.OmitArgPrefixes[
            Annotated[TrainCommand, tyro.conf.subcommand("train")]
            | Annotated[SampleCommand, tyro.conf.subcommand("sample")]
            | Annotated[EvaluateCommand, tyro.conf.subcommand("evaluate")]
            | Annotated[CompareCommand, tyro.conf.subcommand("compare")]
        ]
    ]

    def __call__(self) -> int:
        r"""Runs the command that was named, and returns its exit status."""
        return self.command()
