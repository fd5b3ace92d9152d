r"""How often something happens between two steps, and where the run takes place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Pace(Protocol):
    r"""What the trainer of a run that is counted in steps asks its configuration."""

    @property
    def log_every(self) -> int:
        r"""Steps a row of the history."""

    @property
    def validate_every(self) -> int:
        r"""Steps from one validation to the next; 0 for the last step only."""

    @property
    def checkpoint_every(self) -> int:
        r"""Steps from one checkpoint to the next; 0 for the clock only."""

    @property
    def checkpoint_minutes(self) -> float:
        r"""Minutes from one checkpoint to the next; 0 for the steps only."""

    @property
    def accelerator(self) -> str:
        r"""``"cpu"``, ``"cuda"`` or ``"auto"``."""

    @property
    def devices(self) -> int:
        r"""Processes (CPU) or GPUs of a machine."""

    @property
    def num_nodes(self) -> int:
        r"""Machines."""

    @property
    def world_size(self) -> int:
        r"""Processes in all."""

    @property
    def precision(self) -> str:
        r"""``"32"`` or ``"bf16-mixed"``."""


@dataclass(frozen=True)
class OneProcess:
    r"""The pace of a run in one process.

    Args:
        log_every: Steps a row of the history.
        validate_every: Steps from one validation to the next.
        checkpoint_minutes: Minutes from one checkpoint to the next.
        accelerator: The device.

    Example:
        >>> OneProcess(log_every=10, validate_every=100, checkpoint_minutes=2.0, accelerator="cpu").world_size
        1
    """

    log_every: int
    validate_every: int
    checkpoint_minutes: float
    accelerator: str
    checkpoint_every: int = 0
    devices: int = 1
    num_nodes: int = 1
    world_size: int = 1
    precision: str = "32"
