from __future__ import annotations

import numpy as np
import pytest

from pyg_symbreak.datasets.molecule_selection import (
    Selection,
    alphabet_option,
    no_molecules,
    split_number,
    split_shares,
)
from pyg_symbreak.datasets.molecule_table import parse_smiles


@pytest.fixture
def table():
    pytest.importorskip("rdkit")
    return parse_smiles(["CC", "C[NH3+]", "CF", "CO", "OC", "C"], 0, "kekule", False, None)[0]


@pytest.mark.parametrize(
    ("selection", "elements", "kept", "dropped"),
    [
        (Selection(), ("C", "N", "O", "F"), [0, 1, 2, 3, 4, 5], {}),
        (Selection(charges=True), ("C", "O", "F", "N+"), [0, 1, 2, 3, 4, 5], {}),
        (Selection(("C", "O")), ("C", "O"), [0, 3, 4, 5], {"element": 2}),
        (Selection(("C", "N", "O"), charges=True), ("C", "N", "O"), [0, 3, 4, 5], {"element": 1, "charge": 1}),
        (Selection(duplicates=False), ("C", "N", "O", "F"), [0, 1, 2, 3, 5], {"duplicate": 1}),
        (Selection(("S",)), ("S",), [], {"element": 6}),
    ],
)
def test_alphabet_and_what_is_kept(table, selection, elements, kept, dropped):
    assert selection.alphabet(table) == elements
    index, left_out = selection.kept(table)
    assert index.tolist() == kept
    assert left_out == dropped


def test_shares_are_uniform_and_seeded():
    keys = np.arange(100_000, dtype=np.uint64)
    for seed in (0, 1):
        counts = np.histogram(split_shares(keys, seed), bins=100, range=(0, 1))[0]
        assert abs(counts - 1000).max() < 6 * np.sqrt(1000)
    pairs = np.histogram2d(split_shares(keys, 0), split_shares(keys, 1), bins=10)[0]
    assert abs(pairs - 1000).max() < 6 * np.sqrt(1000)


def test_splits_follow_keys_and_fractions():
    keys = np.arange(10_000, dtype=np.uint64)
    parts = Selection(fractions=(0.7, 0.1, 0.2), seed=3).splits(keys)
    assert abs(np.bincount(parts) - [7000, 1000, 2000]).max() < 200
    np.testing.assert_array_equal(parts[::2], Selection(fractions=(0.7, 0.1, 0.2), seed=3).splits(keys[::2]))
    assert set(Selection(fractions=(0, 0, 1)).splits(keys).tolist()) == {2}
    assert set(Selection(fractions=None).splits(keys).tolist()) == {0}


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.5, 0.6, -0.1), (0.5, 0.2, 0.2)])
def test_fractions_that_are_none(fractions):
    with pytest.raises(ValueError, match=r"'Selection' expected 'fractions' to be three shares that add up to 1"):
        Selection(fractions=fractions)


def test_other_errors():
    with pytest.raises(ValueError, match=r"'Selection' expected 'seed' to be non-negative \(got -1\)"):
        Selection(seed=-1)
    with pytest.raises(ValueError, match=r"'A' expected 'split' to be one of train, val, test \(got 'x'\)"):
        split_number("A", "x")
    assert "the list (got 3 lines" in str(no_molecules("A", ["C"], 3, {}))
    pytest.importorskip("rdkit")
    with pytest.raises(ValueError, match=r"'parse_atom' expected"):
        alphabet_option(["c"])
    assert alphabet_option(None) is None


def test_options_differ():
    several = [
        Selection(),
        Selection(("C",)),
        Selection(charges=True),
        Selection(duplicates=False),
        Selection(fractions=(1, 0, 0)),
        Selection(fractions=None),
        Selection(seed=1),
    ]
    assert len({str(selection.options()) for selection in several}) == len(several)
