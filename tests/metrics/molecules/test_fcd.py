from __future__ import annotations

import math
import sys
import warnings

import numpy as np
import pytest
import torch

from pyg_symbreak.metrics.molecules.fcd import (
    FrechetChemNetDistance,
    chemnet_activations,
    frechet_distance,
    moments,
)

FIRST = ["C" * k + "O" for k in range(1, 30)] + ["C" * k + "N" for k in range(1, 30)]
SECOND = ["C" * k + "O" for k in range(5, 34)] + ["C" * k + "=O" for k in range(1, 30)]


def test_against_the_package():
    fcd = pytest.importorskip("fcd")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = fcd.get_fcd(FIRST, SECOND, device="cpu")
        same = fcd.get_predictions(fcd.load_ref_model(), FIRST, n_jobs=0, device="cpu")
    np.testing.assert_allclose(chemnet_activations(FIRST).numpy(), same, atol=1e-6)
    ours = FrechetChemNetDistance(FIRST)(SECOND, num_draws=0)
    # The package takes the root of a product of singular matrices, which is only so exact.
    assert ours.value == pytest.approx(expected, rel=1e-3)
    assert ours.denominator == len(SECOND)
    assert expected > 1


def test_order_and_repeats():
    pytest.importorskip("fcd")
    whole = chemnet_activations(FIRST[:9])
    assert torch.allclose(chemnet_activations([FIRST[3], FIRST[0], FIRST[3]]), whole[[3, 0, 3]], atol=1e-6)
    assert torch.allclose(chemnet_activations(FIRST[:9], batch_size=2), whole, atol=1e-6)
    assert chemnet_activations([]).shape == (0, 512)


def test_long_strings_are_read_without_a_warning():
    pytest.importorskip("fcd")
    assert bool(chemnet_activations(["C" * 400, "C"]).isfinite().all())


def test_interval_and_few_molecules():
    pytest.importorskip("fcd")
    distance = FrechetChemNetDistance(FIRST)
    estimate = distance(SECOND, num_draws=4)
    assert 0 <= estimate.low < estimate.value < estimate.high
    assert estimate == distance(SECOND, num_draws=4)
    assert math.isnan(distance(["C"]).value)
    assert math.isnan(distance([]).value)
    with pytest.raises(ValueError, match=r"'moments' expected at least two rows \(got 1\)"):
        FrechetChemNetDistance(["C"])


def test_cache(tmp_path):
    pytest.importorskip("fcd")
    path = tmp_path / "deep" / "stats.npz"
    first = FrechetChemNetDistance(FIRST, cache=path)
    assert [file.name for file in path.parent.iterdir()] == ["stats.npz"]
    again = FrechetChemNetDistance(list(reversed(FIRST)), cache=path)  # the order of a set does not matter
    alone = FrechetChemNetDistance(cache=path)
    for other in (again, alone):
        assert torch.equal(other.mean, first.mean)
        assert torch.equal(other.covariance, first.covariance)
    with pytest.raises(ValueError, match=r"expected a cache of this reference \(got one of other molecules, .*stats"):
        FrechetChemNetDistance(SECOND, cache=path)


def test_neither_reference_nor_cache(tmp_path):
    with pytest.raises(ValueError, match=r"expected a 'reference' or a 'cache' that exists \(got neither\)"):
        FrechetChemNetDistance(cache=tmp_path / "no.npz")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_moments(dtype):
    rows = torch.randn(50, 4, generator=torch.Generator().manual_seed(0)).to(dtype)
    mean, covariance = moments(rows)
    np.testing.assert_allclose(mean.numpy(), rows.double().numpy().mean(0), atol=1e-12)
    np.testing.assert_allclose(covariance.numpy(), np.cov(rows.double().numpy().T), atol=1e-12)
    count = torch.randint(0, 3, (50,), generator=torch.Generator().manual_seed(1))
    mean, covariance = moments(rows, count)
    repeated = rows.repeat_interleave(count, dim=0)
    assert torch.allclose(mean, moments(repeated)[0])
    assert torch.allclose(covariance, moments(repeated)[1])


def test_frechet_distance_by_hand():
    # Commuting covariances: the squared distance of the roots of the eigenvalues.
    first, second = torch.tensor([4.0, 9.0, 0.0]).double(), torch.tensor([1.0, 25.0, 0.0]).double()
    zero = torch.zeros(3).double()
    assert frechet_distance(zero, first.diag(), zero, second.diag()) == pytest.approx(1 + 4)
    assert frechet_distance(zero, first.diag(), zero + 2, first.diag()) == pytest.approx(12)
    rotation = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0)).double())[0]
    turned = [rotation @ values.diag() @ rotation.t() for values in (first, second)]
    assert frechet_distance(zero, turned[0], zero, turned[1]) == pytest.approx(5)
    assert frechet_distance(zero, turned[0], zero, turned[0]) == pytest.approx(0, abs=1e-6)


def test_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fcd", None)
    monkeypatch.setitem(sys.modules, "fcd.fcd", None)
    with pytest.raises(ImportError, match=r"expected the package 'fcd' \(got none\).*pyg_symbreak\[fcd\]"):
        FrechetChemNetDistance(["C", "CC"])
