from __future__ import annotations

import sys

import pytest

from pyg_symbreak.metrics.molecules.chemistry import parse, require_rdkit


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'f' expected the package 'rdkit' \(got none\).*pyg_symbreak\[mol\]"):
        require_rdkit("f")


def test_parse_keeps_the_sample(capfd):
    chem = pytest.importorskip("rdkit.Chem")
    mol = chem.MolFromSmiles("CO")
    copy = parse(mol, "f")
    copy.GetAtomWithIdx(0).SetFormalCharge(1)
    assert mol.GetAtomWithIdx(0).GetFormalCharge() == 0
    assert parse(None, "f") is None
    assert parse("", "f") is None
    assert parse("C1CC", "f") is None
    assert parse("C(C)(C)(C)(C)C", "f").GetNumAtoms() == 6  # no chemistry yet
    assert parse(chem.RWMol(), "f") is None
    assert capfd.readouterr() == ("", "")


def test_other_objects():
    pytest.importorskip("rdkit")
    with pytest.raises(TypeError, match=r"'f' expected RDKit molecules, SMILES strings or None \(got int\)"):
        parse(3, "f")
