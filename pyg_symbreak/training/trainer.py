r"""Lightning's Trainer as this package wants it: quiet, quick, with atomic checkpoints."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, Checkpoint, EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from tqdm import tqdm

from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.checkpoint import load_checkpoint, save_checkpoint
from pyg_symbreak.training.config import TrainConfig

MONITOR = "val_bce"
r"""The metric that decides which epoch is the best: the smaller the better."""

LAST, BEST = "last.ckpt", "best.ckpt"


class AtomicCheckpointIO(TorchCheckpointIO):
    r"""Lets Lightning write and read its checkpoints by :func:`save_checkpoint` and :func:`load_checkpoint`."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any | None = None
    ) -> None:
        save_checkpoint(checkpoint, path)

    def load_checkpoint(
        self,
        path: str | os.PathLike[str],
        map_location: Callable[..., Any] | None = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        return load_checkpoint(path, map_location=map_location or "cpu")


class ProgressLine(Callback):
    r"""Shows one line per run on the first process; a subclass opens it and moves it on.

    Args:
        label: What is trained, at the start of the line.
        position: The line, counted from the cursor, when several runs are shown at once.
    """

    def __init__(self, label: str = "training", position: int = 0) -> None:
        self.label, self.position = label, position
        self._bar: tqdm[Any] | None = None

    def open(self, trainer: Trainer, total: int | None, initial: int, unit: str) -> None:
        r"""Opens the line, where it is to be shown."""
        if trainer.is_global_zero:
            self._bar = tqdm(
                total=total,
                initial=initial,
                desc=self.label,
                position=self.position,
                leave=False,
                unit=unit,
                dynamic_ncols=True,
                mininterval=0.5,
            )

    def advance(self, shown: dict[str, str]) -> None:
        r"""Counts one more, and tells some values."""
        if self._bar is not None:
            self._bar.set_postfix(shown, refresh=False)
            self._bar.update()

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()
            self._bar = None


class EpochProgress(ProgressLine):
    r"""Counts epochs and tells the last validation metrics."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.open(trainer, trainer.max_epochs, trainer.current_epoch, "epoch")

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._bar is not None:
            metrics = trainer.callback_metrics
            self.advance({name: f"{float(metrics[f'val_{name}']):.4g}" for name in ("bce", "error_percent")})


class HistoryCSV(Checkpoint):
    r"""Writes the history of the run to ``metrics.csv`` after every epoch.

    Lightning's own CSV logger starts an empty file when a run is resumed. As a kind of checkpoint it is called after
    the module has added the epoch to its history.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        history = getattr(pl_module, "history", [])
        if trainer.is_global_zero and history:
            rows = [list(history[0])] + [[f"{value:.8g}" for value in row.values()] for row in history]
            atomic_write(self.path, "".join(",".join(row) + "\n" for row in rows).encode())


class QuietSpawned(Callback):
    r"""Keeps Lightning quiet in spawned processes, which :func:`quiet_lightning` does not reach."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if trainer.world_size > 1 and multiprocessing.parent_process() is not None:
            _silence()


class ResumableEarlyStopping(EarlyStopping):
    r"""Early stopping that stays stopped when a run is resumed from the checkpoint it stopped at."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True


def make_trainer(
    config: TrainConfig, directory: Path, *, progress: bool = False, label: str = "training", position: int = 0
) -> Trainer:
    r"""Builds the trainer of a run: CSV and TensorBoard logs, checkpoints of the last and of the best epoch.

    Args:
        config: Gives epochs, devices, gradient clipping and patience.
        directory: Where ``last.ckpt``, ``best.ckpt``, ``metrics.csv`` and the TensorBoard events go.
        progress: Whether to show a progress bar.
        label: What is trained, for the progress bar.
        position: The line of the progress bar.
    """
    callbacks: list[Callback] = [
        QuietSpawned(),
        # The last after the best, so that it knows the best; save_last=True would only save it along with a better one.
        _checkpoint(directory, BEST, MONITOR),
        _checkpoint(directory, LAST, None),
        HistoryCSV(directory / "metrics.csv"),
    ]
    if config.patience:
        callbacks.append(ResumableEarlyStopping(MONITOR, patience=config.patience, check_on_train_epoch_end=True))
    if progress:
        callbacks.append(EpochProgress(label, position))
    on_cpu = config.accelerator == "cpu"
    return Trainer(
        accelerator=config.accelerator,
        devices=config.devices,
        # Processes started by spawning need no second start of the program's main file.
        strategy="auto" if config.devices == 1 else "ddp_spawn" if on_cpu else "ddp",
        max_epochs=config.epochs,
        gradient_clip_val=config.gradient_clip or None,
        default_root_dir=directory,
        logger=TensorBoardLogger(directory.parent, name=directory.name, version=""),
        callbacks=callbacks,
        plugins=[AtomicCheckpointIO()],
        # The order of the graphs depends on the epoch, and each process takes its own share.
        reload_dataloaders_every_n_epochs=1,
        use_distributed_sampler=False,
        log_every_n_steps=1,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _checkpoint(directory: Path, name: str, monitor: str | None) -> ModelCheckpoint:
    return ModelCheckpoint(
        dirpath=directory,
        filename=Path(name).stem,
        monitor=monitor,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )


@contextlib.contextmanager
def quiet_lightning() -> Iterator[None]:
    r"""Keeps Lightning from announcing the hardware at every start, and from advice that does not apply.

    Example:
        >>> with quiet_lightning():
        ...     trainer = Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    """
    levels = [logger.level for logger in _LOGGERS]
    with warnings.catch_warnings():
        _silence()
        try:
            yield
        finally:
            for logger, level in zip(_LOGGERS, levels):
                logger.setLevel(level)


_LOGGERS = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.pytorch.utilities.rank_zero")]


def _silence() -> None:
    for logger in _LOGGERS:
        logger.setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
    # Lightning's own use of something that the newest torch has deprecated.
    warnings.filterwarnings("ignore", message=".*LeafSpec.*deprecated.*", category=FutureWarning)
