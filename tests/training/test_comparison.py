from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyg_symbreak.training import comparison
from pyg_symbreak.training.comparison import RunSpec, run
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.data import Splits
from pyg_symbreak.training.pool import make_runs
from pyg_symbreak.training.results import read_results


@pytest.fixture
def few_graphs(monkeypatch: pytest.MonkeyPatch, splits: Splits) -> None:
    monkeypatch.setattr(comparison, "_cached_splits", lambda name, root: splits)


def compare(wanted: list[RunSpec], *where: Path, **options: Any) -> Iterator[dict[str, Any]]:
    return make_runs(wanted, run, *where, **options)


def specs(*methods: str, **options: Any) -> list[RunSpec]:
    train = TrainConfig(epochs=1, batch_size=16, **{"threads": 1, **options})
    return [RunSpec("er-0.25", method, train) for method in methods]


@pytest.mark.usefixtures("few_graphs")
def test_finished_runs_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    first = list(compare(specs("none"), path, tmp_path / "runs"))
    assert [record["status"] for record in first] == ["finished"]
    second = list(compare(specs("none", "noise"), path, tmp_path / "runs"))
    assert [record["method"] for record in second] == ["noise"]
    assert list(compare(specs("none", "noise"), path, tmp_path / "runs")) == []
    assert len(list(compare(specs("none", learning_rate=1e-3), path, tmp_path / "runs"))) == 1
    assert len(list(compare(specs("none"), path, tmp_path / "runs", resume=False))) == 1
    results = read_results(path)
    assert len(results["runs"]) == 3
    record = results["runs"][0]
    assert {"bce", "error_percent", "f1", "exact"} <= record["metrics"].keys()
    assert {"seed", "config", "seconds", "versions", "machine", "curve", "parameters"} <= record.keys()
    assert record["config"]["model"]["symmetry_breaking"] == "none"


@pytest.mark.usefixtures("few_graphs")
def test_a_comparison_stopped_midway_goes_on(tmp_path: Path) -> None:
    path, wanted = tmp_path / "a.json", specs("none", "noise", "uniform")
    running = compare(wanted, path, tmp_path / "runs")
    next(running)
    running.close()
    assert [run["method"] for run in read_results(path)["runs"]] == ["none"]
    assert [record["method"] for record in compare(wanted, path, tmp_path / "runs")] == ["noise", "uniform"]


@pytest.mark.usefixtures("few_graphs")
def test_a_failure_is_recorded_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fit = tmp_path / "a.json", comparison.fit

    def broken(train: Any, model: Any, *args: Any, **options: Any) -> Any:
        if model.symmetry_breaking == "none":
            raise ValueError("'loss' expected finite numbers (got nan)")
        return fit(train, model, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(comparison, "fit", broken)
        records = list(compare(specs("none", "noise"), path, tmp_path / "runs"))
    assert [record["status"] for record in records] == ["failed", "finished"]
    assert read_results(path)["runs"][0]["error"] == "ValueError: 'loss' expected finite numbers (got nan)"
    assert "in broken" in next((tmp_path / "runs").rglob("error.txt")).read_text()
    again = list(compare(specs("none", "noise"), path, tmp_path / "runs"))
    assert [(record["method"], record["status"]) for record in again] == [("none", "finished")]


@pytest.mark.usefixtures("few_graphs")
def test_a_full_disk_keeps_earlier_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    list(compare(specs("none"), path, tmp_path / "runs"))
    before = path.read_text()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        list(compare(specs("noise"), path, tmp_path / "runs"))
    assert path.read_text() == before


def test_keys_tell_configurations_apart() -> None:
    runs = [*specs("none"), *specs("noise"), *specs("none", seed=1), *specs("none", learning_rate=1e-3)]
    runs.append(RunSpec("er-0.25", "none", TrainConfig(epochs=1, batch_size=16), decoder="distance"))
    assert len({run.key for run in runs}) == len(runs)
    assert specs("none", threads=2)[0].key == specs("none")[0].key


def test_jobs_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'compare' expected 'jobs' to be at least 1 \(got 0\)"):
        list(compare(specs("none"), tmp_path / "a.json", tmp_path, jobs=0))


@pytest.mark.slow
def test_two_processes(tmp_path: Path) -> None:
    records = list(compare(specs("none", "noise"), tmp_path / "a.json", tmp_path / "runs", jobs=2))
    assert sorted(record["method"] for record in records) == ["noise", "none"]
    assert {record["status"] for record in records} == {"finished"}


class _Dying:
    def __reduce__(self) -> tuple[Any, tuple[int]]:
        return os._exit, (1,)


@pytest.mark.slow
def test_a_killed_process_is_told(tmp_path: Path) -> None:
    dying = RunSpec("er-0.25", "none", TrainConfig(epochs=1), root=_Dying())  # type: ignore[arg-type]
    with pytest.raises(ChildProcessError, match="'compare' expected its processes to live"):
        list(compare([dying, *specs("noise")], tmp_path / "a.json", tmp_path / "runs", jobs=2))
