"""genbench3d#1: uniqueness among the valid molecules alone made a bad model look good."""

import pytest

from pyg_symbreak.metrics.molecules import evaluate_molecules
from pyg_symbreak.metrics.ratio import Ratio

pytest.importorskip("rdkit")

HOPELESS = "C(C)(C)(C)(C)C"


def test_every_share_has_its_own_denominator():
    # 10,000 samples of which 100 are valid and 99 of these distinct: "0.99".
    valid = ["C" * k + "O" for k in range(1, 100)] + ["CO"]
    samples = [*valid, *["C("] * 4900, *[None] * 4000, *[HOPELESS] * 1000]
    scores = evaluate_molecules(samples, reference=["CO"])
    assert scores["uniqueness"] == Ratio(99, 100)
    assert scores["novelty"] == Ratio(98, 99)
    assert scores["validity"] == Ratio(100, 10_000)
    assert scores["vun"] == Ratio(98, 10_000)
    assert scores["vun"].high < 0.02
    assert scores["digress_uniqueness"] == Ratio(99, 100)
    assert scores["relaxed_validity"] == Ratio(100, 10_000)
