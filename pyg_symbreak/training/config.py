r"""The hyper-parameters of training, one annotated line each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

SCHEDULES = ("one-cycle", "constant")
ACCELERATORS = ("cpu", "cuda", "auto")


@dataclass(frozen=True)
class TrainConfig:
    r"""The hyper-parameters of one training run, those of the model apart.

    Raises:
        ValueError: If a value is out of its range.

    Example:
        >>> TrainConfig(epochs=3).batch_size
        64
    """

    epochs: int = 24  # passes over the training graphs
    batch_size: int = 64  # graphs a step, over all devices together
    learning_rate: float = 4e-3  # the largest rate of AdamW
    schedule: str = "one-cycle"  # "one-cycle": up, then down to zero at the last step; or "constant"
    warmup: float = 0.15  # share of all steps on the way up, with the one-cycle schedule
    beta2: float = 0.99  # decay of AdamW's mean of squares
    weight_decay: float = 0.0  # decoupled, as AdamW has it
    gradient_clip: float = 1.0  # largest norm of the gradient; 0 for none
    patience: int = 0  # stop after so many epochs without a better validation BCE; 0 for never
    seed: int = 0  # of the weights, of the order of the graphs and of every draw
    test_draws: int = 1  # passes over the test graphs, each with fresh draws, that the test metrics are taken over
    accelerator: str = "cpu"  # "cpu", "cuda" or "auto"
    devices: int = 1  # processes (CPU) or GPUs that share each batch
    threads: int = 0  # threads a process; 0 leaves torch's setting

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "test_draws", "devices"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("patience", "threads", "seed", "weight_decay", "gradient_clip"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        self._check("learning_rate", self.learning_rate > 0, "positive")
        self._check("warmup", 0 < self.warmup < 1, "between 0 and 1")
        self._check("beta2", 0 < self.beta2 < 1, "between 0 and 1")
        self._check("schedule", self.schedule in SCHEDULES, "one of " + ", ".join(SCHEDULES))
        self._check("accelerator", self.accelerator in ACCELERATORS, "one of " + ", ".join(ACCELERATORS))
        self._check("batch_size", self.batch_size % self.devices == 0, f"a multiple of devices={self.devices}")

    def _check(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise ValueError(f"'TrainConfig' expected '{name}' to be {wanted} (got {getattr(self, name)!r})")

    def changes_result(self) -> dict[str, object]:
        r"""Returns the values that a result depends on: all but the number of threads.

        Example:
            >>> "threads" in TrainConfig().changes_result()
            False
        """
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "threads"}


def stream_seed(seed: int, *stream: str | int) -> int:
    r"""Derives the seed of one random stream of a run, so that every epoch can be drawn again by itself.

    Resuming at an epoch needs no saved generator state then, on any number of processes.

    Args:
        seed: The seed of the run.
        stream: What the draws are for, such as ``("train", epoch, process)``.

    Returns:
        A non-negative number below :math:`2^{63}`.

    Example:
        >>> stream_seed(0, "train", 1) != stream_seed(0, "train", 2)
        True
    """
    digest = hashlib.sha256(repr((seed, *stream)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
