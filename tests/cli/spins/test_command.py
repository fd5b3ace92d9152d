from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyg_symbreak.cli.main import main
from pyg_symbreak.training.spins.tasks import SpinTask


def words(tmp_path: Path, *more: str) -> list[str]:
    where = ["--size", "4", "--out", str(tmp_path / "a.json"), "--runs", str(tmp_path / "runs")]
    return ["spins", "phases", *where, *more]


def test_the_whole_command(tmp_path: Path, tiny: SpinTask, capsys: pytest.CaptureFixture[str]) -> None:
    command = words(tmp_path, "--seeds", "2", "--first-seed", "5")
    assert main(command) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert [line.split()[2] for line in lines[2:4]] == ["none", "sympe-exact"]
    assert lines[-2:] == [f"results: {tmp_path / 'a.json'}", f"picture: {tmp_path / 'a.png'}"]
    assert shown.err.count("phases 4x4 sympe-exact seed") == 2
    results = json.loads((tmp_path / "a.json").read_text())
    assert {(run["method"], run["seed"]) for run in results["runs"]} == {
        (method, seed) for method in tiny.methods for seed in (5, 6)
    }
    assert results["summary"]["phases 4x4/sympe-exact"]["runs"] == 2
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out == shown.out
    assert again.err == "", "finished runs are kept"


def test_what_is_told_overrules_the_task(tmp_path: Path, tiny: SpinTask) -> None:
    more = ["--epochs", "1", "--batch-size", "4", "--width", "3", "--layers", "2", "--heat", "0.5", "--seeds", "1"]
    more += ["--loss", "energy"]
    assert main(words(tmp_path, "--methods", "noise", "--learning-rate", "0.001", *more)) == 0
    (run,) = json.loads((tmp_path / "a.json").read_text())["runs"]
    config = run["config"]
    assert [config["train"][name] for name in ("epochs", "batch_size", "learning_rate")] == [1, 4, 0.001]
    assert config["settings"] == {"width": 3, "num_layers": 2}
    assert config["cooling"]["heat"] == 0.5
    assert run["steps"] == 4


def test_quick(tmp_path: Path, tiny: SpinTask) -> None:
    assert main(words(tmp_path, "--quick", "--loss", "likelihood")) == 0
    runs = json.loads((tmp_path / "a.json").read_text())["runs"]
    assert [(run["method"], run["seed"], run["steps"]) for run in runs] == [("none", 0, 2), ("sympe-exact", 0, 2)]
    assert [run["config"]["settings"]["num_layers"] for run in runs] == [2, 2]
    assert len(runs[0]["plane"]["magnetisation"].split(";")) == 9


def test_where_results_go(
    tmp_path: Path, tiny: SpinTask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["spins", "--size", "4", "--quick", "--methods", "none"]) == 0
    assert "picture: runs/quick/spins_phases_4.png" in capsys.readouterr().out
    assert (tmp_path / "runs/quick/spins_phases_4.json").exists()


def test_the_time_is_over(tmp_path: Path, tiny: SpinTask, capsys: pytest.CaptureFixture[str]) -> None:
    command = words(tmp_path, "--methods", "none", "--seeds", "1")
    assert main([*command, "--minutes", "1e-9"]) == 3
    assert "unfinished after 0 steps" in capsys.readouterr().err
    assert main(command) == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--methods", "gcn"], "'spins' expected a method among none, noise, "),
        (["--seeds", "0"], "'spins' expected '--seeds' to be at least 1 (got 0)"),
        (["--size", "2"], "'LatticeGroup' expected 2 sizes of at least 3"),
        (["--heat", "-1"], "'Cooling' expected 'heat' to be at least 'floor'"),
        (["--jobs", "0"], "'compare' expected 'jobs' to be at least 1 (got 0)"),
    ],
)
def test_bad_values_give_one_clear_error(
    tmp_path: Path, tiny: SpinTask, more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path, *more)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert not (tmp_path / "runs").exists()
