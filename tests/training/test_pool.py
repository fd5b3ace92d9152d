from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pyg_symbreak.training.pool import make_runs, recorded
from pyg_symbreak.training.results import read_results


@dataclass(frozen=True)
class Square:
    method: str
    seed: int
    data: str = "numbers"

    @property
    def config(self) -> dict[str, Any]:
        return {"method": self.method}

    @property
    def key(self) -> str:
        return f"{self.data}/{self.method}/{self.seed}"


def square(spec: Square, directory: Path, **options: Any) -> dict[str, Any]:
    with recorded(spec, directory / spec.key) as record:
        if spec.method == "broken":
            raise ValueError("a reason")
        record["value"] = spec.seed**2
        record["options"] = options
    return record


def test_runs_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    specs = [Square("plain", seed) for seed in (2, 3)]
    assert [record["value"] for record in make_runs(specs, square, path, tmp_path)] == [4, 9]
    assert list(make_runs(specs, square, path, tmp_path)) == []
    assert len(list(make_runs(specs, square, path, tmp_path, resume=False))) == 2
    results: Mapping[str, Any] = read_results(path)
    assert {"machine", "versions"} <= results.keys()
    first = results["runs"][0]
    assert (first["data"], first["method"], first["seed"]) == ("numbers", "plain", 2)
    assert {"finished", "machine", "versions", "config"} <= first.keys()
    assert first["options"] == {"resume": False, "progress": False, "position": 0}


def test_failures_are_kept_and_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    specs = [Square("broken", 1), Square("plain", 1)]
    records = list(make_runs(specs, square, path, tmp_path))
    assert [record["status"] for record in records] == ["failed", "finished"]
    assert records[0]["error"] == "ValueError: a reason"
    assert "in square" in (tmp_path / specs[0].key / "error.txt").read_text()
    assert [record["method"] for record in make_runs(specs, square, path, tmp_path)] == ["broken"]


def test_an_interrupt_is_no_failure(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), recorded(Square("plain", 1), tmp_path):
        raise KeyboardInterrupt
    assert not (tmp_path / "error.txt").exists()


def test_jobs_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'compare' expected 'jobs' to be at least 1 \(got 0\)"):
        list(make_runs([], square, tmp_path / "a.json", tmp_path, jobs=0))
