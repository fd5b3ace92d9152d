r"""What is left behind when a loss is no longer a number."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.multiprocessing.spawn import ProcessRaisedException

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.checkpoint import load_checkpoint, save_checkpoint


class NonFiniteLossError(RuntimeError):
    r"""The loss or the gradient of a step is NaN or infinite; :attr:`path` names the file with the step.

    Args:
        message: What was expected, and what was got.
        path: The file.
    """

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


def save_step(
    directory: Path,
    what: str,
    graph: DenseGraph,
    *,
    step: int,
    rank: int,
    seed: int,
    losses: dict[str, float],
    state: dict[str, Any],
) -> NonFiniteLossError:
    r"""Save what is needed to make a step again, and return the error that tells so.

    Args:
        directory: The folder of the run.
        what: What is not finite.
        graph: The graphs of the step.
        step: Its number, from 0.
        rank: The number of the process.
        seed: The seed of torch's global generator at its start.
        losses: The losses.
        state: The weights.
    """
    path = directory / f"nonfinite_step{step}_rank{rank}.pt"
    tensors = {"x": graph.x.cpu(), "e": graph.e.cpu(), "mask": graph.mask.cpu()}
    if graph.y is not None:
        tensors["y"] = graph.y.cpu()
    content = {"graph": tensors, "step": step, "rank": rank, "seed": seed, "losses": losses, "state_dict": state}
    save_checkpoint(content, path)
    return NonFiniteLossError(
        f"'fit' expected a finite {what} at step {step} (got {losses}); batch, weights and seed of it are saved in "
        f"{os.fspath(path)!r}, and the last checkpoint is from before it",
        path,
    )


def load_step(path: str | os.PathLike[str]) -> tuple[DenseGraph, dict[str, Any]]:
    r"""Read what :func:`save_step` saved.

    Args:
        path: The file.

    Returns:
        The graphs, and ``"step"``, ``"rank"``, ``"seed"``, ``"losses"`` and ``"state_dict"``. With
        ``model.load_state_dict(state["state_dict"])`` and ``torch.manual_seed(state["seed"])``, ``model.loss(graph)``
        gives the loss again.

    Raises:
        ValueError: If the file is missing or corrupt.
    """
    state = load_checkpoint(path)
    tensors: dict[str, torch.Tensor] = state.pop("graph")
    return DenseGraph(**tensors), state


@contextlib.contextmanager
def errors_of_processes(directory: Path) -> Iterator[None]:
    r"""Raises the :class:`NonFiniteLossError` of a spawned process here, instead of the text of its traceback.

    Args:
        directory: The folder of the run.

    Raises:
        NonFiniteLossError: If a process raised it.
    """
    before = set(directory.glob(_PATTERN))
    try:
        yield
    except ProcessRaisedException as error:
        told = [line.partition(f"{NonFiniteLossError.__name__}: ")[2] for line in str(error).splitlines()]
        saved = sorted(set(directory.glob(_PATTERN)) - before)
        if any(told) and saved:
            raise NonFiniteLossError(next(filter(None, told)), saved[0]) from None
        raise


_PATTERN = "nonfinite_step*_rank*.pt"
