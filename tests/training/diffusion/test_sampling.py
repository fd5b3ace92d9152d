from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.diffusion.sampling import SampleConfig, forget_samples, sample_graphs


def model(**options: Any) -> GraphDiffusion:
    torch.manual_seed(0)
    small = {"num_steps": 4, "num_layers": 1, "node_dim": 8, "pair_dim": 8, "graph_dim": 8, "heads": 2}
    return GraphDiffusion(DiffusionConfig(("C", "O"), ("none", "single"), 5, **{**small, **options}))  # type: ignore[arg-type]


def same(left: DenseGraph, right: DenseGraph) -> bool:
    return torch.equal(left.x, right.x) and torch.equal(left.e, right.e) and torch.equal(left.mask, right.mask)


def test_a_killed_run_comes_to_the_same_graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator, config = model(), SampleConfig(num_graphs=11, batch_size=4)
    done: list[int] = []
    whole = sample_graphs(generator, config, progress=done.append)
    assert done == [4, 4, 3]

    def kill(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample_graphs(generator, config, tmp_path, progress=kill)
    assert len(list(tmp_path.rglob("*.pt"))) == 1
    assert same(sample_graphs(generator, config, tmp_path), whole)
    monkeypatch.setattr(GraphDiffusion, "sample", None)  # nothing is left to be sampled
    assert same(sample_graphs(generator, config, tmp_path), whole)
    forget_samples(tmp_path)
    assert not tmp_path.exists()


def test_batches_of_another_model_are_not_taken(tmp_path: Path) -> None:
    first, config = model(), SampleConfig(num_graphs=3)
    sample_graphs(first, config, tmp_path)
    with torch.no_grad():
        next(first.parameters()).add_(1.0)
    done: list[int] = []
    sample_graphs(first, config, tmp_path, progress=done.append)
    assert len(list(tmp_path.rglob("*.pt"))) == 2
    sample_graphs(first, SampleConfig(num_graphs=3, seed=1), tmp_path)
    assert len(list(tmp_path.rglob("*.pt"))) == 3


def test_given_sizes_come_in_turn_and_the_mode_stays() -> None:
    generator = model().train()
    graphs = sample_graphs(generator, SampleConfig(num_graphs=5, sizes=(4, 1), batch_size=2))
    assert graphs.num_nodes.tolist() == [4, 1, 4, 1, 4]
    assert generator.training


def test_flow_and_properties() -> None:
    conditional = model(num_properties=1)
    options: dict[str, Any] = {"num_graphs": 2, "sampler": "flow", "steps": 2}
    graphs = sample_graphs(conditional, SampleConfig(**options, properties=(1.0,), guidance=2.0))
    assert graphs.num_graphs == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_graphs": 0}, r"'SampleConfig' expected 'num_graphs' to be at least 1 \(got 0\)"),
        ({"steps": -1}, r"'SampleConfig' expected 'steps' to be at least 0 \(got -1\)"),
        ({"sizes": (3, 6)}, r"'sample_graphs' expected sizes in 1 … 5, the largest of training \(got 6\)"),
        ({"sampler": "euler"}, r"expected 'sampler' in .* \(got 'euler'\)"),
        ({"properties": (1.0,)}, r"'sample_graphs' expected 0 properties, .* \(got 1\)"),
        ({"guidance": 2.0}, r"'sample_graphs' expected properties to guide to \(got guidance=2 alone\)"),
    ],
)
def test_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sample_graphs(model(), SampleConfig(**{"num_graphs": 2, **options}))
