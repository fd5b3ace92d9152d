from __future__ import annotations

import math
import sys

import pytest
import torch

from pyg_symbreak.metrics.molecules.properties import PROPERTIES, PropertyDistances, property_functions, wasserstein

chem = pytest.importorskip("rdkit.Chem")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_wasserstein_against_scipy(dtype):
    stats = pytest.importorskip("scipy.stats")
    generator = torch.Generator().manual_seed(0)
    for n, m in [(1, 1), (5, 5), (7, 3), (100, 41)]:
        first, second = torch.randn(n, generator=generator).to(dtype), torch.randn(m, generator=generator).to(dtype)
        first[: n // 2] = first[0]  # ties
        expected = stats.wasserstein_distance(first.double().numpy(), second.double().numpy())
        assert wasserstein(first, second) == pytest.approx(expected, rel=1e-12)


def test_wasserstein_by_hand():
    values = torch.tensor([1.0, 4.0, 2.0])
    assert wasserstein(values, values) == 0.0
    assert wasserstein(values, values + 3) == pytest.approx(3)
    assert wasserstein(values, values.repeat(4)) == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match=r"'wasserstein' expected two samples \(got 0 and 3 numbers\)"):
        wasserstein(values[:0], values)


def test_properties():
    functions = property_functions()
    assert set(functions) <= set(PROPERTIES)
    assert {"logp", "qed", "weight"} <= set(functions)
    aspirin = chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")
    assert functions["weight"](aspirin) == pytest.approx(180.16, abs=0.01)
    assert functions["logp"](aspirin) == pytest.approx(1.31, abs=0.01)
    assert functions["qed"](aspirin) == pytest.approx(0.55, abs=0.01)
    if "sa" in functions:
        assert functions["sa"](aspirin) == pytest.approx(1.58, abs=0.05)
    assert all("SA_Score" not in folder for folder in sys.path)


def test_a_build_without_contrib(monkeypatch):
    monkeypatch.setattr("rdkit.RDConfig.RDContribDir", "nowhere")
    assert list(property_functions()) == ["logp", "qed", "weight"]


def test_distances():
    water, methane = chem.MolFromSmiles("O"), chem.MolFromSmiles("C")
    distances = PropertyDistances([water, water])
    scores = distances([methane, water])
    assert scores["weight"].value == pytest.approx((18.015 - 16.043) / 2, abs=1e-3)
    assert scores["weight"].low == 0.0
    assert scores["weight"].high > scores["weight"].value
    assert scores["weight"].denominator == 2
    assert all(score.value == 0 for score in distances([water]).values())
    assert all(math.isnan(score.value) for score in distances([]).values())
    with pytest.raises(ValueError, match=r"'PropertyDistances' expected at least one reference molecule \(got 0\)"):
        PropertyDistances([])


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'property_functions' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        property_functions()
