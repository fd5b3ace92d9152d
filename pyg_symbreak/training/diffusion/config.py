r"""The hyper-parameters of training a generator, one annotated line each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pyg_symbreak.training.config import ACCELERATORS

SCHEDULES = ("cosine", "constant")
PRECISIONS = ("32", "bf16-mixed")

# What a run may change between two sittings: where it runs, and how often it tells and saves.
_PLACE = frozenset({"accelerator", "devices", "num_nodes", "threads", "workers", "compile", "tf32"})
_PACE = frozenset({"log_every", "checkpoint_every", "checkpoint_minutes"})


@dataclass(frozen=True)
class DiffusionTrainConfig:
    r"""The hyper-parameters of one training run of a generator, those of the model apart.

    Raises:
        ValueError: If a value is out of its range.

    Example:
        >>> DiffusionTrainConfig(max_steps=3).batch_size
        256
    """

    max_steps: int = 10_000  # steps of the optimizer; 0 for as many as 'epochs' take
    epochs: int = 0  # passes over the training graphs, where 'max_steps' is 0
    batch_size: int = 256  # graphs a step, over all devices together
    learning_rate: float = 5e-4  # the largest rate of AdamW
    schedule: str = "cosine"  # "cosine": down to zero at the last step; or "constant"
    warmup_steps: int = 200  # steps on the way up, with either schedule
    beta2: float = 0.999  # decay of AdamW's mean of squares
    weight_decay: float = 0.0  # decoupled, as AdamW has it
    amsgrad: bool = False  # whether AdamW takes the largest mean of squares so far
    gradient_clip: float = 1.0  # largest norm of the gradient; 0 for none
    ema_decay: float = 0.999  # decay of the running mean of the weights, which is validated and saved; 0 for none
    precision: str = "32"  # "32" or "bf16-mixed"
    tf32: bool = True  # whether CUDA may multiply float32 matrices in TF32
    compile: bool = False  # whether torch.compile compiles the network
    seed: int = 0  # of the weights, of the order of the graphs and of every draw
    max_buckets: int = 4  # paddings, at most, that graphs of different sizes are sorted into
    log_every: int = 50  # steps a row of the history
    validate_every: int = 1000  # steps from one validation to the next; 0 for the last step only
    val_graphs: int = 1024  # validation graphs, at most, the same at every validation
    val_draws: int = 4  # times drawn for each of them
    checkpoint_every: int = 1000  # steps from one checkpoint to the next; 0 for the clock only
    checkpoint_minutes: float = 5.0  # minutes, at most, from one checkpoint to the next; 0 for the steps only
    accelerator: str = "cpu"  # "cpu", "cuda" or "auto"
    devices: int = 1  # processes (CPU) or GPUs of a machine that share each batch
    num_nodes: int = 1  # machines
    threads: int = 0  # threads a process; 0 leaves torch's setting
    workers: int = 0  # processes that read a data set too large for the memory

    def __post_init__(self) -> None:
        for name in ("batch_size", "max_buckets", "log_every", "val_graphs", "val_draws", "devices", "num_nodes"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("max_steps", "epochs", "warmup_steps", "weight_decay", "gradient_clip", "seed", "validate_every"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        for name in ("checkpoint_every", "checkpoint_minutes", "threads", "workers"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        self._check("max_steps", self.max_steps > 0 or self.epochs > 0, "positive, or 'epochs' to be")
        self._check("learning_rate", 0 < self.learning_rate < math.inf, "positive")
        self._check("beta2", 0 < self.beta2 < 1, "between 0 and 1")
        self._check("ema_decay", 0 <= self.ema_decay < 1, "in [0, 1)")
        self._check("schedule", self.schedule in SCHEDULES, "one of " + ", ".join(SCHEDULES))
        self._check("precision", self.precision in PRECISIONS, "one of " + ", ".join(PRECISIONS))
        self._check("accelerator", self.accelerator in ACCELERATORS, "one of " + ", ".join(ACCELERATORS))
        shares = self.devices * self.num_nodes
        self._check("batch_size", self.batch_size % shares == 0, f"a multiple of devices × num_nodes = {shares}")

    def _check(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise ValueError(f"'DiffusionTrainConfig' expected '{name}' to be {wanted} (got {getattr(self, name)!r})")

    @property
    def world_size(self) -> int:
        r"""The number of processes that share each batch."""
        return self.devices * self.num_nodes

    def total_steps(self, steps_per_epoch: int) -> int:
        r"""Returns the number of steps of the whole run.

        Example:
            >>> DiffusionTrainConfig(max_steps=0, epochs=3).total_steps(10)
            30
        """
        return self.max_steps or self.epochs * steps_per_epoch

    def rate(self, step: int, total_steps: int) -> float:
        r"""Returns the learning rate of a step, counted from 0, as a share of the largest.

        Example:
            >>> config = DiffusionTrainConfig(warmup_steps=2)
            >>> [round(config.rate(step, 6), 3) for step in range(6)]
            [0.5, 1.0, 1.0, 0.854, 0.5, 0.146]
        """
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        if self.schedule == "constant":
            return 1.0
        done = (step - self.warmup_steps) / max(1, total_steps - self.warmup_steps)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    def changed(self, then: Mapping[str, Any]) -> list[str]:
        r"""Names the values that a run may not change when it is resumed, and that are not as they were.

        Example:
            >>> DiffusionTrainConfig(seed=1, threads=1).changed(asdict(DiffusionTrainConfig()))
            ['seed']
        """
        free = _PLACE | _PACE | ({"max_steps", "epochs"} if self.schedule == "constant" else frozenset())
        now = asdict(self)
        return sorted(k for k in now.keys() | then.keys() if k not in free and now.get(k) != then.get(k))

    def to_dict(self) -> dict[str, Any]:
        r"""Return plain values, as JSON has them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DiffusionTrainConfig:
        r"""Read what :meth:`to_dict` wrote.

        Raises:
            ValueError: If there are unknown names, as in a file of a later version.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(
                f"'DiffusionTrainConfig' expected the values of this version (got unknown {sorted(unknown)})"
            )
        return cls(**values)
