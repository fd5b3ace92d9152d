from __future__ import annotations

import gzip

import pytest

from pyg_symbreak.datasets import MOSES

pytest.importorskip("rdkit")


def test_files_of_the_splits(tmp_path):
    (tmp_path / "raw").mkdir()
    for stem, lines in (("train", "CO\nCCS\nC[Si]"), ("test", "CBr"), ("test_scaffolds", "C1CC1\nCF")):
        path = tmp_path / "raw" / f"moses_{stem}.csv.gz"
        path.write_bytes(gzip.compress(f"SMILES\n{lines}\n".encode()))
    train, val, test = (MOSES(tmp_path, split) for split in ("train", "val", "test"))
    assert [len(part) for part in (train, val, test)] == [2, 1, 2]
    assert train.dropped == {"element": 1}
    assert train.node_types == ("C", "N", "O", "F", "S", "Cl", "Br")
    assert [graph.num_nodes for graph in test] == [3, 2]
    assert MOSES(tmp_path, "val", hydrogens=True)[0].num_nodes == 5


def test_unknown_split(tmp_path):
    with pytest.raises(ValueError, match=r"'MOSES' expected 'split' to be one of train, val, test \(got 'x'\)"):
        MOSES(tmp_path, "x")
