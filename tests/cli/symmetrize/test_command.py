from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyg_symbreak.cli.main import main
from pyg_symbreak.training.symmetrize.tasks.base import Task


def words(task: str, tmp_path: Path, *more: str) -> list[str]:
    return ["symmetrize", task, "--out", str(tmp_path / "a.json"), "--runs", str(tmp_path / "runs"), *more]


def test_the_whole_command(tmp_path: Path, tiny: Task, capsys: pytest.CaptureFixture[str]) -> None:
    command = words("tiny", tmp_path, "--methods", "uniform+mlp", "exact+mlp", "--seeds", "2", "--first-seed", "5")
    assert main(command) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert [line.split()[1] for line in lines[2:4]] == ["uniform+mlp", "exact+mlp"]
    assert lines[2].endswith("4")
    assert lines[3].endswith("2"), "of what more draws do not change, one number of draws is enough"
    assert lines[-2:] == [f"results: {tmp_path / 'a.json'}", f"picture: {tmp_path / 'a.png'}"]
    assert shown.err.count("tiny exact+mlp k=1 seed") == 2
    results = json.loads((tmp_path / "a.json").read_text())
    assert {(run["method"], run["draws"], run["seed"]) for run in results["runs"]} == {
        *(("uniform+mlp", draws, seed) for draws in (1, 2) for seed in (5, 6)),
        *(("exact+mlp", 1, seed) for seed in (5, 6)),
    }
    assert results["summary"]["tiny/exact+mlp k=1"]["runs"] == 2
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out == shown.out
    assert again.err == "", "finished runs are kept"


def test_what_is_told_overrules_the_task(tmp_path: Path, tiny: Task) -> None:
    more = ["--epochs", "1", "--batch-size", "2", "--draws", "3", "--test-draws", "5", "--entropy", "0", "--seeds", "1"]
    assert main(words("tiny", tmp_path, "--methods", "lps+mlp", *more)) == 0
    (run,) = json.loads((tmp_path / "a.json").read_text())["runs"]
    train = run["config"]["train"]
    assert [train[name] for name in ("epochs", "batch_size", "draws", "test_draws", "entropy")] == [1, 2, 3, 5, 0]
    assert run["steps"] == 4


def test_quick(tmp_path: Path, tiny: Task, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words("tiny", tmp_path, "--quick")) == 0
    runs = json.loads((tmp_path / "a.json").read_text())["runs"]
    assert [(run["method"], run["seed"], run["config"]["train"]["epochs"]) for run in runs] == [
        ("none+mlp", 0, 2),
        ("exact+mlp", 0, 2),
    ]


def test_the_time_is_over(tmp_path: Path, tiny: Task, capsys: pytest.CaptureFixture[str]) -> None:
    command = words("tiny", tmp_path, "--methods", "exact+mlp", "--seeds", "1")
    assert main([*command, "--minutes", "1e-9"]) == 3
    assert "unfinished after 0 steps" in capsys.readouterr().err
    assert main(command) == 0


def test_pairs_by_the_same_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    methods = ["--methods", "1-wl", "none+mlp", "exact+mlp", "--seeds", "1"]
    assert main(words("csl", tmp_path, "--pairs", "12", *methods)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1:7] for line in lines[2:5]] == [
        ["1-wl", "1", "0.0", "12", "0.0", "12"],
        ["none+mlp", "1", "12.0", "12", "12.0", "12"],
        ["exact+mlp", "1", "12.0", "12", "0.0", "12"],
    ]
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize(
    ("task", "more", "message"),
    [
        ("exp-classified", [], "'symmetrize' expected a task among exp-classify, "),
        ("tiny", ["--methods", "lps+cnn"], "'symmetrize' expected a backbone among mlp (got 'cnn')"),
        ("csl", ["--methods", "lps+cnn"], "'symmetrize' expected a backbone among mlp, "),
        ("tiny", ["--seeds", "0"], "'symmetrize' expected '--seeds' to be at least 1 (got 0)"),
        ("tiny", ["--draws", "0"], "'SymmetrizeTrainConfig' expected 'draws' to be at least 1 (got 0)"),
        ("tiny", ["--jobs", "0"], "'compare' expected 'jobs' to be at least 1 (got 0)"),
    ],
)
def test_bad_values_give_one_clear_error(
    tmp_path: Path, tiny: Task, task: str, more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(task, tmp_path, *more)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert not (tmp_path / "runs").exists()
