from __future__ import annotations

from pathlib import Path

import pytest

from pyg_symbreak.training.data import floors, load_splits


def test_splits_differ() -> None:
    splits = load_splits("er-0.10")
    assert [len(split) for split in (splits.train, splits.val, splits.test)] == [5000, 500, 500]
    assert splits.val[0].edge_index.tolist() != splits.test[0].edge_index.tolist()


def test_each_data_set_has_a_folder_of_its_own(tmp_path: Path) -> None:
    load_splits("trees", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["trees"]


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match=r"expected 'name' to be one of er-0.25, .* \(got 'er'\)"):
        load_splits("er")


def test_floors_of_the_published_protocol() -> None:
    values = floors("er-0.25")
    assert list(values) == ["distance", "pair"]
    assert values["distance"]["error_percent"] == pytest.approx(1.20, abs=0.05)
    assert values["distance"]["bce"] == pytest.approx(2.74, abs=0.1)
    assert values["pair"]["error_percent"] == pytest.approx(0.75, abs=0.05)
