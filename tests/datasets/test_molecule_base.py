from __future__ import annotations

import json
import sys

import pytest

from pyg_symbreak.datasets.molecule_base import MoleculeDataset, write_json


class Two(MoleculeDataset):
    elements = ("C", "O", "N+")

    def options(self):
        return {"bonds": self.bonds}

    def graphs(self):
        return self.convert(enumerate(["CO", "C[NH3+]", "CN", "C[NH-]", "CF", "C(", "c1ccccc1", "C=O"]))


@pytest.mark.parametrize("disk", [False, True])
def test_account_and_names(disk, tmp_path):
    pytest.importorskip("rdkit")
    for _ in range(2):
        dataset = Two(tmp_path if disk else None)
        assert dataset.dropped == {"charge": 2, "element": 1, "syntax": 1}
        assert dataset.node_types == dataset.elements == ("C", "O", "N+")
        assert dataset.bond_types == ("single", "double", "triple")
        assert [graph.mol_id.item() for graph in dataset] == [0, 1, 6, 7]
    assert Two(bonds="aromatic")[2].edge_type.tolist() == [4] * 12


def test_account_is_written_before_the_graphs(tmp_path, monkeypatch):
    pytest.importorskip("rdkit")
    monkeypatch.setattr(Two, "save", staticmethod(lambda graphs, path: (_ for _ in ()).throw(OSError("full"))))
    with pytest.raises(OSError, match="full"):
        Two(tmp_path)
    assert [path.suffix for path in (tmp_path / "processed").glob("Two*")] == [".json"]


def test_unknown_bonds():
    with pytest.raises(ValueError, match=r"'Two' expected 'bonds' to be 'kekule' or 'aromatic' \(got 'x'\)"):
        Two(bonds="x")


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        Two()


def test_json_is_whole_or_absent(tmp_path):
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert list(tmp_path.iterdir()) == []
    write_json(tmp_path / "a.json", [1])
    assert json.loads((tmp_path / "a.json").read_text()) == [1]
