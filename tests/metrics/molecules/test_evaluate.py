from __future__ import annotations

import importlib.util
import json
import math

import pytest
import torch

from pyg_symbreak.metrics.molecules.check import check_molecules
from pyg_symbreak.metrics.molecules.evaluate import METRICS, MoleculeMetrics, evaluate_molecules
from pyg_symbreak.metrics.molecules.filters import MoleculeFilters
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
    with pytest.raises(ValueError, match=r"'MoleculeMetrics' expected smiles keys, as 'key' says \(got 'v1:"):
        MoleculeMetrics(hashes)
    with pytest.raises(ValueError, match=r"'MoleculeMetrics' expected hash keys, as 'key' says \(got 'CO'\)"):
        MoleculeMetrics({"CO"}, key="hash")


def test_reference_molecules_that_are_not_valid_are_counted():
    metrics = MoleculeMetrics([*TRAIN, "C(", "C.C"])
    assert metrics.skipped == 2
    assert metrics.known == set(TRAIN)


def test_relaxed_samples_are_compared_with_relaxed_reference_molecules():
    scores = evaluate_molecules(["CN(C)(C)C", "CO(C)C", "CC"], ["CN(C)(C)C", "CC.O"])
    assert scores["novelty"] == Ratio(1, 1)
    assert scores["digress_novelty"] == Ratio(1, 3)


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


def test_novelty_against_other_molecules_than_the_reference():
    metrics = MoleculeMetrics(["CN"], train=TRAIN, metrics=["validity", "snn"])
    scores = metrics(SAMPLES)
    assert scores["novelty"] == Ratio(1, 2)
    assert scores["snn"].value < 1
    assert MoleculeMetrics(["CN"], train=set(TRAIN))(SAMPLES)["novelty"] == Ratio(1, 2)
    assert MoleculeMetrics(train=TRAIN)(SAMPLES)["novelty"] == Ratio(1, 2)


def test_everything_on_the_reference_itself(tmp_path):
    mols = ["c1ccc2ccccc2c1CO", "c1ccc2ncccc2c1", "CC(=O)OCC", "CCO"]
    groups = [name for name in METRICS if name != "fcd"]
    if importlib.util.find_spec("fcd") is not None:
        groups.insert(2, "fcd")
    metrics = MoleculeMetrics(mols, metrics=groups, num_draws=4, fcd_cache=tmp_path / "fcd.npz")
    scores = metrics([*mols, None])
    assert scores["validity"] == Ratio(4, 5)
    assert scores["vun"] == Ratio(0, 5)
    for name in ("snn", "scaffolds", "fragments"):
        assert scores[name].value == pytest.approx(1)
        assert scores[name].denominator == 4
    for name in ("nspdk", "logp", "qed", "weight", *(["fcd"] if "fcd" in groups else [])):
        assert scores[name].value == pytest.approx(0, abs=1e-6)
    assert 0 < scores["diversity"].value < 1
    assert scores["filters"] == Ratio(4, 4)
    assert metrics([*mols, None]) == scores
    json.dumps({name: score.to_dict() for name, score in scores.items()}, allow_nan=False)
    other = metrics(["CCCCN", "CCCCO"], generator=torch.Generator().manual_seed(1))
    assert other["snn"].value < 1
    assert other["nspdk"].value > 0
    nothing = metrics([None])
    assert all(math.isnan(nothing[name].value) for name in ("snn", "nspdk", "scaffolds", "diversity", "qed", "filters"))


def test_fcd_of_a_cached_reference_alone(tmp_path):
    pytest.importorskip("fcd")
    mols = ["CO", "CC", "CN"]
    path = tmp_path / "fcd.npz"
    first = MoleculeMetrics(mols, metrics=["fcd"], num_draws=0, fcd_cache=path)(["CCO", "CCN"])
    assert MoleculeMetrics(metrics=["fcd"], num_draws=0, fcd_cache=path)(["CCO", "CCN"])["fcd"] == first["fcd"]


def test_a_set_of_smiles_is_a_reference_too():
    assert MoleculeMetrics(set(TRAIN), metrics=["snn"])(["OC"])["snn"].value == 1.0
    hashes = set(molecule_hashes([molecule.mol for molecule in check_molecules(TRAIN)]))
    with pytest.raises(ValueError, match=r"expected molecules in 'reference' for 'snn' \(got none\)"):
        MoleculeMetrics(hashes, metrics=["snn"], key="hash")


@pytest.mark.parametrize("name", [name for name, compares in METRICS.items() if compares])
def test_groups_that_compare_need_a_reference(name):
    with pytest.raises(ValueError, match=rf"expected molecules in 'reference' for '{name}' \(got none\)"):
        MoleculeMetrics(metrics=[name])
    with pytest.raises(ValueError, match=rf"expected molecules in 'reference' for '{name}' \(got none\)"):
        MoleculeMetrics(["C("], metrics=[name])


def test_own_filters():
    filters = MoleculeFilters(elements=("C", "H"))
    assert evaluate_molecules(["CC", "CO"], metrics=["filters"], filters=filters)["filters"] == Ratio(1, 2)


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
