r"""The generator as a Lightning module."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.nll import Likelihood, nll
from pyg_symbreak.training.diffusion.nonfinite import NonFiniteLossError, save_step
from pyg_symbreak.training.diffusion.packed import PackedGraphs
from pyg_symbreak.training.steps.module import StepModule

PARTS = ("loss", "node", "pair")


class DiffusionModule(StepModule):
    r"""Trains a :class:`~pyg_symbreak.models.diffusion.model.GraphDiffusion`.

    Every step seeds torch's global generator anew from the seed of the run, the number of the step and that of the
    process. A run that is killed and resumed at any step therefore makes exactly the draws it would have made.

    Args:
        model: The generator.
        config: How to train it.
        steps_per_epoch: The number of batches that visit every training graph.
        directory: Where a step with a loss that is not finite is saved.
        val: The validation graphs.
        identity: Plain values that tell the run from others; kept in its checkpoints.
    """

    model: GraphDiffusion

    def __init__(
        self,
        model: GraphDiffusion,
        config: DiffusionTrainConfig,
        *,
        steps_per_epoch: int,
        directory: Path,
        val: PackedGraphs | None = None,
        identity: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(model, config, config.total_steps(steps_per_epoch), identity, amsgrad=config.amsgrad)
        self.config, self.directory, self.steps_per_epoch = config, directory, steps_per_epoch
        # The losses since the last row of the history.
        self.window: list[list[float]] = []
        self._val = None if val is None else val.subset(config.val_graphs)
        self._seen: tuple[int, DenseGraph] | None = None

    def setup(self, stage: str) -> None:
        if self.config.threads:  # the caller's setting does not reach a spawned process
            torch.set_num_threads(self.config.threads)

    def on_fit_start(self) -> None:
        super().on_fit_start()
        if self.config.compile:
            self.model.network.compile(dynamic=False)

    def training_step(self, batch: DenseGraph, batch_idx: int) -> Tensor:
        self._seen = self.trainer.global_step, batch
        torch.manual_seed(self._step_seed(self.trainer.global_step))
        losses = self.model.loss(batch)
        values: list[float] = torch.stack([losses[part].detach().float() for part in PARTS]).tolist()
        if not all(map(math.isfinite, values)):
            raise self._stop("loss", dict(zip(PARTS, values)))
        self.window.append(values)
        return losses["loss"]

    def refuse(self, norm: float) -> NonFiniteLossError:
        return self._stop("gradient", {"gradient_norm": norm})

    def _step_seed(self, step: int) -> int:
        return stream_seed(self.config.seed, "train", step, self.global_rank)

    def _stop(self, what: str, losses: dict[str, float]) -> NonFiniteLossError:
        assert self._seen is not None
        step, batch = self._seen
        return save_step(
            self.directory,
            what,
            batch,
            step=step,
            rank=self.global_rank,
            seed=self._step_seed(step),
            losses=losses,
            state=self.model.state_dict(),
        )

    def validate(self) -> Likelihood | None:
        r"""Measure the likelihood of the validation graphs under the running mean; ``None`` if there are none."""
        if self._val is None:
            return None
        trainer = self.trainer
        model = self.mean.model
        assert isinstance(model, GraphDiffusion)
        return nll(
            model,
            self._val,
            num_draws=self.config.val_draws,
            seed=0,  # the same graphs, times and noise for all runs: their differences are differences of models
            batch_size=max(1, min(512, self.config.batch_size)),
            rank=self.global_rank,
            world_size=trainer.world_size,
            reduce=lambda sums: trainer.strategy.reduce(sums, reduce_op="sum"),
        )

    def add_row(self, likelihood: Likelihood | None) -> dict[str, float]:
        r"""Close the current row of the history.

        Args:
            likelihood: That of the validation graphs, where it was measured.
        """
        step = self.trainer.global_step
        row = {"step": float(step), "epoch": step / self.steps_per_epoch, "seconds": self.seconds}
        row["learning_rate"] = self.config.learning_rate * self.config.rate(step - 1, self.total_steps)
        means = torch.tensor(self.window, dtype=torch.float64).mean(0).tolist()
        row.update({f"train_{part}": value for part, value in zip(PARTS, means)})
        row["gradient_norm"] = math.nan if self._norm is None else float(self._norm)
        if likelihood is not None:
            row["val_nll"], row["val_nll_error"] = likelihood.nll, likelihood.error
            row["val_nll_digress"] = likelihood.nll_digress
        self.window = []
        self.history.append(row)
        return row

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["diffusion"] = {**self.state(), "window": self.window}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        state = checkpoint["diffusion"]
        self.load_state(state)
        self.window = list(state["window"])
