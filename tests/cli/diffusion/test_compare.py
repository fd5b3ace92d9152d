from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyg_symbreak.cli.diffusion.compare import render
from pyg_symbreak.cli.main import main
from pyg_symbreak.cli.table import summarise
from pyg_symbreak.training.diffusion import comparison
from pyg_symbreak.training.diffusion.sources import Source


@pytest.fixture(autouse=True)
def small_data(monkeypatch: pytest.MonkeyPatch, few_molecules: Source) -> None:
    monkeypatch.setattr(comparison, "_cached_source", lambda name, root, column: few_molecules)
    comparison._cached_scorer.cache_clear()


def words(tmp_path: Path, tiny: list[str], *more: str) -> list[str]:
    places = ["--out", str(tmp_path / "a.json"), "--runs", str(tmp_path / "runs")]
    sizes = ["--samples", "8", "--test-graphs", "8", "--test-draws", "1", "--no-fcd"]
    return ["diffusion", "compare", "--data", "small", *places, *sizes, *tiny, *more]


def test_the_whole_command(tmp_path: Path, tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    command = words(tmp_path, tiny, "--methods", "none", "sympe-exact@noisy", "--seeds", "2", "--seed", "5")
    assert main(command) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].split()[:3] == ["data", "method", "NLL"]
    assert [line.split()[:2] for line in lines[2:4]] == [["small", "none"], ["small", "sympe-exact@noisy"]]
    assert "±" in lines[2]
    assert lines[-2:] == [f"results: {tmp_path / 'a.json'}", f"picture: {tmp_path / 'a.png'}"]
    assert shown.err.count("small none seed") == 2
    results = json.loads((tmp_path / "a.json").read_text())
    assert {(run["method"], run["seed"]) for run in results["runs"]} == {
        (method, seed) for method in ("none", "sympe-exact@noisy") for seed in (5, 6)
    }
    assert results["summary"]["small/none"]["runs"] == 2
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out == shown.out
    assert again.err == "", "finished runs are kept"


def test_the_time_is_over(tmp_path: Path, tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    command = words(tmp_path, tiny, "--methods", "none", "--seeds", "1")
    assert main([*command, "--minutes", "1e-9"]) == 3
    assert "unfinished after 0 steps" in capsys.readouterr().err
    assert main(command) == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--methods", "digress"], "'method_options' expected a method among none, "),
        (["--seeds", "0"], "'diffusion compare' expected '--seeds' to be at least 1 (got 0)"),
        (["--samples", "0"], "'SampleConfig' expected 'num_graphs' to be at least 1 (got 0)"),
        (["--jobs", "0"], "'compare' expected 'jobs' to be at least 1 (got 0)"),
        (["--data", "chembl"], "'load_source' expected one of qm9, "),
        (["--heads", "0"], "'DiffusionConfig' expected 'heads' to be at least 1 (got 0)"),
    ],
)
def test_bad_values_give_one_clear_error(
    tmp_path: Path, tiny: list[str], more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path, tiny, *more)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_metrics_that_no_run_has_are_left_out() -> None:
    run = {"data": "qm9", "method": "none", "status": "finished", "seconds": 3.0}
    runs = [{**run, "metrics": {"nll": nll, "validity": 0.5, "fcd": None}} for nll in (1.0, 2.0)]
    failed = {**run, "method": "noise", "status": "failed"}
    lines = render(summarise([*runs, failed], ("nll", "validity", "fcd"))).splitlines()
    assert lines[0].split() == ["data", "method", "NLL", "valid", "%", "seconds", "runs"]
    assert "1.50 ± 0.71" in lines[2]
    assert lines[3].endswith("0 (1 failed)")


def test_a_missing_raw_file_is_told_once(
    tmp_path: Path, tiny: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    command = words(tmp_path, tiny, "--data", "qm9", "--root", str(tmp_path), "--methods", "none", "noise")
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "placed by hand" in error
    assert error.count("\n") == 1
