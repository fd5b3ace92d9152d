r"""What all models have in common that are trained step by step."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from typing import Any, Protocol

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from pyg_symbreak.training.steps.ema import RunningMean


class StepTrainConfig(Protocol):
    r"""How the weights are changed."""

    @property
    def learning_rate(self) -> float:
        r"""The largest rate."""

    @property
    def beta2(self) -> float:
        r"""The second momentum of Adam."""

    @property
    def weight_decay(self) -> float:
        r"""The decay of the weights."""

    @property
    def gradient_clip(self) -> float:
        r"""The largest norm of the gradient; 0 for any."""

    @property
    def ema_decay(self) -> float:
        r"""The decay of the running mean of the weights; 0 for none."""

    def rate(self, step: int, total_steps: int) -> float:
        r"""The rate at a step, relative to the largest."""


class StepModule(LightningModule):
    r"""Keeps the clock, the history, the running mean of the weights and the norm of the gradient of a run.

    Args:
        model: What is trained.
        config: How the weights are changed.
        total_steps: The number of steps.
        identity: Plain values that tell the run from others; kept in its checkpoints.
        amsgrad: Whether Adam keeps the largest second moment.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        config: StepTrainConfig,
        total_steps: int,
        identity: dict[str, Any] | None = None,
        *,
        amsgrad: bool = False,
    ) -> None:
        super().__init__()
        self.model, self.total_steps, self.identity = model, total_steps, identity or {}
        self.mean = RunningMean(model, config.ema_decay)
        self.history: list[dict[str, float]] = []
        self._optimized, self._amsgrad = config, amsgrad
        self._norm: Tensor | None = None
        self._elapsed, self._started = 0.0, time.perf_counter()

    @abstractmethod
    def validate(self) -> Any:
        r"""Measure what is to be known of the model."""

    @abstractmethod
    def add_row(self, measured: Any) -> dict[str, float]:
        r"""Close the current row of the history, with what :meth:`validate` returned where it was called."""

    @abstractmethod
    def refuse(self, norm: float) -> Exception:
        r"""Return the error for a gradient whose norm is not finite."""

    def on_fit_start(self) -> None:
        self.mean.to(self.device)

    def on_train_start(self) -> None:
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        r"""The time of the run so far, over all sittings."""
        return self._elapsed + time.perf_counter() - self._started

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: Any = None, gradient_clip_algorithm: Any = None
    ) -> None:
        self._norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._optimized.gradient_clip or math.inf)
        if self._norm.device.type == "cpu":  # a GPU would have to be waited for
            self.check()

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        super().optimizer_step(*args, **kwargs)
        self.mean.update(self.model, self.trainer.global_step)

    def check(self) -> None:
        r"""Make sure that the last gradient was finite, before it goes into the weights or they into a checkpoint.

        Raises:
            Exception: What :meth:`refuse` returns, if it was not.
        """
        if self._norm is not None and not math.isfinite(float(self._norm)):
            raise self.refuse(float(self._norm))

    def state(self) -> dict[str, Any]:
        r"""Return what a checkpoint has to keep beside the weights."""
        return {
            **self.identity,
            "mean": self.mean.state_dict(),
            "history": self.history,
            "seconds": self.seconds,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        r"""Take up what :meth:`state` returned."""
        self.mean.load_state_dict(state["mean"])
        self.history = list(state["history"])
        self._elapsed = state["seconds"]

    def configure_optimizers(self) -> Any:
        config, total = self._optimized, self.total_steps
        optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=config.learning_rate,
            betas=(0.9, config.beta2),
            weight_decay=config.weight_decay,
            amsgrad=self._amsgrad,
            fused=True,
        )
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: config.rate(step, total))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
