from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.checkpoint import load_checkpoint
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import fit
from tests.training.diffusion.conftest import random_trees


def test_bf16_stays_close(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    full, mixed = (
        fit(model_config, replace(train_config, max_steps=8, precision=p), data, tmp_path / p)
        for p in ("32", "bf16-mixed")
    )
    assert mixed.val_nll == pytest.approx(full.val_nll, rel=0.05)
    weights = load_checkpoint(mixed.checkpoint)["state_dict"].values()
    assert {weight.dtype for weight in weights if weight.is_floating_point()} == {torch.float32, torch.float64}


def test_the_rate_follows_the_schedule(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    config = replace(train_config, max_steps=6, log_every=1)
    result = fit(model_config, config, data, tmp_path)
    rates = [row["learning_rate"] for row in result.history]
    assert rates == pytest.approx([config.learning_rate * config.rate(step, 6) for step in range(6)])
    state = load_checkpoint(result.checkpoint)["optimizer_states"][0]["param_groups"][0]
    assert state["lr"] == pytest.approx(config.learning_rate * config.rate(6, 6))


def test_the_gradient_is_clipped(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    free, clipped = (
        fit(model_config, replace(train_config, max_steps=1, gradient_clip=clip), data, tmp_path / str(clip))
        for clip in (0.0, 1e-2)
    )
    assert free.history[0]["gradient_norm"] == pytest.approx(clipped.history[0]["gradient_norm"])
    norms = []
    for result in (free, clipped):
        moments = load_checkpoint(result.checkpoint)["optimizer_states"][0]["state"].values()
        # After one step the mean of the gradients is a tenth of the gradient.
        norms.append(10 * torch.stack([moment["exp_avg"].norm() for moment in moments]).norm().item())
    assert norms[0] == pytest.approx(free.history[0]["gradient_norm"], rel=1e-4)
    assert norms[1] == pytest.approx(1e-2, rel=1e-3)


def test_conditions_are_learned_from(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig
) -> None:
    trees: list[Data] = random_trees(40)
    for tree in trees:
        tree.y = tree.num_nodes * torch.ones(1, 1)
    data = DiffusionData.from_datasets(trees, trees[:5], y_attr="y")
    config = replace(model_config, num_properties=1)
    result = fit(config, replace(train_config, max_steps=2, amsgrad=True), data, tmp_path)
    assert result.model.sample(2, steps=2, y=torch.tensor([4.0]), guidance=1.0).num_graphs == 2


@pytest.mark.slow
def test_a_compiled_network_trains_alike(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, trees: list[Data]
) -> None:
    data = DiffusionData.from_datasets(trees, random_trees(8, seed=1), max_buckets=1)
    config = replace(train_config, max_steps=6)
    plain, compiled = (
        fit(replace(model_config, dropout=0.0), replace(config, compile=c), data, tmp_path / str(c))
        for c in (False, True)
    )
    assert compiled.val_nll == pytest.approx(plain.val_nll, rel=1e-3)
    assert (
        load_checkpoint(plain.checkpoint)["state_dict"].keys()
        == load_checkpoint(compiled.checkpoint)["state_dict"].keys()
    )
