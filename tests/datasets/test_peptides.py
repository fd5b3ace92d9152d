from __future__ import annotations

import csv
import gzip
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rdkit")

from pyg_symbreak.datasets import PeptidesFunc, PeptidesStruct
from pyg_symbreak.datasets.peptides import FILE, SHAPES, SPLIT_FILE, STRUCT_NAMES

SMILES = ["NCC(=O)O", "C[C@H](N)C(=O)O", "NCC(=O)NCC(=O)O", "CC", "O"]
PARTS = {"train": np.array([4, 0, 2]), "val": np.array([1]), "test": np.array([3])}
RAW = os.environ.get("PYG_SYMBREAK_PEPTIDES")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / SPLIT_FILE.name).write_bytes(pickle.dumps(PARTS))
    table = [{"": i, "smiles": text, "labels": str([i % 2] + [0] * 9)} for i, text in enumerate(SMILES)]
    write(tmp_path / "raw" / FILE.name, table)
    return tmp_path


def write(path, table):
    with gzip.open(path, "wt", newline="") as out:
        writer = csv.DictWriter(out, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def test_functions(root):
    train = PeptidesFunc(root)
    assert [graph.num_nodes for graph in train] == [1, 5, 9]
    assert train[0].y.tolist() == [[0.0] * 10]
    val = PeptidesFunc(root, "val")
    assert val[0].y.tolist() == [[1.0] + [0.0] * 9]
    assert (val[0].x.shape[1], val[0].edge_attr.shape) == (9, (10, 3))
    assert val.processed_file_names.startswith("PeptidesFunc-v1-val-raw=")


def test_shapes_are_normalised_over_all(root):
    values = np.arange(5)[:, None] * np.arange(1, 12) + 7.5
    table = [
        {"smiles": text, **dict(zip(SHAPES, values[i], strict=True)), "self_dist_matrix": "0" * 200_000}
        for i, text in enumerate(SMILES)
    ]
    write(root / "raw" / STRUCT_NAMES[0], table)
    limit = csv.field_size_limit()
    parts = [PeptidesStruct(root, split) for split in PARTS]
    assert csv.field_size_limit() == limit
    every = np.concatenate([graph.y.numpy() for part in parts for graph in part])
    assert every.shape == (5, 11)
    assert np.allclose(every.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(every.std(axis=0, ddof=1), 1, atol=1e-6)
    assert np.allclose(parts[1][0].y, (1 - 2) / np.std(np.arange(5), ddof=1), atol=1e-6)


def test_shapes_are_placed_by_hand(root):
    with pytest.raises(FileNotFoundError, match=r"'PeptidesStruct' expected the file .*peptide_structure"):
        PeptidesStruct(root)


@pytest.mark.parametrize(
    "parts",
    [{**PARTS, "val": np.array([0])}, {"train": np.arange(5)}, {"train": print}, {**PARTS, "val": np.array([9])}],
)
def test_a_split_that_does_not_fit(parts, root):
    (root / "raw" / SPLIT_FILE.name).write_bytes(pickle.dumps(parts))
    with pytest.raises(ValueError, match=r"'PeptidesFunc' expected .* to hold peptides and their split"):
        PeptidesFunc(root)


@pytest.mark.parametrize("content", [b"nothing", gzip.compress(b"a,b\n1,2\n")])
def test_damaged_files(content, root):
    (root / "raw" / FILE.name).write_bytes(content)
    with pytest.raises(ValueError, match=r"'PeptidesFunc' expected .* to hold peptides and their split"):
        PeptidesFunc(root)


@pytest.mark.slow
@pytest.mark.skipif(not RAW, reason="needs the raw files, in the folder PYG_SYMBREAK_PEPTIDES")
def test_published_statistics(tmp_path):
    (tmp_path / "raw").mkdir()
    for path in Path(RAW).glob("peptide*"):
        (tmp_path / "raw" / path.name).symlink_to(path)
    parts = [PeptidesFunc(tmp_path, split) for split in PARTS]
    assert [len(part) for part in parts] == [10873, 2331, 2331]
    sizes = np.concatenate([part.slices["x"].diff().numpy() for part in parts])
    arcs = np.concatenate([part.slices["edge_index"].diff().numpy() for part in parts])
    assert (round(sizes.mean(), 2), sizes.max(), round(arcs.mean(), 2)) == (150.94, 444, 307.30)
