from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pyg_symbreak
from pyg_symbreak.cli import main as module
from pyg_symbreak.cli.main import main


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pyg-symbreak {pyg_symbreak.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["autoencoder", "--help"], ["canonicalize", "--help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 0
    assert "pyg-symbreak" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [[], ["canonicalise"], ["autoencoder", "--epoch", "3"], ["autoencoder", "--jobs", "x"]]
)
def test_wrong_words_exit_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--methods", "gcn"], "expected 'name' to be one of none, noise,"),
        (["--data", "zinc"], "expected 'data' to be one of er-0.25, er-0.20,"),
        (["--decoder", "mlp"], "'AutoencoderConfig' expected 'decoder' to be one of distance,"),
        (["--seeds", "0"], "'autoencoder' expected '--seeds' to be at least 1 (got 0)"),
        (["--epochs", "0"], "'TrainConfig' expected 'epochs' to be at least 1 (got 0)"),
        (["--jobs", "0"], "'compare' expected 'jobs' to be at least 1 (got 0)"),
    ],
)
def test_bad_values_give_one_clear_error(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "a.json")
    assert main(["autoencoder", "--quick", *words, "--out", out, "--runs", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("pyg-symbreak: error: ")
    assert message in shown.err
    assert shown.err.count("\n") == 1


def test_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "tyro", None)
    assert main(["canonicalize", "a.g6"]) == 2
    assert "install the extra: pip install 'pyg_symbreak[train]'" in capsys.readouterr().err


def test_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(words: list[str]) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_read", interrupted)
    assert main(["autoencoder"]) == 130
    assert "goes on where it was" in capsys.readouterr().err


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(words: list[str]) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(module, "_read", bug)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["autoencoder"])


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.g6"
    path.write_text("A_\n" * 20_000)
    code = "import sys; from pyg_symbreak.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "canonicalize", str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
