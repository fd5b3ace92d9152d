from __future__ import annotations

import sys

import pytest

from pyg_symbreak.datasets import round_trip

SMILES = ["CCO", "C[N+](=O)[O-]", "C[NH3+]", "c1cc[nH]c1", "CS", "C(", "C/C=C/C"]
ELEMENTS = ("C", "N", "O")


@pytest.mark.parametrize(
    ("elements", "bonds", "hydrogens", "counts"),
    [
        (ELEMENTS, "kekule", False, (2, 1, 1, 3)),
        ((*ELEMENTS, "N+", "O-"), "kekule", False, (2, 0, 0, 5)),
        (ELEMENTS, "aromatic", False, (2, 2, 1, 2)),
        (("H", *ELEMENTS), "kekule", True, (2, 2, 0, 3)),
        (("H", *ELEMENTS, "N+", "O-"), "aromatic", True, (2, 0, 0, 5)),
    ],
)
def test_counts_by_hand(elements, bonds, hydrogens, counts):
    pytest.importorskip("rdkit")
    expected = dict(zip(("molecules", "dropped", "invalid", "changed", "same"), (7, *counts), strict=True))
    assert round_trip(SMILES, elements, bonds, hydrogens) == expected


def test_charges_without_entries_are_dropped():
    pytest.importorskip("rdkit")
    assert round_trip(SMILES, ELEMENTS, charges=True)["dropped"] == 4
    assert round_trip([], ELEMENTS)["molecules"] == 0


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'round_trip' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        round_trip(["C"], ELEMENTS)
