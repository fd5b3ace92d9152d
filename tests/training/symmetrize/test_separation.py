from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.training.pool import UNFINISHED, make_runs
from pyg_symbreak.training.symmetrize import separation
from pyg_symbreak.training.symmetrize.separation import SeparationRunSpec, prepare, run


def test_the_scale_and_its_ends(tmp_path: Path) -> None:
    found = {}
    for method in ("1-wl", "canonical-hash", "none+gin-id", "exact+gin-id", "uniform+mlp"):
        record = run(SeparationRunSpec("csl", method, num_draws=16), tmp_path)
        assert record["status"] == "finished"
        assert record["metrics"]["pairs"] == 45
        found[method] = (record["metrics"]["separated"], record["metrics"]["separated_isomorphic"])
    assert found["1-wl"] == (0, 0)
    assert found["canonical-hash"] == found["exact+gin-id"] == (45, 0)
    assert found["none+gin-id"] == (45, 45), "the control shows that it only sees the numbering"
    assert found["uniform+mlp"][0] < 6
    assert found["uniform+mlp"][1] < 6
    assert record["metrics"]["by_distance_isomorphic"] == 45, "the usual score calls noise a difference"
    assert record["separation"]["believable"]


def test_seeds_decide(tmp_path: Path) -> None:
    specs = [SeparationRunSpec("csl", "lps+mlp", seed, num_draws=8, num_pairs=5) for seed in (0, 0, 1)]
    torch.manual_seed(1)
    first = run(specs[0], tmp_path)["separation"]
    torch.manual_seed(2)
    assert run(specs[1], tmp_path)["separation"] == first
    assert specs[0].key == specs[1].key != specs[2].key


def test_categories_are_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pair(category: str, shift: int) -> tuple[Data, Data]:
        path = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        other = path if shift else torch.tensor([[0, 1], [1, 0]])
        return tuple(Data(x=torch.ones(3, 1), edge_index=e, category=category) for e in (path, other))  # type: ignore

    made = [pair("easy", 0), pair("easy", 0), pair("none", 1)]
    monkeypatch.setattr(separation, "_cached_pairs", lambda *args: made)
    record = run(SeparationRunSpec("brec", "exact+mlp"), tmp_path)
    assert record["categories"] == {"easy": [2, 0, 2], "none": [0, 0, 1]}


def test_runs_are_kept(tmp_path: Path) -> None:
    specs = [SeparationRunSpec("csl", method, num_pairs=3) for method in ("1-wl", "exact+mlp")]
    late: Any = [SeparationRunSpec("csl", "exact+gin-id", num_pairs=3, deadline=time.time() - 1)]
    out = tmp_path / "a.json"
    statuses = [record["status"] for record in make_runs([*specs, *late], run, out, tmp_path / "runs")]
    assert statuses == ["finished", "finished", UNFINISHED]
    assert list(make_runs(specs, run, out, tmp_path / "runs")) == []


@pytest.mark.parametrize(("data", "method"), [("csl", "lps"), ("csl", "2-wl+mlp"), ("cycles", "exact+mlp")])
def test_unknown_names(data: str, method: str) -> None:
    with pytest.raises(ValueError, match="'symmetrize' expected"):
        prepare([SeparationRunSpec(data, method)])
