r"""One training run of a generator; killed and called again, it goes on where it was."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.checkpoint import load_checkpoint
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.counts import model_for
from pyg_symbreak.training.diffusion.data import DiffusionData, DiffusionDataModule
from pyg_symbreak.training.diffusion.module import DiffusionModule
from pyg_symbreak.training.diffusion.nonfinite import errors_of_processes
from pyg_symbreak.training.machine import peak_memory_mb
from pyg_symbreak.training.steps.callbacks import LAST, StepEnd
from pyg_symbreak.training.steps.interrupt import finish_step_first
from pyg_symbreak.training.steps.trainer import make_step_trainer
from pyg_symbreak.training.trainer import quiet_lightning


@dataclass(frozen=True)
class DiffusionFitResult:
    r"""What a run came to.

    Args:
        finished: Whether all steps are done; a time limit may have stopped the run before.
        steps: The number of steps done.
        seconds: The time of training and validation, over all sittings.
        val_nll: The last validation likelihood, in nats a graph; NaN if there was none.
        history: One row every so many steps: ``step``, ``epoch``, ``seconds``, ``learning_rate``, ``train_loss``,
            ``train_node``, ``train_pair``, ``gradient_norm`` and, where it was measured, ``val_nll``,
            ``val_nll_error``, ``val_nll_digress``.
        parameters: The number of weights.
        peak_memory_mb: The largest memory of the process, or of the GPU, in MB (10⁶ bytes).
        checkpoint: The file to go on from.
        model: The generator with the running mean of its weights, on the CPU, in evaluation mode.
    """

    finished: bool
    steps: int
    seconds: float
    val_nll: float
    history: list[dict[str, float]]
    parameters: int
    peak_memory_mb: float | None
    checkpoint: Path
    model: GraphDiffusion


def fit(
    model_config: DiffusionConfig,
    train_config: DiffusionTrainConfig,
    data: DiffusionData,
    directory: str | os.PathLike[str],
    progress: bool = False,
    *,
    resume: bool = True,
    time_limit: float | None = None,
    label: str = "training",
    position: int = 0,
) -> DiffusionFitResult:
    r"""Trains a generator.

    ``last.ckpt``, ``metrics.csv`` and TensorBoard events go to a folder. A run that was killed, at whatever moment, and
    is called again with the same arguments goes on from its last checkpoint and comes, on one CPU process, to exactly
    the numbers it would have come to. It may go on with another number of processes or on another device; the numbers
    are then the same in law. The caller's global generator is left as it was.

    Args:
        model_config: The model.
        train_config: How to train.
        data: The graphs.
        directory: The folder of the run.
        progress: Whether to show a progress bar on standard error.
        resume: Whether to go on from ``last.ckpt`` in that folder; without it the run starts afresh.
        time_limit: Seconds after which this sitting ends with a checkpoint.
        label: What is trained, for the progress bar.
        position: The line of the progress bar, when several runs are shown at once.

    Returns:
        The model and what led to it.

    Raises:
        ValueError: If the checkpoint to resume from is corrupt or was made with another configuration or other graphs,
            or a training graph does not fit the model.
        NonFiniteLossError: If a loss is NaN or infinite.
        KeyboardInterrupt: After Ctrl-C, when the step at work is finished and saved.
        OSError: If the disk is full; the last checkpoint remains.
    """
    folder = Path(directory)
    last = folder / LAST
    if not resume:
        last.unlink(missing_ok=True)
    identity = {
        "model_config": model_config.to_dict(),
        "train_config": train_config.to_dict(),
        "graphs": data.train.fingerprint(),
    }
    for stale in folder.glob(f".{LAST}.*.tmp"):  # of a run that was killed while it wrote
        stale.unlink()
    resumable = last.is_file()
    if resumable:
        _check_same_run(load_checkpoint(last), train_config, identity, last)
    steps_per_epoch = data.plan(train_config).steps_per_epoch
    step_end = StepEnd(folder, train_config, time_limit)
    with quiet_lightning(), _settings(train_config):
        torch.manual_seed(stream_seed(train_config.seed, "weights"))
        module = DiffusionModule(
            model_for(model_config, data.train),
            train_config,
            steps_per_epoch=steps_per_epoch,
            directory=folder,
            val=data.val,
            identity=identity,
        )
        trainer = make_step_trainer(
            train_config, module.total_steps, folder, step_end, progress=progress, label=label, position=position
        )
        # Several processes would not stop at the same step.
        alone = train_config.world_size == 1
        with finish_step_first(step_end.request_stop) if alone else errors_of_processes(folder):
            # weights_only: Lightning would otherwise choose by itself, and warn.
            trainer.fit(
                module,
                DiffusionDataModule(data, train_config),
                ckpt_path=last if resumable else None,
                weights_only=True if resumable else None,
            )
        return _result(load_checkpoint(last), module, last)


def _result(state: dict[str, Any], module: DiffusionModule, last: Path) -> DiffusionFitResult:
    # From the file, not from the module: with several processes the module was trained in another one.
    run, steps = state["diffusion"], int(state["global_step"])
    prefix = "model."
    weights = {k[len(prefix) :]: v for k, v in state["state_dict"].items() if k.startswith(prefix)}
    if run["mean"]:
        inner = "module."
        weights = {k[len(inner) :]: v for k, v in run["mean"].items() if k.startswith(inner)}
    model = module.model.cpu()
    model.load_state_dict(weights)
    memory = peak_memory_mb()
    if torch.cuda.is_available():
        memory = torch.cuda.max_memory_allocated() / 1e6
    likelihoods = [row["val_nll"] for row in run["history"] if "val_nll" in row]
    return DiffusionFitResult(
        finished=steps >= module.total_steps,
        steps=steps,
        seconds=run["seconds"],
        val_nll=likelihoods[-1] if likelihoods else float("nan"),
        history=run["history"],
        parameters=model.num_parameters,
        peak_memory_mb=memory,
        checkpoint=last,
        model=model.eval(),
    )


def _check_same_run(state: dict[str, Any], train: DiffusionTrainConfig, now: dict[str, Any], path: Path) -> None:
    then = state.get("diffusion")
    if not isinstance(then, dict):
        raise ValueError(f"'fit' expected {str(path)!r} to be the checkpoint of a generator (got another)")
    old, new = then["model_config"], now["model_config"]
    changed = {
        "model_config": sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)),
        "train_config": train.changed(then["train_config"]),
        "data": [] if then["graphs"] == now["graphs"] else ["training graphs"],
    }
    for name, keys in changed.items():
        if keys:
            raise ValueError(
                f"'fit' expected '{name}' to be that of the checkpoint {str(path)!r} it resumes from "
                f"(got other {', '.join(keys)}); use resume=False or another directory"
            )


@contextlib.contextmanager
def _settings(config: DiffusionTrainConfig) -> Iterator[None]:
    threads, matmul = torch.get_num_threads(), torch.get_float32_matmul_precision()
    on_gpu = config.accelerator != "cpu" and torch.cuda.is_available()
    devices = range(torch.cuda.device_count()) if on_gpu else []
    with torch.random.fork_rng(devices=devices), warnings.catch_warnings():
        if config.threads:
            torch.set_num_threads(config.threads)
        if on_gpu and config.tf32:
            torch.set_float32_matmul_precision("high")
        if config.compile:  # what the compiler does inside is not the caller's concern
            warnings.filterwarnings("ignore", message=r"The \.grad attribute of a Tensor that is not a leaf")
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.set_float32_matmul_precision(matmul)
