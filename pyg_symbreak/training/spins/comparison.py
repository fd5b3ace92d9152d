r"""The runs of a comparison of spin models: methods by seeds, on one kind of systems."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyg_symbreak.training.pool import UNFINISHED, recorded
from pyg_symbreak.training.results import config_hash
from pyg_symbreak.training.spins.energies import ENERGIES, LOSSES, Cooling, SpinEnergies
from pyg_symbreak.training.spins.evaluate import Effort, measure
from pyg_symbreak.training.spins.methods import SpinSettings, build_spin_model, is_graph
from pyg_symbreak.training.spins.tasks import get_spin_task
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import TaskData
from pyg_symbreak.training.symmetrize.fit import fit


@dataclass(frozen=True)
class SpinRunSpec:
    r"""One run of a comparison.

    Args:
        task: The name of a task.
        method: One of :data:`~pyg_symbreak.training.spins.methods.SPIN_METHODS`.
        train: How to train, seed included.
        settings: The sizes of the network.
        size: The side of the lattices.
        loss: One of :data:`~pyg_symbreak.training.spins.energies.LOSSES`.
        cooling: How the temperature falls, with the energy as the loss.
        effort: How much is measured after training.
        root: The folder of the data sets; by default they are made in memory.
        deadline: The moment, in seconds of :func:`time.time`, at which the run stops, to be taken up again.

    Example:
        >>> SpinRunSpec("phases", "noise", SymmetrizeTrainConfig(seed=3)).label
        'phases 8x8 noise seed 3'
    """

    task: str
    method: str
    train: SymmetrizeTrainConfig
    settings: SpinSettings = field(default_factory=SpinSettings)
    size: int = 8
    loss: str = "both"
    cooling: Cooling = field(default_factory=Cooling)
    effort: Effort = field(default_factory=Effort)
    root: str | None = None
    deadline: float | None = None

    @property
    def data(self) -> str:
        r"""The name of the task and the size of the lattices."""
        return f"{self.task} {self.size}x{self.size}"

    @property
    def label(self) -> str:
        r"""What the run is called on screen."""
        return f"{self.data} {self.method} seed {self.seed}"

    @property
    def seed(self) -> int:
        r"""The seed of the run."""
        return self.train.seed

    @property
    def config(self) -> dict[str, Any]:
        r"""All that the result depends on, as plain values."""
        return {
            "task": self.task,
            "size": self.size,
            "method": self.method,
            "loss": self.loss,
            "settings": self.settings.of(self.method),
            "cooling": asdict(self.cooling) if self.loss == "energy" else {},
            "systems": get_spin_task(self.task).counts,
            "train": self.train.changes_result(),
            "effort": self.effort.plain(),
        }

    @property
    def key(self) -> str:
        r"""A name that is the same for the same configuration, and for no other."""
        return f"{self.task}-{self.size}/{self.method}/seed{self.seed}-{config_hash(self.config)}"


def prepare(specs: Sequence[SpinRunSpec]) -> None:
    r"""Checks the names of runs and makes their data sets, before several processes would all make the same files.

    Args:
        specs: The runs, for :func:`~pyg_symbreak.training.pool.make_runs` with :func:`run`.

    Raises:
        ValueError: If a task, a method or a loss is unknown, the lattice too small, or its size odd where
            phases are told apart.
    """
    for spec in specs:
        known = get_spin_task(spec.task)
        known.group(spec.size)
        if known.plane is not None and spec.size % 2:
            raise ValueError(
                f"'spins' expected an even size for {known.name!r}, around which checkerboards and stripes close up "
                f"(got {spec.size})"
            )
        is_graph(spec.method)
        if spec.loss not in LOSSES:
            raise ValueError(f"'spins' expected a loss among {', '.join(LOSSES)} (got {spec.loss!r})")
    for task, size, root in {(spec.task, spec.size, spec.root): None for spec in specs}:
        _cached_data(task, size, False, root)
        for split in get_spin_task(task).counts.keys() - {"train", "val", "test"}:
            get_spin_task(task).examples(split, size, root=root)


def run(
    spec: SpinRunSpec, directory: Path, *, resume: bool = True, progress: bool = False, position: int = 0
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
        left = None if spec.deadline is None else spec.deadline - time.time()
        if left is not None and left <= 0:
            record["status"] = UNFINISHED
        else:
            task = get_spin_task(spec.task)
            group, graph = task.group(spec.size), is_graph(spec.method)
            data = _cached_data(spec.task, spec.size, graph, spec.root)
            total = spec.train.epochs * math.ceil(len(data.train) / min(spec.train.batch_size, len(data.train)))
            result = fit(
                lambda: SpinEnergies(
                    build_spin_model(spec.method, group, spec.settings), spec.loss, spec.cooling, total
                ),
                spec.train,
                data,
                ENERGIES,
                folder,
                resume=resume,
                progress=progress,
                time_limit=left,
                label=spec.label,
                position=position,
            )
            record.update(result.record())
            record["metrics"].update(first_below(result.history))
            if result.finished:
                assert isinstance(result.model, SpinEnergies)
                measured = measure(result.model, task, spec.size, spec.train, spec.effort, graph=graph, root=spec.root)
                record["metrics"].update(measured.pop("metrics"))
                record.update(measured)
    return record


@functools.lru_cache(maxsize=2)
def _cached_data(task: str, size: int, graph: bool, root: str | None) -> TaskData:
    return get_spin_task(task).data(size, graph=graph, root=root)


TARGET = 0.1
r"""The mean gap to the ground states, in per cent, that the steps are counted up to."""


def first_below(history: Sequence[dict[str, float]], target: float = TARGET) -> dict[str, float | None]:
    r"""When the gap of the validation systems was first at a target.

    Args:
        history: Rows with ``step``, ``seconds`` and ``val_gap``.
        target: The gap in per cent.

    Returns:
        ``steps_to_target`` and ``seconds_to_target``, :obj:`None` if it never was.

    .. code-block:: python

        >>> first_below([{"step": 10, "seconds": 1, "val_gap": 2}, {"step": 20, "seconds": 2, "val_gap": 0.05}])
        {'steps_to_target': 20, 'seconds_to_target': 2}
    """
    there = next((row for row in history if row.get("val_gap", target + 1) <= target), None)
    names = {"steps_to_target": "step", "seconds_to_target": "seconds"}
    return {name: None if there is None else there[of] for name, of in names.items()}
