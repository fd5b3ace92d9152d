from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
import torch

from pyg_symbreak.training.results import config_hash, finished_runs, merge_results, read_results


def test_config_hash_depends_on_values_only() -> None:
    assert config_hash({"a": 1, "b": [1, {"c": None}]}) == config_hash({"b": [1, {"c": None}], "a": 1})
    assert len({config_hash({"a": value}) for value in (1, 2, "1", None, True, 1.5)}) == 6


def test_config_hash_rejects_other_values() -> None:
    with pytest.raises(TypeError, match=r"'config_hash' expected 'config' to hold plain values \(got Tensor\)"):
        config_hash({"a": torch.ones(1)})


def test_merge_continues_an_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "results" / "a.json"
    merge_results(path, [{"key": "a", "bce": 1.0}], floors={"trees": {"bce": 2.0}}, machine={"cores": 2})
    merge_results(path, [{"key": "b", "bce": 2.0}], floors={"er-0.25": {"bce": 3.0}})
    merge_results(path, [{"key": "a", "bce": 3.0}])
    results = read_results(path)
    assert [(run["key"], run["bce"]) for run in results["runs"]] == [("a", 3.0), ("b", 2.0)]
    assert results["floors"] == {"trees": {"bce": 2.0}, "er-0.25": {"bce": 3.0}}
    assert results["machine"] == {"cores": 2}


def test_infinite_numbers_stay_readable(tmp_path: Path) -> None:
    merge_results(tmp_path / "a.json", [{"key": "a", "bce": float("nan"), "curve": [float("inf"), 1.0]}])
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["runs"] == [{"key": "a", "bce": None, "curve": [None, 1.0]}]


def test_a_run_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'merge_results' expected every run to have a string 'key' \(got None\)"):
        merge_results(tmp_path / "a.json", [{"bce": 1.0}])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 0, "runs": []}', '{"version": 1}', '{"version": 1, "runs": 3}']
)
def test_another_file_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"'read_results' expected 'path' to name a results file of version 1 \(got"):
        merge_results(path, [{"key": "a"}])
    assert path.read_text() == text


def test_full_disk_leaves_the_old_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    merge_results(path, [{"key": "a"}])

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        merge_results(path, [{"key": "b"}])
    assert read_results(path)["runs"] == [{"key": "a"}]


def test_failed_runs_are_tried_again() -> None:
    runs = [{"key": "a", "status": "finished"}, {"key": "b", "status": "failed"}, {"key": "c"}]
    assert list(finished_runs({"runs": runs})) == ["a"]
