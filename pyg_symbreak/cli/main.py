r"""The console entry ``pyg-symbreak``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import pyg_symbreak

PROGRAM = "pyg-symbreak"


def main(arguments: Sequence[str] | None = None) -> int:
    r"""Runs a command of ``pyg-symbreak``.

    Args:
        arguments: The words after the program's name; by default those of this process.

    Returns:
        The exit status: 0; 1 if a run of a comparison failed or a check found something; 2 after an error, which is
        told in one line on standard error; 130 if interrupted.

    Example:
        >>> main(["--version"])
        pyg-symbreak 0.1.0
        0
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        print(f"{PROGRAM} {pyg_symbreak.__version__}")
        return 0
    try:
        status = int(_read(words)())
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted; the same command goes on where it was", file=sys.stderr)
        return 130
    except (ValueError, ImportError, OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _is_told(error):
            raise
        print(f"{PROGRAM}: error: {error}", file=sys.stderr)
        return 2
    return status


def _is_told(error: RuntimeError) -> bool:
    from pyg_symbreak.labeling import SearchBudgetExceeded
    from pyg_symbreak.training.diffusion.nonfinite import NonFiniteLossError

    return isinstance(error, (SearchBudgetExceeded, NonFiniteLossError))


def _read(words: list[str]) -> Any:
    # Here, so that --version answers at once and a missing package is told like any other error.
    try:
        import tyro
    except ImportError as error:
        raise ImportError(
            f"'{PROGRAM}' expected the package tyro; install the extra: pip install 'pyg_symbreak[train]' (got {error})"
        ) from error
    from pyg_symbreak.cli.autoencoder import FULL, QUICK, AutoencoderCommand
    from pyg_symbreak.cli.canonicalize import CanonicalizeCommand
    from pyg_symbreak.cli.check_activation import CheckActivationCommand
    from pyg_symbreak.cli.diffusion.command import DiffusionCommand
    from pyg_symbreak.cli.lint import LintCommand
    from pyg_symbreak.cli.spins.command import SpinsCommand
    from pyg_symbreak.cli.symmetrize.command import SymmetrizeCommand

    default = QUICK if "--quick" in words else FULL
    commands = (
        Annotated[AutoencoderCommand, tyro.conf.subcommand("autoencoder", default=default)]
        | Annotated[CanonicalizeCommand, tyro.conf.subcommand("canonicalize")]
        | Annotated[CheckActivationCommand, tyro.conf.subcommand("check-activation")]
        | Annotated[DiffusionCommand, tyro.conf.subcommand("diffusion")]
        | Annotated[LintCommand, tyro.conf.subcommand("lint")]
        | Annotated[SpinsCommand, tyro.conf.subcommand("spins")]
        | Annotated[SymmetrizeCommand, tyro.conf.subcommand("symmetrize")]
    )
    description = "Symmetry breaking for graphs. --version tells the version."
    return tyro.cli(commands, args=words, prog=PROGRAM, description=description)
