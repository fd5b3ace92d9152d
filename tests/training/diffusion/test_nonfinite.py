from __future__ import annotations

import os
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.multiprocessing.spawn import ProcessRaisedException

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.counts import model_for
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import fit
from pyg_symbreak.training.diffusion.nonfinite import NonFiniteLossError, errors_of_processes, load_step, save_step
from tests.training.diffusion.conftest import random_trees


def break_at(
    monkeypatch: pytest.MonkeyPatch, number: int, gradient_only: bool = False
) -> list[dict[str, torch.Tensor]]:
    """Makes the loss of one call infinite, or its gradient alone, and keeps all losses."""
    loss, seen = GraphDiffusion.loss, []

    def broken(
        self: GraphDiffusion, graph: DenseGraph, generator: torch.Generator | None = None
    ) -> dict[str, torch.Tensor]:
        out = loss(self, graph, generator)
        seen.append({name: value.detach().clone() for name, value in out.items()})
        if len(seen) - 1 == number:
            # The root of zero is finite, its derivative is not.
            zero = (out["loss"] - out["loss"].detach()).sqrt()
            out["loss"] = out["loss"] + zero if gradient_only else out["loss"] * float("inf")
        return out

    monkeypatch.setattr(GraphDiffusion, "loss", broken)
    return seen


def test_an_infinite_loss_stops_the_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
) -> None:
    with monkeypatch.context() as patch:
        seen = break_at(patch, 6)
        with pytest.raises(
            NonFiniteLossError, match=r"'fit' expected a finite loss at step 6 .*nonfinite_step6_rank0"
        ) as e:
            fit(model_config, train_config, data, tmp_path)
    graph, state = load_step(e.value.path)
    assert (state["step"], state["rank"], graph.num_graphs) == (6, 0, 16)
    # What was saved gives the very loss again.
    model = model_for(model_config, data.train)
    model.load_state_dict(state["state_dict"])
    torch.manual_seed(state["seed"])
    assert model.loss(graph)["loss"].item() == seen[6]["loss"].item()
    # The cause removed, the run goes on from its last checkpoint.
    assert fit(model_config, train_config, data, tmp_path).finished


def test_an_infinite_gradient_is_not_saved(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
) -> None:
    config = replace(train_config, checkpoint_every=1)
    with monkeypatch.context() as patch:
        break_at(patch, 3, gradient_only=True)
        with pytest.raises(NonFiniteLossError, match=r"'fit' expected a finite gradient at step 3 ") as e:
            fit(model_config, config, data, tmp_path)
    _, state = load_step(e.value.path)
    assert all(bool(weight.isfinite().all()) for weight in state["state_dict"].values())
    assert fit(model_config, config, data, tmp_path).finished


def test_properties_are_saved_too(tmp_path: Path) -> None:
    graph = DenseGraph(torch.zeros(1, 2).long(), torch.ones(1, 1).long(), torch.ones(1, 2).bool(), torch.ones(1, 3))
    error = save_step(tmp_path, "loss", graph, step=4, rank=1, seed=5, losses={"loss": 1.0}, state={})
    assert os.fspath(error.path).endswith("nonfinite_step4_rank1.pt")
    again, state = load_step(error.path)
    assert again.y is not None
    assert torch.equal(again.y, torch.ones(1, 3))
    assert state["seed"] == 5
    with pytest.raises(ValueError, match="'load_checkpoint' expected"):
        load_step(tmp_path / "missing.pt")


def test_errors_of_processes_are_those_of_one(tmp_path: Path) -> None:
    def fail(text: str, saved: bool) -> None:
        with errors_of_processes(tmp_path):
            if saved:
                (tmp_path / "nonfinite_step3_rank1.pt").touch()
            raise ProcessRaisedException(text, 1, 4711)

    text = "Traceback\n  in loss\npyg_symbreak.NonFiniteLossError: 'fit' expected a finite loss\n"
    with pytest.raises(ProcessRaisedException):
        fail(text, saved=False)
    with pytest.raises(NonFiniteLossError, match=r"^'fit' expected a finite loss$") as caught:
        fail(text, saved=True)
    assert caught.value.path.name == "nonfinite_step3_rank1.pt"
    with pytest.raises(ProcessRaisedException):
        fail("ValueError: else", saved=False)


@pytest.mark.parametrize("devices", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_infinite_property(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, devices: int
) -> None:
    trees = random_trees(32)
    for number, tree in enumerate(trees):
        tree.y = torch.full((1, 1), float("inf") if number == 7 else 0.0)
    config = replace(model_config, num_properties=1, property_dropout=0.0)
    data = DiffusionData.from_datasets(trees, y_attr="y")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of spawned processes are not ours to judge
        with pytest.raises(NonFiniteLossError, match=r"'fit' expected a finite loss at step \d"):
            fit(config, replace(train_config, devices=devices), data, tmp_path)
