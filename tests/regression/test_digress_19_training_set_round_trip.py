"""DiGress#19, FlowMol#11: about one molecule in a hundred of the processed training set could not be sanitised."""

import pytest

pytest.importorskip("rdkit")

from pyg_symbreak.datasets import round_trip

CHARGED = ["C[N+](=O)[O-]", "CCO", "c1cc[nH]c1"]


def test_charges_in_the_alphabet_bring_every_molecule_back():
    found = round_trip(CHARGED, ("C", "N", "O", "N+", "O-"))
    assert (found["molecules"], found["same"]) == (3, 3)


def test_without_them_the_share_is_reported_and_not_hidden():
    found = round_trip(CHARGED, ("C", "N", "O"))
    assert (found["molecules"], found["same"]) == (3, 2)
    assert found.get("invalid", 0) + found.get("changed", 0) == 1
