from __future__ import annotations

import math
import sys

import pytest

from pyg_symbreak.metrics.molecules.parts import PartSimilarity, brics_fragments, scaffold

chem = pytest.importorskip("rdkit.Chem")


def mols(*smiles):
    return [chem.MolFromSmiles(text) for text in smiles]


def test_scaffolds():
    naphthol, phenol, hexane = mols("Oc1ccc2ccccc2c1", "Oc1ccccc1", "CCCCCC")
    assert scaffold(naphthol) == ["c1ccc2ccccc2c1"]
    assert scaffold(phenol) == []
    assert scaffold(phenol, min_rings=1) == ["c1ccccc1"]
    assert scaffold(hexane, min_rings=0) == []


def test_fragments():
    ethyl, whole = mols("CCOc1ccccc1", "CCC")
    assert sorted(brics_fragments(ethyl)) == ["[16*]c1ccccc1", "[3*]O[3*]", "[4*]CC"]
    assert brics_fragments(whole) == ["CCC"]


def test_cosine_by_hand():
    # Parts of the reference: a twice, b once; of the samples: a once, c once.
    def letters(mol):
        return list(mol)

    similarity = PartSimilarity(["ab", "a"], letters)
    estimate = similarity(["ac"], num_draws=0)
    assert estimate.value == pytest.approx(2 / math.sqrt(5 * 2))
    assert similarity(["aab"]).value == pytest.approx(1)
    assert similarity(["c", "d"]).value == 0.0
    assert similarity(["a", "", "b"], num_draws=20).denominator == 3


def test_interval():
    similarity = PartSimilarity(["a", "b"], list)
    estimate = similarity(["a"] * 30 + ["b"] * 10)
    assert 0 < estimate.low < estimate.value < estimate.high <= 1
    assert estimate == similarity(["a"] * 30 + ["b"] * 10)


def test_no_parts():
    assert math.isnan(PartSimilarity(["ab"], list)([]).value)
    assert math.isnan(PartSimilarity(["ab"], list)([""]).value)
    assert math.isnan(PartSimilarity([], list)(["a"]).value)


@pytest.mark.parametrize("function", [scaffold, brics_fragments])
def test_missing_rdkit_names_the_extra(function, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    message = rf"'{function.__name__}' expected the package 'rdkit' .*pyg_symbreak\[mol\]"
    with pytest.raises(ImportError, match=message):
        function(None)
