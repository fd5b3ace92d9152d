from __future__ import annotations

import json
import math

import pytest

from pyg_symbreak.metrics.molecules.check import check_molecules
from pyg_symbreak.metrics.molecules.evaluate import MoleculeMetrics, evaluate_molecules
from pyg_symbreak.metrics.molecules.keys import molecule_hashes
from pyg_symbreak.metrics.ratio import Ratio

pytest.importorskip("rdkit")

TRAIN = ["CO", "CC", "c1ccccc1"]
# Valid and known, the same again, valid and new, two fragments, one bond too many, hopeless, nothing.
SAMPLES = ["OC", "CO", "CN", "CC.O", "CN(C)(C)C", "CC(C)(C)(C)C", None]


@pytest.mark.parametrize("key", ["smiles", "hash"])
def test_by_hand(key):
    assert evaluate_molecules(SAMPLES, TRAIN, key=key) == {
        "validity": Ratio(3, 7),
        "uniqueness": Ratio(2, 3),
        "novelty": Ratio(1, 2),
        "vun": Ratio(1, 7),
        "digress_validity": Ratio(4, 7),
        "relaxed_validity": Ratio(5, 7),
        "digress_uniqueness": Ratio(4, 5),
        "digress_novelty": Ratio(2, 4),
    }


def test_reference_as_keys():
    hashes = frozenset(molecule_hashes([molecule.mol for molecule in check_molecules(TRAIN)]))
    expected = evaluate_molecules(SAMPLES, TRAIN)
    assert evaluate_molecules(SAMPLES, hashes, key="hash") == expected
    assert evaluate_molecules(SAMPLES, set(TRAIN)) == expected
    with pytest.raises(ValueError, match=r"'MoleculeMetrics' expected a 'reference' of smiles keys.*\(got 'v1:"):
        MoleculeMetrics(hashes)
    with pytest.raises(ValueError, match=r"'MoleculeMetrics' expected a 'reference' of hash keys.*\(got 'CO'\)"):
        MoleculeMetrics({"CO"}, key="hash")


def test_reference_molecules_that_are_not_valid_are_counted():
    metrics = MoleculeMetrics([*TRAIN, "C(", "C.C"])
    assert metrics.skipped == 2
    assert metrics.known == set(TRAIN)


def test_without_reference():
    scores = evaluate_molecules(SAMPLES)
    assert scores["vu"] == Ratio(2, 7)
    assert not {"novelty", "vun", "digress_novelty"} & set(scores)


def test_stability_only_where_asked_for():
    assert list(evaluate_molecules(SAMPLES, metrics=["stability"])) == [
        "atom_stability_heavy",
        "molecule_stability_heavy",
    ]
    scores = evaluate_molecules(["[H]O[H]", "O"], metrics=["stability"], hydrogens=True)
    assert scores == {"atom_stability": Ratio(3, 4), "molecule_stability": Ratio(1, 2)}


def test_all_invalid():
    scores = evaluate_molecules([None, "C("], TRAIN)
    assert scores["vun"] == Ratio(0, 2)
    assert math.isnan(scores["uniqueness"].value)


def test_json():
    scores = evaluate_molecules(SAMPLES, TRAIN, metrics=["validity", "stability"])
    assert json.loads(json.dumps({name: score.to_dict() for name, score in scores.items()}))["vun"]["denominator"] == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": ["beauty"]}, r"'MoleculeMetrics' expected 'metrics' among validity, .* \(got \['beauty'\]\)"),
        ({"metrics": "validity"}, r"'MoleculeMetrics' expected 'metrics' among validity, .* \(got 'validity'\)"),
        ({"key": "name"}, r"'MoleculeMetrics' expected 'key' to be 'smiles' or 'hash' \(got 'name'\)"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        MoleculeMetrics(TRAIN, **options)


def test_no_samples():
    with pytest.raises(ValueError, match=r"'MoleculeMetrics' expected at least one sample \(got 0\)"):
        evaluate_molecules([], TRAIN)
