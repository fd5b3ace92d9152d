r"""The hyper-parameters of training a symmetrized backbone, one annotated line each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyg_symbreak.training.config import ACCELERATORS

SCHEDULES = ("cosine", "constant")

# What a run may change between two sittings: where it runs, and how often it saves.
_FREE = frozenset({"accelerator", "threads", "checkpoint_minutes"})


@dataclass(frozen=True)
class SymmetrizeTrainConfig:
    r"""The hyper-parameters of one training run, those of backbone and canonicalizer apart.

    Raises:
        ValueError: If a value is out of its range.

    Example:
        >>> SymmetrizeTrainConfig(epochs=3).draws
        1
    """

    epochs: int = 100  # passes over the training examples
    batch_size: int = 100  # examples a step
    draws: int = 1  # draws of each example in training
    test_draws: int = 10  # draws of each example in testing
    val_draws: int = 0  # draws of each example in validation; 0 for as many as in testing
    test_passes: int = 1  # passes over the test examples, each with fresh draws
    learning_rate: float = 1e-3  # the largest rate of AdamW
    schedule: str = "cosine"  # "cosine": down to zero at the last step; or "constant"
    warmup: float = 0.1  # share of all steps on the way up, with either schedule
    beta2: float = 0.999  # decay of AdamW's mean of squares
    weight_decay: float = 0.0  # decoupled, as AdamW has it
    gradient_clip: float = 1.0  # largest norm of the gradient; 0 for none
    ema_decay: float = 0.0  # decay of a running mean of the weights, which is validated and tested; 0 for none
    entropy: float = 0.1  # weight of the entropy of relaxed permutations, where the draw is learned
    prior: float = 0.0  # weight of the pull towards the identity, where the draw is learned
    validate_every: int = 1  # epochs from one validation to the next
    seed: int = 0  # of the weights, of the order of the examples and of every draw
    checkpoint_minutes: float = 1.0  # minutes, at most, from one checkpoint to the next
    accelerator: str = "cpu"  # "cpu", "cuda" or "auto"
    threads: int = 1  # threads; 0 leaves torch's setting

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "draws", "test_draws", "test_passes", "validate_every"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("weight_decay", "gradient_clip", "entropy", "prior", "seed", "val_draws"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        for name in ("checkpoint_minutes", "threads"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        self._check("learning_rate", 0 < self.learning_rate < math.inf, "positive")
        self._check("warmup", 0 <= self.warmup < 1, "in [0, 1)")
        self._check("beta2", 0 < self.beta2 < 1, "between 0 and 1")
        self._check("ema_decay", 0 <= self.ema_decay < 1, "in [0, 1)")
        self._check("schedule", self.schedule in SCHEDULES, "one of " + ", ".join(SCHEDULES))
        self._check("accelerator", self.accelerator in ACCELERATORS, "one of " + ", ".join(ACCELERATORS))

    def _check(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise ValueError(f"'SymmetrizeTrainConfig' expected '{name}' to be {wanted} (got {getattr(self, name)!r})")

    def rate(self, step: int, total_steps: int) -> float:
        r"""Returns the learning rate of a step, counted from 0, as a share of the largest.

        Example:
            >>> config = SymmetrizeTrainConfig(warmup=1 / 3)
            >>> [round(config.rate(step, 6), 3) for step in range(6)]
            [0.5, 1.0, 1.0, 0.854, 0.5, 0.146]
        """
        rising = round(self.warmup * total_steps)
        if step < rising:
            return (step + 1) / rising
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1, total_steps - rising))))

    def changes_result(self) -> dict[str, Any]:
        r"""Returns the values that a result depends on.

        Example:
            >>> "threads" in SymmetrizeTrainConfig().changes_result()
            False
        """
        return {name: value for name, value in asdict(self).items() if name not in _FREE}

    def changed(self, then: Mapping[str, Any]) -> list[str]:
        r"""Names the values that a run may not change when it is resumed, and that are not as they were.

        Example:
            >>> SymmetrizeTrainConfig(seed=1, threads=2).changed(asdict(SymmetrizeTrainConfig()))
            ['seed']
        """
        now = self.changes_result()
        names = now.keys() | (then.keys() - _FREE)
        return sorted(name for name in names if now.get(name) != then.get(name))
