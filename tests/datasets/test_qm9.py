from __future__ import annotations

import functools
import gzip
import operator
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from pyg_symbreak.datasets import QM9Graphs
from pyg_symbreak.datasets.qm9 import split_numbers
from pyg_symbreak.datasets.qm9_source import NUM_GDB9, PROPERTIES_NAME, RAW_NAME

MOLECULES = ["CCO", "c1ccccc1", "C#N", "OC=O", "FC(F)F", "C1CC1"]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A file in the format of the real one: six molecules of each split, and three that are unusable."""
    pytest.importorskip("rdkit")
    lines = []
    for split in ("train", "val", "test"):
        numbers = split_numbers(split)
        lines += [f"{number}\t{smiles}" for number, smiles in zip(numbers, MOLECULES, strict=False)]
        if split == "train":
            lines += [f"{number}\t{smiles}" for number, smiles in zip(numbers[6:], ["CCl", "C(", "CI"], strict=False)]
    path = tmp_path / "raw" / RAW_NAME
    path.parent.mkdir()
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
    return path


def content(dataset):
    return [(graph.mol_id.item(), graph.edge_type.tolist(), graph.node_type.tolist()) for graph in dataset]


def test_splits_are_a_partition_that_depends_on_numbers_alone():
    parts = [split_numbers(split) for split in ("train", "val", "test")]
    assert [len(part) for part in parts] == [100_000, 20_497, 13_388]
    assert sorted(functools.reduce(operator.iadd, parts, [])) == list(range(1, NUM_GDB9 + 1))
    assert [part[:3] for part in parts] == [split_numbers(split)[:3] for split in ("train", "val", "test")]


def test_memory_disk_and_plain_text_agree(raw, tmp_path):
    for split in ("train", "val", "test"):
        memory = QM9Graphs(path=raw, split=split)
        stored = QM9Graphs(tmp_path, split=split)
        assert content(memory) == content(stored) == content(QM9Graphs(tmp_path, split=split))
        assert [graph.mol_id.item() for graph in memory] == split_numbers(split)[:6]
    text = tmp_path / "qm9.tsv"
    text.write_bytes(gzip.decompress(raw.read_bytes()))
    assert content(QM9Graphs(path=text, split="test")) == content(memory)


def test_dropped_molecules_are_counted_by_reason(raw, tmp_path):
    expected = {"element": 2, "syntax": 1}
    assert QM9Graphs(path=raw).dropped == expected
    assert QM9Graphs(tmp_path).dropped == expected
    assert QM9Graphs(tmp_path).dropped == expected  # from disk
    assert QM9Graphs(path=raw, split="val").dropped == {}


def test_bond_histogram(raw):
    kekule = QM9Graphs(path=raw, split="test")
    assert kekule.bond_types == ("single", "double", "triple")
    assert (kekule._data.edge_type.bincount() // 2).tolist() == [0, 12, 4, 1]
    aromatic = QM9Graphs(path=raw, split="test", bonds="aromatic")
    assert aromatic.bond_types[-1] == "aromatic"
    assert (aromatic._data.edge_type.bincount() // 2).tolist() == [0, 9, 1, 1, 6]


def test_num_graphs_and_names_of_files(raw, tmp_path):
    assert len(QM9Graphs(path=raw, num_graphs=2)) == 2
    names = {
        QM9Graphs(tmp_path, **options).processed_file_names
        for options in ({}, {"num_graphs": 2}, {"bonds": "aromatic"}, {"split": "test"})
    }
    assert len(names) == 4
    raw.write_bytes(gzip.compress(gzip.decompress(raw.read_bytes()).replace(b"CCO", b"CCN")))
    assert QM9Graphs(tmp_path).processed_file_names not in names  # a changed source is noticed


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"bonds": "x"}, r"'QM9Graphs' expected 'bonds' to be 'kekule' or 'aromatic' \(got 'x'\)"),
        ({"num_graphs": 0}, r"'QM9Graphs' expected 'num_graphs' to be at least 1 \(got 0\)"),
        ({}, r"'QM9Graphs' expected 'root' or 'path' \(got neither\)"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        QM9Graphs(**kwargs)


def test_hydrogens_charges_and_their_names(raw, tmp_path):
    heavy = QM9Graphs(path=raw, split="test")
    assert heavy.node_types == ("C", "N", "O", "F")
    full = QM9Graphs(tmp_path, split="test", hydrogens=True, charges=True)
    assert full.node_types == full.elements == ("H", "C", "N", "O", "F", "C-", "N-", "N+", "O-")
    ethanol = full[0]
    assert ethanol.node_type.bincount().tolist() == [6, 2, 0, 1]
    assert [graph.num_nodes for graph in full] == [9, 12, 3, 5, 5, 9]
    assert full.processed_file_names != heavy.processed_file_names
    assert QM9Graphs.elements == ("C", "N", "O", "F")
    raw.write_bytes(gzip.compress(f"{split_numbers('train')[0]}\tC[NH3+]\n{split_numbers('train')[1]}\tF[N-]".encode()))
    assert [graph.node_type.tolist() for graph in QM9Graphs(path=raw, charges=True)] == [[0, 6], [3, 5]]


def test_properties_become_y(raw, tmp_path):
    count = len(gzip.decompress(raw.read_bytes()).splitlines())
    values = np.stack([np.arange(count), -np.arange(count)]).astype(np.float32)
    np.savez(raw.with_name(PROPERTIES_NAME), names=np.array(["HOMO_au", "Dipole_debye"]), props=values)
    dataset = QM9Graphs(tmp_path, split="val", properties=("mu", "homo"))
    assert dataset[2].y.tolist() == [[-11.0, 11.0]]  # the first split has nine lines
    assert dataset[2].y.dtype == torch.float32
    assert "y" not in QM9Graphs(tmp_path, split="val")[0]
    with pytest.raises(ValueError, match=r"'QM9Graphs' expected 'properties' among A, B, .* \(got 'x'\)"):
        QM9Graphs(tmp_path, properties=["x"])


def test_qm9pack_is_used_when_there_is_no_file(tmp_path, monkeypatch):
    pytest.importorskip("rdkit")
    data = tmp_path / "site" / "qm9pack" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("")
    (data / "qm9_part1.csv").write_text(f"Index,SMILES,Dipole_debye\n{split_numbers('test')[3]},C#N,2.5\n")
    about = tmp_path / "site" / "qm9pack-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: qm9pack\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    for root in (None, tmp_path):
        dataset = QM9Graphs(root, split="test", properties=["mu"])
        assert dataset[0].y.tolist() == [[2.5]]
        assert dataset[0].mol_id.item() == split_numbers("test")[3]
    with pytest.raises(FileNotFoundError, match=r"qm9_smiles.tsv.gz, .* or the package"):
        QM9Graphs(path=tmp_path / "absent")  # a path that was given is never replaced


def test_missing_file_says_to_place_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"qm9_smiles.tsv.gz, which has to be placed by hand \(got no .*raw"):
        QM9Graphs(tmp_path)


@pytest.mark.parametrize("text", ["1 C", "0\tC", "133886\tC", "x\tC", "1\t"])
def test_malformed_line(text, tmp_path):
    pytest.importorskip("rdkit")
    path = tmp_path / "qm9.tsv"
    path.write_text(f"2\tN\n{text}\n")
    with pytest.raises(ValueError, match=r"'QM9Graphs' expected a number from 1 to 133885, .* in line 2 of .*"):
        QM9Graphs(path=path)


def test_truncated_file_leaves_nothing_behind(raw, tmp_path):
    raw.write_bytes(raw.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"'QM9Graphs' expected .* to be a whole text or gzip file"):
        QM9Graphs(tmp_path)
    assert not list((tmp_path / "processed").glob("QM9Graphs*"))


def test_no_molecule_of_the_split(tmp_path):
    pytest.importorskip("rdkit")
    path = tmp_path / "qm9.tsv"
    path.write_text(f"{split_numbers('train')[0]}\tCCl\n")
    with pytest.raises(
        ValueError, match=r"'QM9Graphs' expected molecules .* \(got 1, of which dropped {'element': 1}\)"
    ):
        QM9Graphs(path=path)
    with pytest.raises(ValueError, match=r"the split 'val' .* \(got 0, of which dropped {}\)"):
        QM9Graphs(path=path, split="val")


def test_missing_rdkit_names_the_extra(raw, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'QM9Graphs' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        QM9Graphs(path=raw)
