from __future__ import annotations

import functools
import gzip
import operator
import sys
from pathlib import Path

import pytest

from pyg_symbreak.datasets import QM9Graphs
from pyg_symbreak.datasets.qm9 import NUM_GDB9, RAW_NAME, split_numbers

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
