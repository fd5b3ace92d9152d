from __future__ import annotations

from dataclasses import replace

import pytest

from pyg_symbreak.training.spins.methods import SpinSettings
from pyg_symbreak.training.spins.plane import Axis, Plane
from pyg_symbreak.training.spins.tasks import SPIN_TASKS, SpinTask


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> SpinTask:
    """The phases, with few systems and small networks."""
    task = SPIN_TASKS["phases"]
    task = replace(
        task,
        counts={split: {"train": 16, "val": 6}.get(split, 12) for split in task.counts},
        settings=SpinSettings(width=2, num_layers=1, graph_width=4, graph_layers=1),
        train=replace(task.train, epochs=2, batch_size=8),
        plane=Plane(Axis("Jy", -3, 3, 4), Axis("h", 0, 2, 3), ("Jx", 1.0)),
        quick={"epochs": 1},
        quick_settings={"num_layers": 2},
        methods=("none", "sympe-exact"),
    )
    monkeypatch.setitem(SPIN_TASKS, "phases", task)
    return task
