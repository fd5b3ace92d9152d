r"""A symmetrized backbone as a Lightning module."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.steps.module import StepModule
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.evaluate import Prediction, evaluate, predict
from pyg_symbreak.training.symmetrize.examples import Examples
from pyg_symbreak.training.symmetrize.objective import Objective


class SupervisedModule(StepModule):
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
        super().__init__(model, config, total_steps, identity)
        self.objective, self.config = objective, config
        self.best: dict[str, Any] = {"loss": math.inf, "step": -1, "weights": {}}
        self._val = val
        self._losses: list[Tensor] = []

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

    def refuse(self, norm: float) -> FloatingPointError:
        step = self.trainer.global_step
        return FloatingPointError(f"'fit' expected a finite gradient at step {step} (got {norm})")

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
        losses = self._window.tolist() if self._losses else []
        checkpoint["symmetrize"] = {**self.state(), "best": self.best, "losses": losses}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        state = checkpoint["symmetrize"]
        self.load_state(state)
        self.best = state["best"]
        self._losses = [torch.tensor(loss) for loss in state["losses"]]


def is_trained(module: torch.nn.Module) -> bool:
    r"""Whether a module has parameters that are trained.

    .. code-block:: python

        >>> is_trained(torch.nn.Linear(1, 1)), is_trained(torch.nn.ReLU())
        (True, False)
    """
    return any(parameter.requires_grad for parameter in module.parameters())
