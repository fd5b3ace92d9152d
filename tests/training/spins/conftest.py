from __future__ import annotations

from dataclasses import replace

import pytest

from pyg_symbreak.training.spins.methods import SpinSettings
from pyg_symbreak.training.spins.plane import Axis, Plane
from pyg_symbreak.training.spins.tasks import SPIN_TASKS, SpinTask


def tiny_task(name: str = "phases") -> SpinTask:
    """A task of few systems and small networks, under its own name."""
    task = SPIN_TASKS[name]
    return replace(
        task,
        counts={split: {"train": 16, "val": 6}.get(split, 12) for split in task.counts},
        settings=SpinSettings(width=2, num_layers=1, graph_width=4, graph_layers=1),
        train=replace(task.train, epochs=2, batch_size=8),
        plane=Plane(Axis("Jy", -3, 3, 4), Axis("h", 0, 2, 3), ("Jx", 1.0)) if task.plane else None,
        quick={"epochs": 1},
        methods=("none", "sympe-exact"),
    )


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> SpinTask:
    task = tiny_task()
    monkeypatch.setitem(SPIN_TASKS, task.name, task)
    return task
