r"""A symmetrized backbone as a Lightning module."""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.diffusion.ema import RunningMean
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.evaluate import Prediction, evaluate, predict
from pyg_symbreak.training.symmetrize.examples import Examples
from pyg_symbreak.training.symmetrize.objective import Objective


class SupervisedModule(LightningModule):
    r"""Trains any module on inputs with targets; of a :class:`~pyg_symbreak.nn.Symmetrize` the draw is trained, too.

    Every step seeds torch's global generator anew from the seed of the run and the number of the step. A run that is
    killed and resumed at any step therefore makes exactly the draws it would have made. The weights (or their running
    mean) with the smallest validation loss are kept.

    Args:
        model: The module, called with the inputs.
        objective: The loss and the scores.
        config: How to train.
        total_steps: The number of steps.
        val: The validation examples.
        identity: Plain values that tell the run from others; kept in its checkpoints.

    Raises:
        FloatingPointError: When trained, if the gradient is not finite.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        objective: Objective,
        config: SymmetrizeTrainConfig,
        *,
        total_steps: int,
        val: Examples,
        identity: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.model, self.objective, self.config, self.total_steps = model, objective, config, total_steps
        self.mean = RunningMean(model, config.ema_decay)
        self.identity = identity or {}
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Any] = {"loss": math.inf, "step": -1, "weights": {}}
        self._val = val
        self._losses: list[Tensor] = []
        self._norm: Tensor | None = None
        self._elapsed, self._started = 0.0, time.perf_counter()

    def on_fit_start(self) -> None:
        self.mean.to(self.device)

    def on_train_start(self) -> None:
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        r"""The time of the run so far, over all sittings."""
        return self._elapsed + time.perf_counter() - self._started

    def training_step(self, batch: tuple[Any, Tensor], batch_idx: int) -> Tensor:
        inputs, target = batch
        torch.manual_seed(stream_seed(self.config.seed, "train", self.trainer.global_step))
        found = predict(self.model, inputs)
        loss = self.objective.loss(found.mean, target)
        self._losses.append(loss.detach())
        return loss + self._of_the_draw(found, loss)

    def _of_the_draw(self, found: Prediction, loss: Tensor) -> Tensor:
        extra, model = loss.new_zeros(()), self.model
        if found.elements is None or not isinstance(model, Symmetrize):
            return extra
        elements = found.elements if isinstance(found.elements, list) else [found.elements]
        weights = {"entropy": self.config.entropy, "prior_loss": self.config.prior}
        for name, weight in weights.items():
            if weight > 0 and is_trained(model.canonicalizer) and hasattr(model.canonicalizer, name):
                terms = [getattr(model.canonicalizer, name)(element) for element in elements]
                extra = extra + weight * torch.stack(terms).mean().to(extra)
        return extra

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: Any = None, gradient_clip_algorithm: Any = None
    ) -> None:
        self._norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.gradient_clip or math.inf)
        if self._norm.device.type == "cpu":  # a GPU would have to be waited for
            self.check()

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        super().optimizer_step(*args, **kwargs)
        self.mean.update(self.model, self.trainer.global_step)

    def check(self) -> None:
        r"""Make sure that the last gradient was finite, before it goes into the weights or they into a checkpoint.

        Raises:
            FloatingPointError: If it was not.
        """
        if self._norm is not None and not math.isfinite(float(self._norm)):
            step = self.trainer.global_step
            raise FloatingPointError(f"'fit' expected a finite gradient at step {step} (got {float(self._norm)})")

    def validate(self) -> dict[str, float]:
        r"""Score the validation examples, with the same draws every time, and keep the weights if they are the best."""
        config = self.config
        found = evaluate(
            self.mean.model,
            self._val,
            self.objective,
            seed=config.seed,
            stream="validation",
            size=config.batch_size,
            num_draws=config.val_draws or None,
        )
        if found["loss"] < self.best["loss"]:
            weights = copy.deepcopy(self.mean.model.state_dict())
            self.best = {"loss": found["loss"], "step": self.trainer.global_step, "weights": weights}
        return found

    def add_row(self, measured: dict[str, float] | None) -> dict[str, float]:
        r"""Close the current row of the history.

        Args:
            measured: What :meth:`validate` returned, where it was called.
        """
        row = {"step": float(self.trainer.global_step), "seconds": self.seconds}
        row["train_loss"] = float(self._window.mean()) if self._losses else math.nan
        row.update({f"val_{name}": value for name, value in (measured or {}).items() if name != "draw_error"})
        self._losses = []
        self.history.append(row)
        return row

    @property
    def _window(self) -> Tensor:
        # Losses of an earlier sitting were read onto the CPU.
        return torch.stack([loss.to(self._losses[-1]) for loss in self._losses])

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["symmetrize"] = {
            **self.identity,
            "mean": self.mean.state_dict(),
            "best": self.best,
            "history": self.history,
            "losses": self._window.tolist() if self._losses else [],
            "seconds": self.seconds,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        state = checkpoint["symmetrize"]
        self.mean.load_state_dict(state["mean"])
        self.best, self.history = state["best"], list(state["history"])
        self._losses = [torch.tensor(loss) for loss in state["losses"]]
        self._elapsed = state["seconds"]

    def configure_optimizers(self) -> Any:
        config, total = self.config, self.total_steps
        optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=config.learning_rate,
            betas=(0.9, config.beta2),
            weight_decay=config.weight_decay,
            fused=True,
        )
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: config.rate(step, total))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def is_trained(module: torch.nn.Module) -> bool:
    r"""Whether a module has parameters that are trained.

    .. code-block:: python

        >>> is_trained(torch.nn.Linear(1, 1)), is_trained(torch.nn.ReLU())
        (True, False)
    """
    return any(parameter.requires_grad for parameter in module.parameters())
