r"""One training run, from graphs to test metrics; killed and called again, it goes on where it was."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from pyg_symbreak.models.autoencoder import AutoencoderConfig, GraphAutoencoder
from pyg_symbreak.training.autoencoder import AutoencoderModule, GraphDataModule, evaluate
from pyg_symbreak.training.checkpoint import load_checkpoint
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.data import Splits
from pyg_symbreak.training.loader import InMemoryLoader
from pyg_symbreak.training.trainer import BEST, LAST, MONITOR, make_trainer, quiet_lightning


@dataclass(frozen=True)
class FitResult:
    r"""What a run came to.

    Args:
        metrics: The test metrics at the best epoch, with fresh draws.
        best_epoch: The epoch, from 0, with the smallest validation BCE.
        epochs: The number of epochs trained.
        seconds: The time of training and validation, over all sittings.
        parameters: The number of weights.
        checkpoint: The file of the best epoch.
        history: One row an epoch: ``epoch``, ``seconds`` since the start, ``train_loss`` and the ``val_`` metrics.
    """

    metrics: dict[str, float]
    best_epoch: int
    epochs: int
    seconds: float
    parameters: int
    checkpoint: Path
    history: list[dict[str, float]]


def fit(
    train_config: TrainConfig,
    model_config: AutoencoderConfig,
    splits: Splits,
    directory: str | os.PathLike[str],
    *,
    resume: bool = True,
    progress: bool = False,
    label: str = "training",
    position: int = 0,
) -> FitResult:
    r"""Trains an autoencoder, and tests it as it was at its best validation BCE.

    Checkpoints, ``metrics.csv`` and TensorBoard events go to a folder. A run that was killed and is called again with
    the same arguments goes on after its last whole epoch and comes, on one process, to exactly the numbers it would
    have come to. The caller's global generator is left as it was.

    Args:
        train_config: How to train.
        model_config: The model.
        splits: The graphs.
        directory: The folder of the run.
        resume: Whether to go on from ``last.ckpt`` in that folder; without it the run starts afresh.
        progress: Whether to show a progress bar on standard error.
        label: What is trained, for the progress bar.
        position: The line of the progress bar, when several runs are shown at once.

    Returns:
        The test metrics and what led to them.

    Raises:
        ValueError: If the checkpoint to resume from is corrupt or was made with another configuration.
        OSError: If the disk is full; the checkpoints of the last whole epoch remain.
    """
    folder = Path(directory)
    last, best = folder / LAST, folder / BEST
    if not resume:
        for stale in (last, best):
            stale.unlink(missing_ok=True)
    resumable = last.is_file()
    if resumable:
        _check_same_run(load_checkpoint(last), train_config, model_config, last)
    with quiet_lightning(), torch.random.fork_rng(), _threads(train_config.threads):
        module = AutoencoderModule(model_config, train_config)
        trainer = make_trainer(train_config, folder, progress=progress, label=label, position=position)
        # weights_only: Lightning would otherwise choose by itself, and warn.
        trainer.fit(module, GraphDataModule(splits, train_config), ckpt_path=last if resumable else None)
        history = load_checkpoint(last)["history"]
        model = load_autoencoder(best)
        loader = InMemoryLoader(splits.test, batch_size=max(256, train_config.batch_size), shuffle=False)
        metrics = evaluate(model, loader, seed=train_config.seed, draws=train_config.test_draws)
    return FitResult(
        metrics=metrics,
        best_epoch=int(min(history, key=lambda row: row[MONITOR])["epoch"]),
        epochs=len(history),
        seconds=history[-1]["seconds"],
        parameters=sum(p.numel() for p in model.parameters()),
        checkpoint=best,
        history=history,
    )


def load_autoencoder(path: str | os.PathLike[str]) -> GraphAutoencoder:
    r"""Builds the autoencoder that a checkpoint of :func:`fit` describes, with its weights, in evaluation mode.

    Args:
        path: ``best.ckpt`` or ``last.ckpt`` of a run.

    Raises:
        ValueError: If the file is missing, corrupt or no checkpoint of an autoencoder.
    """
    state = load_checkpoint(path)
    if "model_config" not in state:
        raise ValueError(f"'load_autoencoder' expected 'path' to name an autoencoder's checkpoint (got {str(path)!r})")
    model = GraphAutoencoder(AutoencoderConfig(**state["model_config"]))
    prefix = "model."
    model.load_state_dict({k[len(prefix) :]: v for k, v in state["state_dict"].items() if k.startswith(prefix)})
    return model.eval()


def _check_same_run(state: dict[str, Any], train: TrainConfig, model: AutoencoderConfig, path: Path) -> None:
    for name, now in (("train_config", asdict(train)), ("model_config", asdict(model))):
        then = state.get(name, {})
        changed = sorted(key for key in now.keys() | then.keys() if now.get(key) != then.get(key) and key != "threads")
        if changed:
            raise ValueError(
                f"'fit' expected '{name}' to be that of the checkpoint {str(path)!r} it resumes from "
                f"(got another {', '.join(changed)}); use resume=False or another directory"
            )


@contextlib.contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if number:
        torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
