r"""The runs of a comparison of symmetrized backbones: methods by numbers of draws by seeds."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyg_symbreak.training.pool import UNFINISHED, recorded
from pyg_symbreak.training.results import config_hash
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import TaskData
from pyg_symbreak.training.symmetrize.fit import fit
from pyg_symbreak.training.symmetrize.tasks import get_task


@dataclass(frozen=True)
class SymmetrizeRunSpec:
    r"""One run of a comparison.

    Args:
        task: The name of a task.
        method: A draw and a backbone, such as ``"lps+mlp"``.
        train: How to train, seed and numbers of draws included.
        root: The folder of the data sets.
        deadline: The moment, in seconds of :func:`time.time`, at which the run stops, to be taken up again.

    Example:
        >>> SymmetrizeRunSpec("exp-classify", "lps+mlp", SymmetrizeTrainConfig(seed=3)).label
        'exp-classify lps+mlp k=1 seed 3'
    """

    task: str
    method: str
    train: SymmetrizeTrainConfig
    root: str | None = None
    deadline: float | None = None

    @property
    def data(self) -> str:
        r"""The name of the task."""
        return self.task

    @property
    def label(self) -> str:
        r"""What the run is called on screen."""
        return f"{self.task} {self.method} k={self.train.draws} seed {self.seed}"

    @property
    def seed(self) -> int:
        r"""The seed of the run."""
        return self.train.seed

    @property
    def config(self) -> dict[str, Any]:
        r"""All that the result depends on, as plain values."""
        return {"task": self.task, "method": self.method, "train": self.train.changes_result()}

    @property
    def key(self) -> str:
        r"""A name that is the same for the same configuration, and for no other."""
        return f"{self.task}/{self.method}/k{self.train.draws}-seed{self.seed}-{config_hash(self.config)}"


def prepare(specs: Sequence[SymmetrizeRunSpec]) -> None:
    r"""Checks the names of runs and makes their data sets, before several processes would all make the same files.

    Args:
        specs: The runs, for :func:`~pyg_symbreak.training.pool.make_runs` with :func:`run`.

    Raises:
        ValueError: If a task or a method is unknown.
        OSError: If a data set has to be placed by hand.
    """
    for spec in specs:
        get_task(spec.task).check(spec.method)
    for task, root in {(spec.task, spec.root): None for spec in specs}:
        _cached_data(task, root, 0)


def run(
    spec: SymmetrizeRunSpec, directory: Path, *, resume: bool = True, progress: bool = False, position: int = 0
) -> dict[str, Any]:
    r"""Makes one run and returns its record; an error becomes a record too, and a file ``error.txt`` with the details.

    Args:
        spec: The run.
        directory: Where the folder of the run is made.
        resume: Whether to go on with a run that was killed.
        progress: Whether to show a progress bar.
        position: The line of the progress bar.
    """
    folder = directory / spec.key
    with recorded(spec, folder) as record:
        record["draws"] = spec.train.draws
        left = None if spec.deadline is None else spec.deadline - time.time()
        if left is not None and left <= 0:
            record["status"] = UNFINISHED
        else:
            task = get_task(spec.task)
            data = _cached_data(spec.task, spec.root, spec.seed)
            result = fit(
                lambda: task.build(spec.method, spec.train, data),
                spec.train,
                data,
                task.objective,
                folder,
                resume=resume,
                progress=progress,
                time_limit=left,
                label=spec.label,
                position=position,
            )
            record.update(result.record())
    return record


@functools.lru_cache(maxsize=2)
def _cached_data(task: str, root: str | None, seed: int) -> TaskData:
    return get_task(task).data(root, seed)
