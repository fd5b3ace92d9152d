from __future__ import annotations

from dataclasses import replace

import pytest

from pyg_symbreak.training.symmetrize.tasks import TASKS, get_task
from pyg_symbreak.training.symmetrize.tasks.base import Task


def test_tasks_by_name() -> None:
    for name, task in TASKS.items():
        assert get_task(name) is task
        assert task.name == name
        for method in task.methods:
            task.check(method)
        with pytest.raises(ValueError, match="'symmetrize' expected a"):
            task.check("sorted+mlp")
    with pytest.raises(ValueError, match=r"'symmetrize' expected a task among exp-classify, .* \(got 'exp-class'\)"):
        get_task("exp-class")


def test_where_more_draws_say_nothing_more(tiny: Task) -> None:
    assert [tiny.depends_on_draws(f"{draw}+mlp") for draw in ("none", "exact", "lps", "uniform")] == [
        False,
        False,
        True,
        True,
    ]
    assert replace(tiny, output="node").depends_on_draws("exact+mlp"), "the draw moves outputs back"
