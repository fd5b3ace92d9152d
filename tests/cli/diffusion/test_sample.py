from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pyg_symbreak.cli.diffusion.files import read_graph_file, read_smiles
from pyg_symbreak.cli.main import main

Make = Callable[..., Path]


def words(checkpoint: object, out: Path, *more: str) -> list[str]:
    return ["diffusion", "sample", str(checkpoint), "--out", str(out), "--accelerator", "cpu", *more]


def test_molecules(generator: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rdkit")
    out, grid = tmp_path / "a.smi", tmp_path / "a.png"
    sizes = ("--sizes", "1", "2")
    assert main(words(generator(), out, "-n", "20", "--grid", str(grid), "--grid-size", "4", *sizes)) == 0
    shown = capsys.readouterr().out
    smiles = read_smiles(out)
    assert f"valid: {len(smiles)}/20" in shown
    assert 10 <= len(smiles) <= 20
    assert "graphs a second" in shown
    account = json.loads((tmp_path / "a.smi.json").read_text())
    assert (account["generated"], account["written"]) == (20, len(smiles))
    assert sum(account["invalid"].values()) == 20 - len(smiles)
    assert account["sample"]["sizes"] == [1, 2]
    with Image.open(grid) as image:
        assert image.size == (400, 400)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.smi", "a.smi.json", "model"]


def test_the_seed_decides(generator: Make, tmp_path: Path) -> None:
    pytest.importorskip("rdkit")
    folder = generator()
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        more = ("-n", "20", "--seed", str(seed), "--keep-invalid", "--sampler", "flow", "--steps", "3")
        assert main(words(folder, tmp_path / f"{name}.smi", *more)) == 0
    first, second, third = (read_smiles(tmp_path / f"{name}.smi") for name in "abc")
    assert first == second != third
    assert len(first) == 20


def test_other_graphs(generator: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain: dict[str, Any] = {"node_types": ("node",), "edge_types": ("none", "edge"), "bonds": ""}
    folder = generator(**plain)
    for name in ("a.g6", "a.pt"):
        assert main(words(folder, tmp_path / name, "-n", "6", "--grid", str(tmp_path / "a.png"))) == 0
        assert len(read_graph_file(tmp_path / name)) == 6
    assert (tmp_path / "a.png").exists()
    assert main(words(folder, tmp_path / "a.smi")) == 2
    assert "'diffusion sample' expected a *.g6 or *.pt file for graphs" in capsys.readouterr().err


def test_an_interrupted_run_goes_on(
    generator: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pyg_symbreak.models.diffusion.model import GraphDiffusion

    folder, out, calls = generator(), tmp_path / "a.pt", []
    sample = GraphDiffusion.sample

    def second_fails(self: Any, *args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return sample(self, *args, **options)

    monkeypatch.setattr(GraphDiffusion, "sample", second_fails)
    command = words(folder, out, "-n", "6", "--batch-size", "2")
    assert main(command) == 130
    assert not out.exists()
    assert main(command) == 0
    assert len(calls) == 4, "the first batch is kept"
    assert len(read_graph_file(out)) == 6


def test_errors(generator: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, other = generator(), generator("other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "format_version": 99}))
    for checkpoint, more, message in (
        ("nowhere", [], "'load_model' expected 'path' to name the folder of a generator"),
        (other, [], "of version 1 (got 'pyg_symbreak.diffusion' of version 99"),
        (folder, ["-n", "0"], "'SampleConfig' expected 'num_graphs' to be at least 1 (got 0)"),
        (folder, ["--sizes", "9"], "'sample_graphs' expected sizes in 1 … 4, the largest of training (got 9)"),
        (folder, ["--properties", "1.0"], "'sample_graphs' expected 0 properties"),
    ):
        assert main(words(checkpoint, tmp_path / "a.smi", *more)) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    assert main(words(folder, tmp_path / "a.sdf")) == 2
    assert "expected a file named *.smi" in capsys.readouterr().err
    assert not (tmp_path / "a.smi").exists()
