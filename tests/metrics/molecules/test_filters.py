from __future__ import annotations

import sys

import pytest

from pyg_symbreak.metrics.molecules.filters import MoleculeFilters
from pyg_symbreak.metrics.ratio import Ratio

chem = pytest.importorskip("rdkit.Chem")


@pytest.mark.parametrize(
    ("smiles", "passes"),
    [
        ("CCO", True),
        ("C1CCCCCC1", True),
        ("C1CCCCCCC1", False),  # a ring of eight
        ("CC[O-]", False),
        ("CP", False),
        ("O=C1C=CC(=O)C=C1", False),  # a quinone is in PAINS
        ("c1ccccc1N=Nc1ccccc1O", False),  # an azo dye is in PAINS
    ],
)
def test_by_hand(smiles, passes):
    assert MoleculeFilters().passes(chem.MolFromSmiles(smiles)) is passes


def test_options(capfd):
    charged, phosphane, alcohol = (chem.MolFromSmiles(text) for text in ("CC[O-]", "CP", "CCO"))
    assert MoleculeFilters(charges=True).passes(charged)
    assert MoleculeFilters(elements=("C", "P")).passes(phosphane)
    assert not MoleculeFilters(smarts=["[OX2][H]"]).passes(alcohol)  # found among explicit hydrogens
    assert MoleculeFilters(smarts=["[NX3]"]).passes(alcohol)
    assert not MoleculeFilters(max_ring=4).passes(chem.MolFromSmiles("C1CCCC1"))
    assert MoleculeFilters(()).passes(chem.MolFromSmiles("O=C1C=CC(=O)C=C1"))
    assert MoleculeFilters()([alcohol, charged]) == Ratio(1, 2)
    assert MoleculeFilters()([]) == Ratio(0, 0)
    assert capfd.readouterr() == ("", "")


def test_bad_options(capfd):
    with pytest.raises(ValueError, match=r"'MoleculeFilters' expected catalogues among .*BRENK.* \(got 'MCF'\)"):
        MoleculeFilters(["MCF"])
    with pytest.raises(ValueError, match=r"'MoleculeFilters' expected SMARTS \(got 'C\('\)"):
        MoleculeFilters(smarts=["C", "C("])
    assert capfd.readouterr() == ("", "")


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'MoleculeFilters' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        MoleculeFilters()
