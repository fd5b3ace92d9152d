from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest
from torch_geometric.utils import from_networkx

from pyg_symbreak.cli.diffusion.files import write_account, write_graphs
from pyg_symbreak.cli.main import main


def rows(text: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}


def test_molecules_against_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rdkit")
    samples, reference = tmp_path / "a.smi", tmp_path / "train.csv"
    samples.write_text("CCO\nCCO\nCCN\n\n")
    reference.write_text("name,structure\nethanol,OCC\nwrong,C(\n")
    command = ["diffusion", "evaluate", str(samples), "--reference", str(reference), "--column", "structure"]
    assert main([*command, "--metrics", "validity", "stability"]) == 0
    shown = capsys.readouterr().out
    found = rows(shown)
    assert shown.startswith("4 samples\n1 lines of the reference are no valid molecule")
    assert found["validity"][:2] == ["3/4", "0.7500"]
    assert found["uniqueness"][0] == "2/3"
    assert found["novelty"][0] == "1/2"
    assert found["molecule_stability_heavy"][0] == "3/4"
    scores = json.loads((tmp_path / "a.smi.scores.json").read_text())
    assert scores["scores"]["novelty"]["denominator"] == 2
    assert scores["skipped"] == 1


def test_samples_that_were_left_out_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rdkit")
    samples = tmp_path / "a.smi"
    samples.write_text("CCO\n")
    write_account(samples, {"generated": 4, "written": 1})
    assert main(["diffusion", "evaluate", str(samples), "--out", str(tmp_path / "a.json")]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("4 samples, 3 of them not in the file")
    found = rows(shown)
    assert found["validity"][0] == "1/4"
    assert "novelty" not in found


def test_graphs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples, reference = tmp_path / "a.g6", tmp_path / "b.pt"
    write_graphs(samples, [from_networkx(graph) for graph in (nx.path_graph(4), nx.cycle_graph(4))])
    write_graphs(reference, [from_networkx(nx.path_graph(n)) for n in (3, 4, 5)])
    command = ["diffusion", "evaluate", str(samples), "--reference", str(reference), "--kind", "tree"]
    assert main([*command, "--train", str(reference)]) == 0
    found = rows(capsys.readouterr().out)
    assert found["validity"][0] == "1/2"
    assert found["novelty"][0] == "0/1"
    assert float(found["degree"][0]) > 0
    assert main(command[:-4]) == 2
    assert "expected '--reference' to be one of planar, sbm, tree, comm20 or a *.g6" in capsys.readouterr().err


def test_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.smi").touch()
    (tmp_path / "b.smi").write_text("C\n")
    for words, message in (
        ([str(tmp_path / "a.smi")], "'diffusion evaluate' expected a SMILES string a line (got the empty file"),
        ([str(tmp_path / "none.smi")], "No such file"),
        ([str(tmp_path / "a.mol")], "expected a file named *.smi"),
        ([str(tmp_path / "b.smi"), "--reference", "chembl"], "expected one of qm9, "),
        ([str(tmp_path / "b.smi"), "--metrics", "nspdk"], "for 'nspdk' (got none)"),
    ):
        assert main(["diffusion", "evaluate", *words]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
