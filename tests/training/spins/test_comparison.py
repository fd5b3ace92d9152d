from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pyg_symbreak.training.pool import UNFINISHED, make_runs
from pyg_symbreak.training.spins.comparison import SpinRunSpec, first_below, prepare, run
from pyg_symbreak.training.spins.evaluate import Effort
from pyg_symbreak.training.spins.methods import SpinSettings
from pyg_symbreak.training.spins.tasks import SPIN_TASKS, SpinTask

EFFORT = Effort(samples=1, degenerate=1, degenerate_samples=4, plane_samples=1)


def spec(tiny: SpinTask, method: str = "sympe-exact", **values: Any) -> SpinRunSpec:
    return SpinRunSpec(tiny.name, method, tiny.train, tiny.settings, 4, effort=EFFORT, **values)


def test_records_and_resuming(tmp_path: Path, tiny: SpinTask) -> None:
    wanted, out = [spec(tiny), spec(tiny, "graph-none"), spec(tiny, loss="likelihood")], tmp_path / "a.json"
    prepare(wanted)
    records = list(make_runs(wanted, run, out, tmp_path / "runs"))
    for record in records:
        assert record["status"] == "finished", record.get("error")
        assert record["steps"] == 4
        assert record["curve"]["step"] == [2, 4]
        assert {"gap", "gap_mode", "rotated_gap", "recovered", "steps_to_target"} <= record["metrics"].keys()
        assert record["data"] == "phases 4x4"
        assert len(record["plane"]["magnetisation"].split(";")) == 3
        assert record["parameters"] > 0
    assert len({record["key"] for record in json.loads(out.read_text())["runs"]}) == 3
    assert list(make_runs(wanted, run, out, tmp_path / "runs")) == []


def test_a_run_that_stops_goes_on_to_the_same_numbers(tmp_path: Path, tiny: SpinTask) -> None:
    (whole,) = make_runs([spec(tiny)], run, tmp_path / "a.json", tmp_path / "whole")
    late = spec(tiny, deadline=time.time() + 1e-3)
    first = run(late, tmp_path / "parts")
    assert first["status"] == UNFINISHED
    (rest,) = make_runs([spec(tiny)], run, tmp_path / "b.json", tmp_path / "parts")
    assert rest["status"] == "finished"
    assert rest["curve"]["val_gap"] == whole["curve"]["val_gap"]
    assert rest["plane"] == whole["plane"]
    same = {name: value for name, value in whole["metrics"].items() if not name.startswith("seconds")}
    assert {name: value for name, value in rest["metrics"].items() if name in same} == pytest.approx(same, nan_ok=True)


def test_the_time_is_over(tmp_path: Path, tiny: SpinTask) -> None:
    assert run(spec(tiny, deadline=time.time() - 1), tmp_path)["status"] == UNFINISHED


def test_keys_tell_runs_apart(tiny: SpinTask) -> None:
    one = spec(tiny)
    others = [
        replace(one, method="noise"),
        replace(one, size=6),
        replace(one, loss="likelihood"),
        replace(one, settings=SpinSettings(width=3)),
        replace(one, effort=Effort()),
        replace(one, loss="energy"),
        replace(one, loss="energy", cooling=replace(one.cooling, heat=2.0)),
        replace(one, train=replace(one.train, seed=1)),
    ]
    assert len({other.key for other in (one, *others)}) == len(others) + 1
    same = [
        replace(one, deadline=3.0, root="elsewhere"),
        replace(one, settings=replace(one.settings, graph_width=7)),
        replace(one, train=replace(one.train, threads=3)),
    ]
    assert {other.key for other in same} == {one.key}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"task": "ice"}, "'spins' expected a task among"),
        ({"method": "gcn"}, "'spins' expected a method among"),
        ({"loss": "mse"}, "'spins' expected a loss among"),
        ({"size": 2}, "'LatticeGroup' expected 2 sizes of at least 3"),
    ],
)
def test_wrong_names_are_told_before_anything_runs(tiny: SpinTask, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prepare([replace(spec(tiny), **values)])


def test_an_odd_size_has_no_stripes_and_still_a_glass(tiny: SpinTask) -> None:
    with pytest.raises(ValueError, match=r"'spins' expected an even size for 'phases', .* \(got 7\)"):
        prepare([replace(spec(tiny), size=7)])
    assert len(SPIN_TASKS["glass"].group(5)) == 400


def test_steps_to_the_target() -> None:
    rows = [{"step": 1.0, "seconds": 2.0}, {"step": 2.0, "seconds": 3.0, "val_gap": 0.2}]
    assert first_below(rows) == {"steps_to_target": None, "seconds_to_target": None}
    assert first_below(rows, 0.2) == {"steps_to_target": 2.0, "seconds_to_target": 3.0}
