from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyg_symbreak.cli.autoencoder import FULL, QUICK
from pyg_symbreak.cli.main import main
from pyg_symbreak.datasets import ErdosRenyiGraphs
from pyg_symbreak.training import comparison
from pyg_symbreak.training.data import Splits
from pyg_symbreak.training.methods import COMPARED, METHODS


@pytest.fixture
def few_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"train": 32, "val": 8, "test": 8}
    splits = Splits(*(ErdosRenyiGraphs(split=split, num_graphs=count) for split, count in counts.items()))
    monkeypatch.setattr(comparison, "_cached_splits", lambda name, root: splits)


def words(tmp_path: Path, *more: str) -> list[str]:
    paths = {"--out": "a.json", "--picture": "a.png", "--runs": "runs"}
    options = [word for option, name in paths.items() for word in (option, str(tmp_path / name))]
    return ["autoencoder", "--quick", "--jobs", "1", "--epochs", "1", *options, *more]


@pytest.mark.usefixtures("few_graphs")
def test_the_whole_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = words(tmp_path, "--methods", "none", "sympe-refinement", "--seeds", "2")
    assert main(command) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert [line.split()[1] for line in lines[2:6]] == ["(floor,", "(floor,", "none", "sympe-refinement"]
    assert "±" in lines[4]
    assert lines[-2:] == [f"results: {tmp_path / 'a.json'}", f"picture: {tmp_path / 'a.png'}"]
    assert shown.err.count("er-0.25 none seed") == 2
    results = json.loads((tmp_path / "a.json").read_text())
    assert len(results["runs"]) == 4
    assert {run["seed"] for run in results["runs"]} == {0, 1}
    assert results["summary"]["er-0.25/none"]["runs"] == 2
    assert results["floors"]["er-0.25"]["distance"]["error_percent"] == pytest.approx(1.2, abs=0.05)
    assert {"machine", "versions"} <= results.keys()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out == shown.out
    assert "seed" not in again.err, "finished runs are kept"


@pytest.mark.usefixtures("few_graphs")
def test_a_failed_run_exits_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ValueError("'loss' expected finite numbers (got nan)")

    monkeypatch.setattr(comparison, "fit", broken)
    assert main(words(tmp_path, "--methods", "none")) == 1
    shown = capsys.readouterr()
    assert "er-0.25 none seed 0: failed: ValueError: 'loss' expected finite numbers (got nan)" in shown.err
    assert "0 (1 failed)" in shown.out


def test_a_corrupt_results_file_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text('{"runs": ')
    assert main(words(tmp_path, "--methods", "none")) == 2
    assert "a.json" in capsys.readouterr().err
    assert (tmp_path / "a.json").read_text() == '{"runs": '


def test_defaults_are_known() -> None:
    assert set(FULL.data) | set(QUICK.data) <= set(COMPARED)
    assert set(QUICK.methods) <= set(METHODS)
    assert QUICK.quick
    assert QUICK.seeds < FULL.seeds == 5
