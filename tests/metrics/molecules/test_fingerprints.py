from __future__ import annotations

import math
import sys

import pytest
import torch

from pyg_symbreak.metrics.molecules.fingerprints import (
    NearestNeighbourSimilarity,
    internal_diversity,
    morgan_fingerprints,
    tanimoto,
)

chem = pytest.importorskip("rdkit.Chem")

MOLS = [chem.MolFromSmiles(text) for text in ("CO", "CN", "c1ccccc1O", "c1ccccc1N", "CC(=O)OC", "CCCCCC", "O")]


def pairs(first, second):
    """Similarities by RDKit itself."""
    generator = chem.rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    a, b = ([generator.GetFingerprint(mol) for mol in mols] for mols in (first, second))
    return torch.tensor([chem.DataStructs.BulkTanimotoSimilarity(bits, b) for bits in a], dtype=torch.float64)


def test_against_rdkit():
    from rdkit.Chem import rdFingerprintGenerator  # noqa: F401

    bits = morgan_fingerprints(MOLS)
    assert bits.dtype == torch.uint8
    expected = pairs(MOLS, MOLS)
    assert torch.allclose(tanimoto(bits, bits).double(), expected, atol=1e-6)
    similarity = NearestNeighbourSimilarity(MOLS[:3])(MOLS[3:])
    assert similarity.value == pytest.approx(float(pairs(MOLS[3:], MOLS[:3]).amax(1).mean()))
    assert similarity.denominator == 4
    assert 0 <= similarity.low < similarity.value < similarity.high <= 1
    assert internal_diversity(MOLS).value == pytest.approx(1 - float(expected.mean()))
    second = 1 - float(expected.square().mean(1).sqrt().mean())
    assert internal_diversity(MOLS, power=2).value == pytest.approx(second)


def test_by_hand():
    assert tanimoto(torch.tensor([[0, 0]]), torch.tensor([[0, 0], [0, 1]])).tolist() == [[1.0, 0.0]]
    assert internal_diversity([MOLS[0]] * 3).value == 0.0
    assert NearestNeighbourSimilarity(MOLS)([MOLS[0]] * 3).value == 1.0
    methane, water = chem.MolFromSmiles("C"), chem.MolFromSmiles("O")
    assert NearestNeighbourSimilarity([methane])([methane, water]).value == 0.5


def test_blocks_do_not_matter(monkeypatch):
    whole = NearestNeighbourSimilarity(MOLS[:5])(MOLS[2:]), internal_diversity(MOLS)
    monkeypatch.setattr("pyg_symbreak.metrics.molecules.fingerprints._BLOCK", 2)
    blocks = NearestNeighbourSimilarity(MOLS[:5])(MOLS[2:]), internal_diversity(MOLS)
    for first, second in zip(whole, blocks, strict=True):
        assert first.value == pytest.approx(second.value)
        assert first.low == pytest.approx(second.low)


def test_interval_of_the_diversity():
    # One of two molecules, with probability p: the diversity is 2 p (1 - p), whose deviation is known.
    mols = [MOLS[0]] * 150 + [chem.MolFromSmiles("N")] * 50
    similarity = float(pairs([MOLS[0]], [mols[-1]]))
    estimate = internal_diversity(mols, num_draws=2000)
    p = 0.25
    assert estimate.value == pytest.approx(2 * p * (1 - p) * (1 - similarity))
    deviation = 2 * (1 - 2 * p) * (p * (1 - p) / 200) ** 0.5 * (1 - similarity)
    assert (estimate.high - estimate.value) / 1.96 == pytest.approx(deviation, rel=0.08)


def test_no_samples_and_no_reference():
    assert math.isnan(NearestNeighbourSimilarity(MOLS)([]).value)
    assert math.isnan(internal_diversity([]).value)
    assert internal_diversity(MOLS[:1]).value == 0.0
    assert morgan_fingerprints([]).shape == (0, 1024)
    with pytest.raises(ValueError, match=r"'NearestNeighbourSimilarity' expected at least one .* \(got 0\)"):
        NearestNeighbourSimilarity([])


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'morgan_fingerprints' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        morgan_fingerprints([])
