from __future__ import annotations

import math

import pytest

from pyg_symbreak.metrics.molecules.check import check_molecules
from pyg_symbreak.metrics.molecules.sets import relaxed_shares, unique_novel
from pyg_symbreak.metrics.ratio import Ratio


def test_by_hand():
    shares = unique_novel(["a", "a", "b", None, "c"], known=["b", "x"])
    assert shares == {
        "validity": Ratio(4, 5),
        "uniqueness": Ratio(3, 4),
        "novelty": Ratio(2, 3),
        "vun": Ratio(2, 5),
    }
    product = shares["validity"].value * shares["uniqueness"].value * shares["novelty"].value
    assert shares["vun"].value == pytest.approx(product)


def test_without_known_samples():
    shares = unique_novel(["a", "a", None])
    assert shares == {"validity": Ratio(2, 3), "uniqueness": Ratio(1, 2), "vu": Ratio(1, 3)}
    assert unique_novel(["a"], known=())["novelty"] == Ratio(1, 1)


def test_a_bad_model_cannot_hide_behind_its_denominator():
    # 98 samples of 100 are invalid, the other two differ: unique among the valid ones, and useless.
    keys = ["a", "b", *[None] * 98]
    shares = unique_novel(keys, known={"a"})
    assert shares["uniqueness"].value == 1.0
    assert shares["validity"].value == 0.02
    assert shares["vun"] == Ratio(1, 100)


def test_nothing_valid_and_nothing_at_all():
    shares = unique_novel([None, None], known={"a"})
    assert shares["validity"] == Ratio(0, 2)
    assert math.isnan(shares["uniqueness"].value)
    assert math.isnan(shares["novelty"].value)
    assert shares["vun"] == Ratio(0, 2)
    assert unique_novel([], known={"a"})["vun"] == Ratio(0, 0)


def test_relaxed_by_hand():
    pytest.importorskip("rdkit")
    samples = ["C", "C.C", "CN(C)(C)C", "C(C)(C)(C)(C)C", None, "CO.C"]
    shares = relaxed_shares(check_molecules(samples), known={"C", "x"})
    assert shares == {
        "digress_validity": Ratio(3, 6),
        "relaxed_validity": Ratio(4, 6),
        "digress_uniqueness": Ratio(3, 4),
        "digress_novelty": Ratio(2, 3),
    }
    other = relaxed_shares(check_molecules(samples), keys=[1, 1, 1, None, None, 1])
    assert other["digress_uniqueness"] == Ratio(1, 4)
    assert "digress_novelty" not in other
