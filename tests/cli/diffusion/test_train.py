from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyg_symbreak.cli.main import main
from pyg_symbreak.training.diffusion.files import load_model
from pyg_symbreak.training.steps.history import read_history

pytest.importorskip("rdkit")

SMILES = ["CCO", "CCN", "C(", "CCCC", "C.C", "CO", "CN", "CCC", "C1CC1", "OCCO", "NCCN", "CC=O"]


@pytest.fixture
def smiles_file(tmp_path: Path) -> Path:
    path = tmp_path / "mols.smi"
    path.write_text("\n".join(SMILES * 4) + "\n")
    return path


def words(tmp_path: Path, path: Path, tiny: list[str], *more: str) -> list[str]:
    places = ["--root", str(tmp_path / "data"), "--out", str(tmp_path / "run")]
    return ["diffusion", "train", "--data", str(path), *places, *tiny, *more]


def test_from_a_file_of_smiles_to_a_generator(
    tmp_path: Path, smiles_file: Path, tiny: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = words(tmp_path, smiles_file, tiny, "--symmetry-breaking", "sympe-refinement", "--draw-from", "noisy")
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("mols.smi: ")
    assert "left out: " in shown
    assert "4 fragments" in shown
    assert "4 syntax" in shown
    assert "trained: 4 steps" in shown
    model = load_model(tmp_path / "run" / "model")
    assert model.config.symmetry_breaking == "sympe-refinement"
    assert set(model.config.node_types) == {"C", "N", "O"}
    about = json.loads((tmp_path / "run" / "model" / "config.json").read_text())["extra"]
    assert about["steps"] == 4
    assert {"data", "val_nll", "train_config", "machine", "versions"} <= about.keys()
    assert read_history(tmp_path / "run" / "metrics.csv")[-1]["step"] == 4
    assert (tmp_path / "run" / "curve.png").read_bytes().startswith(b"\x89PNG")
    weights = (tmp_path / "run" / "model" / "model.safetensors").read_bytes()
    assert main(command) == 0, "the same command finds all steps done"
    assert (tmp_path / "run" / "model" / "model.safetensors").read_bytes() == weights
    assert main([*command, "--learning-rate", "1"]) == 2
    assert "got other learning_rate" in capsys.readouterr().err


def test_a_time_limit(
    tmp_path: Path,
    smiles_file: Path,
    tiny: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(words(tmp_path, smiles_file, tiny, "--minutes", "1e-9")) == 3
    assert "stopped; the same command goes on: 1 steps" in capsys.readouterr().out
    assert main(words(tmp_path, smiles_file, tiny)) == 0
    assert "trained: 4 steps" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        (None, [], "expected one of qm9, "),
        ("", [], "got"),
        ("C(\nxyz\n", [], "got"),
        ("CCO\n", ["--num-layers", "0"], "'DiffusionConfig' expected 'num_layers' to be at least 1 (got 0)"),
    ],
)
def test_bad_input_gives_one_clear_error(
    tmp_path: Path,
    tiny: list[str],
    content: str | None,
    more: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "a.smi"
    if content is not None:
        path.write_text(content)
    assert main(words(tmp_path, path, tiny, *more)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_loss_that_is_no_number(
    tmp_path: Path,
    smiles_file: Path,
    tiny: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(words(tmp_path, smiles_file, tiny, "--learning-rate", "1e30", "--gradient-clip", "0")) == 2
    error = capsys.readouterr().err
    assert "expected a finite" in error
    assert "saved in" in error
