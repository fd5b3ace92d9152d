r"""What happens between two steps: validation, history, checkpoint, in this order."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.steps.history import history_csv
from pyg_symbreak.training.steps.module import StepModule
from pyg_symbreak.training.steps.pace import Pace
from pyg_symbreak.training.trainer import ProgressLine

LAST, METRICS = "last.ckpt", "metrics.csv"

# Several processes ask each other about the time only now and then.
_ASK_EVERY = 10
_WRITE_SECONDS = 10.0


class StepEnd(Callback):
    r"""Validates, writes ``metrics.csv`` and the checkpoint, and stops in time.

    Lightning would save a checkpoint before it validates at the same step, and a run resumed there would not validate.

    Args:
        directory: The folder of the run.
        config: How often.
        time_limit: The run stops, with a checkpoint, after the step during which so many seconds are over.
    """

    def __init__(self, directory: Path, config: Pace, time_limit: float | None = None) -> None:
        self.directory, self.config, self.time_limit = directory, config, time_limit
        self.stop_requested = False
        self._began = self._saved = time.monotonic()
        self._written = 0.0

    def request_stop(self) -> None:
        r"""Make the run stop, with a checkpoint, after the step that is at work."""
        self.stop_requested = True

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._saved = time.monotonic()
        self._written = 0.0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        module = cast(StepModule, pl_module)
        step, config = trainer.global_step, self.config
        last = step >= module.total_steps
        validated = last or bool(config.validate_every and step % config.validate_every == 0)
        if validated or step % config.log_every == 0:
            row = module.add_row(module.validate() if validated else None)
            if trainer.logger is not None:
                trainer.logger.log_metrics({name: value for name, value in row.items() if name != "step"}, step)
        save, stop = self._by_the_clock(trainer, step)
        save = save or stop or last or bool(config.checkpoint_every and step % config.checkpoint_every == 0)
        if save:
            module.check()
            trainer.save_checkpoint(self.directory / LAST)
            self._saved = time.monotonic()
        if trainer.is_global_zero and module.history:
            self._write(module, now=save or validated)
        if stop:
            trainer.should_stop = True

    def _by_the_clock(self, trainer: Trainer, step: int) -> tuple[bool, bool]:
        alone = trainer.world_size == 1
        if not alone and step % _ASK_EVERY:
            return False, False
        now, minutes = time.monotonic(), self.config.checkpoint_minutes
        save = bool(minutes) and now - self._saved > 60 * minutes
        stop = self.stop_requested or (self.time_limit is not None and now - self._began > self.time_limit)
        return (save, stop) if alone else trainer.strategy.broadcast((save, stop))

    def _write(self, module: StepModule, now: bool) -> None:
        if now or time.monotonic() - self._written > _WRITE_SECONDS:
            atomic_write(self.directory / METRICS, history_csv(module.history).encode())
            self._written = time.monotonic()


class StepProgress(ProgressLine):
    r"""Counts steps and tells the latest loss and the latest of the first metric of the validation."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.open(trainer, trainer.max_steps, trainer.global_step, "step")

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._bar is not None:
            shown, history = {}, cast(StepModule, pl_module).history
            if history:
                shown["loss"] = f"{history[-1]['train_loss']:.4g}"
                validated = [(name, row[name]) for row in history for name in row if name.startswith("val_")]
                if validated:
                    first = validated[0][0]
                    shown[first] = f"{[value for name, value in validated if name == first][-1]:.4g}"
            self.advance(shown)
