r"""One training run of a symmetrized backbone; killed and called again, it goes on where it was."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pyg_symbreak.training.checkpoint import load_checkpoint
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.machine import peak_memory_mb
from pyg_symbreak.training.pool import UNFINISHED, rounded
from pyg_symbreak.training.steps.callbacks import LAST, StepEnd
from pyg_symbreak.training.steps.interrupt import finish_step_first
from pyg_symbreak.training.steps.pace import OneProcess
from pyg_symbreak.training.steps.trainer import make_step_trainer
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.evaluate import evaluate
from pyg_symbreak.training.symmetrize.examples import StepBatches, TaskData
from pyg_symbreak.training.symmetrize.module import SupervisedModule
from pyg_symbreak.training.symmetrize.objective import Objective
from pyg_symbreak.training.trainer import quiet_lightning


@dataclass(frozen=True)
class SymmetrizeFitResult:
    r"""What a run came to.

    Args:
        finished: Whether all steps are done; a time limit may have stopped the run before.
        steps: The number of steps done.
        seconds: The time of training and validation, over all sittings.
        best_step: The step after which the validation loss was smallest.
        metrics: The test scores with the weights of that step and fresh draws, ``loss``, ``draw_error``, and for the
            first score ``…_error``, its standard error over the passes; empty if the run is not finished.
        parameters: The number of weights.
        history: One row a validation: ``step``, ``seconds``, ``train_loss``, ``val_loss`` and the scores.
        model: The model with the weights of the best step, in evaluation mode.
    """

    finished: bool
    steps: int
    seconds: float
    best_step: int
    metrics: dict[str, float]
    parameters: int
    history: list[dict[str, float]]
    model: torch.nn.Module

    def record(self) -> dict[str, Any]:
        r"""What a results file keeps of the run, as plain values."""
        names = list(dict.fromkeys(name for row in self.history for name in row))
        return {
            "status": "finished" if self.finished else UNFINISHED,
            "metrics": dict(self.metrics),
            "seconds": round(self.seconds, 2),
            "peak_memory_mb": peak_memory_mb(),
            "best_step": self.best_step,
            "steps": self.steps,
            "parameters": self.parameters,
            "curve": {name: [rounded(row.get(name)) for row in self.history] for name in names},
        }


def fit(
    build: Callable[[], torch.nn.Module],
    config: SymmetrizeTrainConfig,
    data: TaskData,
    objective: Objective,
    directory: str | os.PathLike[str],
    *,
    resume: bool = True,
    progress: bool = False,
    time_limit: float | None = None,
    label: str = "training",
    position: int = 0,
) -> SymmetrizeFitResult:
    r"""Trains a model, and tests it as it was at its smallest validation loss.

    ``last.ckpt``, ``metrics.csv`` and TensorBoard events go to a folder. A run that was killed, at whatever moment, and
    is called again with the same arguments goes on from its last checkpoint and comes, on the CPU, to exactly the
    numbers it would have come to. The caller's global generator is left as it was.

    Args:
        build: Makes the model; called with torch's global generator seeded.
        config: How to train.
        data: The examples.
        objective: The loss and the scores.
        directory: The folder of the run.
        resume: Whether to go on from ``last.ckpt`` in that folder; without it the run starts afresh.
        progress: Whether to show a progress bar on standard error.
        time_limit: Seconds after which this sitting ends with a checkpoint.
        label: What is trained, for the progress bar.
        position: The line of the progress bar, when several runs are shown at once.

    Raises:
        ValueError: If the checkpoint to resume from is corrupt, or was made with another configuration or other data.
        FloatingPointError: If a gradient is not finite.
        KeyboardInterrupt: After Ctrl-C, when the step at work is finished and saved.
        OSError: If the disk is full; the last checkpoint remains.
    """
    folder = Path(directory)
    last = folder / LAST
    if not resume:
        last.unlink(missing_ok=True)
    for stale in folder.glob(f".{LAST}.*.tmp"):  # of a run that was killed while it wrote
        stale.unlink()
    identity = {"config": config.changes_result(), "examples": data.fingerprint()}
    resumable = last.is_file()
    if resumable:
        _check_same_run(load_checkpoint(last), config, identity, last)
    per_epoch = math.ceil(len(data.train) / min(config.batch_size, len(data.train)))
    every = config.validate_every * per_epoch
    pace = OneProcess(every, every, config.checkpoint_minutes, config.accelerator)
    step_end = StepEnd(folder, pace, time_limit)
    with quiet_lightning(), _settings(config):
        torch.manual_seed(stream_seed(config.seed, "weights"))
        total = config.epochs * per_epoch
        module = SupervisedModule(build(), objective, config, total_steps=total, val=data.val, identity=identity)
        trainer = make_step_trainer(pace, total, folder, step_end, progress=progress, label=label, position=position)
        start = int(load_checkpoint(last)["global_step"]) if resumable else 0
        if start < total:
            with finish_step_first(step_end.request_stop):
                # weights_only: Lightning would otherwise choose by itself, and warn.
                trainer.fit(
                    module,
                    StepBatches(data.train, config.batch_size, config.seed, start),
                    ckpt_path=last if resumable else None,
                    weights_only=True if resumable else None,
                )
        state = load_checkpoint(last)
        run, steps = state["symmetrize"], int(state["global_step"])
        model = module.model
        if run["best"]["weights"]:
            model.load_state_dict(run["best"]["weights"])
        finished = steps >= total
        metrics = _test(model, data, objective, config) if finished else {}
    return SymmetrizeFitResult(
        finished=finished,
        steps=steps,
        seconds=run["seconds"],
        best_step=run["best"]["step"],
        metrics=metrics,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        history=run["history"],
        model=model.eval(),
    )


def _test(
    model: torch.nn.Module, data: TaskData, objective: Objective, config: SymmetrizeTrainConfig
) -> dict[str, float]:
    passes = [
        evaluate(model, data.test, objective, seed=config.seed, stream=f"test {number}", size=config.batch_size)
        for number in range(config.test_passes)
    ]
    metrics = {name: sum(one[name] for one in passes) / len(passes) for name in passes[0]}
    first = next(name for name in metrics if name != "loss")
    spread = torch.tensor([one[first] for one in passes], dtype=torch.float64)
    error = float(spread.std() / math.sqrt(len(passes))) if len(passes) > 1 else math.nan
    return {**metrics, f"{first}_error": error}


def _check_same_run(state: dict[str, Any], config: SymmetrizeTrainConfig, identity: dict[str, Any], path: Path) -> None:
    then = state.get("symmetrize")
    if not isinstance(then, dict):
        raise ValueError(f"'fit' expected {str(path)!r} to be the checkpoint of such a run (got another)")
    changed = config.changed(then["config"])
    changed += [] if then["examples"] == identity["examples"] else ["examples"]
    if changed:
        raise ValueError(
            f"'fit' expected the configuration of the checkpoint {str(path)!r} it resumes from "
            f"(got other {', '.join(changed)}); use resume=False or another directory"
        )


@contextlib.contextmanager
def _settings(config: SymmetrizeTrainConfig) -> Iterator[None]:
    threads = torch.get_num_threads()
    devices = range(torch.cuda.device_count()) if config.accelerator != "cpu" and torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        if config.threads:
            torch.set_num_threads(config.threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
