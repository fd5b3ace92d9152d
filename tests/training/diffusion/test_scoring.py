from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion import scoring
from pyg_symbreak.training.diffusion.scoring import Scorer, has_fcd, plain_scores
from pyg_symbreak.training.diffusion.sources import Source, load_source


@pytest.fixture(scope="module")
def molecules() -> Source:
    pytest.importorskip("rdkit")
    source = load_source("small")
    splits = {split: data[:20] for split, data in source.splits.items()}
    return replace(source, splits=splits)


def test_training_molecules_are_valid_and_not_novel(molecules: Source) -> None:
    scorer = Scorer(molecules, ("validity",))
    scores = scorer(molecules.dense("train"), molecules.config())
    assert str(scores["validity"]).startswith("20/20")
    assert scores["uniqueness"].value == 1.0
    assert scores["novelty"].value == scores["vun"].value == 0.0
    assert "fcd" not in scores
    assert scorer(molecules.dense("test"), molecules.config())["novelty"].value == 1.0


def test_invalid_samples_count(molecules: Source) -> None:
    graphs = molecules.dense("test")
    oxygens = graphs.with_types(torch.full_like(graphs.x, 2), torch.full_like(graphs.e, 3))
    both = DenseGraph.cat([graphs, oxygens])
    scores = Scorer(molecules, ("validity",))(both, molecules.config())
    assert scores["validity"].denominator == 40
    assert scores["validity"].numerator >= 20


def test_fcd_is_left_out_where_it_is_not_installed(molecules: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "has_fcd", lambda: False)
    assert "fcd" not in Scorer(molecules)(molecules.dense("val"), molecules.config())


@pytest.mark.slow
def test_fcd(molecules: Source, tmp_path: Path) -> None:
    if not has_fcd():
        pytest.skip("fcd is not installed")
    scores = Scorer(molecules, cache=tmp_path)(molecules.dense("test"), molecules.config())
    assert scores["fcd"].value == pytest.approx(0.0, abs=1e-3)
    assert len(list(tmp_path.glob("fcd-*.npz"))) == 1


def test_other_graphs() -> None:
    edge = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    path, triangle = Data(edge_index=edge, num_nodes=3), Data(edge_index=torch.cat([edge, edge[:, :0]], 1), num_nodes=4)
    splits = {"train": [path, path], "val": [path], "test": [path, path]}
    source = Source("paths", splits, {"node_types": ("node",), "edge_types": ("none", "edge")}, kind="tree")
    two = Source("paths", {**splits, "test": [path, triangle]}, source.alphabet, kind="tree")
    scores = Scorer(source)(two.dense("test"), source.config())
    assert scores["validity"].value == 0.5
    assert scores["degree"].value > 0
    plain = plain_scores(scores)
    assert plain["validity"] == 0.5
    assert all(value is None or not math.isnan(value) for value in plain.values())
