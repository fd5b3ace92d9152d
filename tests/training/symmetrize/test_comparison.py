from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pyg_symbreak.training.pool import UNFINISHED, make_runs
from pyg_symbreak.training.symmetrize.comparison import SymmetrizeRunSpec, prepare, run
from pyg_symbreak.training.symmetrize.tasks.base import Task


def compare(wanted: list[SymmetrizeRunSpec], *where: Path, **options: Any) -> Iterator[dict[str, Any]]:
    prepare(wanted)
    return make_runs(wanted, run, *where, **options)


def specs(tiny: Task, *methods: str, **values: Any) -> list[SymmetrizeRunSpec]:
    return [SymmetrizeRunSpec("tiny", method, replace(tiny.train, epochs=1), **values) for method in methods]


def test_records_and_resuming(tmp_path: Path, tiny: Task) -> None:
    wanted, out = specs(tiny, "exact+mlp", "lps+gin-id"), tmp_path / "a.json"
    records = list(compare(wanted, out, tmp_path / "runs"))
    assert [record["status"] for record in records] == ["finished"] * 2
    for record, spec in zip(records, wanted):
        assert (record["key"], record["draws"], record["seed"]) == (spec.key, 1, 0)
        assert record["metrics"].keys() == {"loss", "accuracy", "draw_error", "accuracy_error"}
        assert record["curve"]["step"] == [4]
        assert record["parameters"] > 0
    assert len(json.loads(out.read_text())["runs"]) == 2
    assert list(compare(wanted, out, tmp_path / "runs")) == [], "finished runs are kept"
    assert len(list(compare(wanted, out, tmp_path / "runs", resume=False))) == 2


def test_keys_tell_runs_apart(tiny: Task) -> None:
    one = SymmetrizeRunSpec("tiny", "lps+mlp", tiny.train)
    others = [
        replace(one, method="lps+gin-id"),
        *(replace(one, train=replace(tiny.train, **{name: 7})) for name in ("draws", "seed", "epochs", "test_draws")),
    ]
    assert len({spec.key for spec in (one, *others)}) == 6
    same = replace(one, root="elsewhere", deadline=3.0, train=replace(tiny.train, threads=5))
    assert same.key == one.key


def test_the_time_is_over(tmp_path: Path, tiny: Task) -> None:
    out = tmp_path / "a.json"
    late = specs(tiny, "exact+mlp", "uniform+mlp", deadline=time.time() - 1)
    assert [record["status"] for record in compare(late, out, tmp_path / "runs")] == [UNFINISHED] * 2
    assert [record["status"] for record in compare(specs(tiny, "exact+mlp"), out, tmp_path / "runs")] == ["finished"]


def test_an_error_becomes_a_record(tmp_path: Path, tiny: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyg_symbreak.training.symmetrize import comparison

    def broken(*args: Any, **kwargs: Any) -> None:
        raise FloatingPointError("no number")

    monkeypatch.setattr(comparison, "fit", broken)
    (record,) = compare(specs(tiny, "exact+mlp"), tmp_path / "a.json", tmp_path / "runs")
    assert (record["status"], record["error"]) == ("failed", "FloatingPointError: no number")


@pytest.mark.parametrize(("task", "method"), [("tiny", "exact+cnn"), ("huge", "exact+mlp")])
def test_unknown_names_are_told_before_anything_runs(tiny: Task, task: str, method: str) -> None:
    wanted = [*specs(tiny, "exact+mlp"), SymmetrizeRunSpec(task, method, tiny.train)]
    with pytest.raises(ValueError, match="'symmetrize' expected a"):
        prepare(wanted)
