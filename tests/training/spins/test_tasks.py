from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from pyg_symbreak.training.spins.methods import SPIN_METHODS
from pyg_symbreak.training.spins.tasks import SPIN_TASKS, SpinTask, get_spin_task


@pytest.mark.parametrize("name", ["phases", "zero-field"])
def test_systems(name: str) -> None:
    task = replace(SPIN_TASKS[name], counts=dict.fromkeys(SPIN_TASKS[name].counts, 5))
    for split in task.counts:
        batch, energy = task.examples(split, 4).batch(torch.arange(5))
        assert batch.field.shape == batch.spins.shape == (5, 4, 4)
        assert batch.bonds.shape == (5, 2, 4, 4)
        assert torch.equal(energy, batch.energy)
        assert energy.dtype == torch.float64
        fixed = {"phases": 0, "rotated": 1}.get("rotated" if split == "rotated" else name)
        assert fixed is None or bool((batch.parameters[:, fixed] == 1).all())
    assert bool((batch.field == 0).all()) == task.spin_flip
    data = task.data(4)
    assert [len(part) for part in (data.train, data.val, data.test)] == [5, 5, 5]


def test_the_same_systems_as_graphs(tiny: SpinTask) -> None:
    batch, _ = tiny.examples("val", 4, graph=True).batch(torch.tensor([2, 0]))
    plain, _ = tiny.examples("val", 4).batch(torch.tensor([2, 0]))
    assert torch.equal(batch.field, plain.field)
    assert batch.x.shape == (32, 1)
    assert batch.edge_index.shape == (2, 128)
    assert int(batch.edge_index.max()) == 31


def test_names() -> None:
    assert list(SPIN_TASKS) == ["phases", "zero-field", "glass"]
    for task in SPIN_TASKS.values():
        assert set(task.methods) <= set(SPIN_METHODS)
        assert len(task.group(4)) == (256 if task.spin_flip else 128)
        assert (task.plane is None) == bool(task.best_of)
    with pytest.raises(ValueError, match=r"'spins' expected a task among phases, zero-field, glass \(got 'ice'\)"):
        get_spin_task("ice")
