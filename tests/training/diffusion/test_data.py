from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData, StepLoader, StepSampler, StreamedGraphs
from pyg_symbreak.training.diffusion.fit import fit
from pyg_symbreak.training.diffusion.packed import PackedGraphs


def test_the_loader_starts_at_any_step(data: DiffusionData, train_config: DiffusionTrainConfig) -> None:
    assert isinstance(data.train, PackedGraphs)
    plan = data.plan(train_config)
    loader = iter(StepLoader(data.train, plan))
    batches = [next(loader) for _ in range(12)]
    later = next(iter(StepLoader(data.train, plan, start=11)))
    assert torch.equal(batches[11].e, later.e)
    assert {batch.num_graphs for batch in batches} == {16}
    assert {batch.x.size(1) for batch in batches} <= set(data.train.widths)


def test_processes_share_a_batch(data: DiffusionData, train_config: DiffusionTrainConfig) -> None:
    assert isinstance(data.train, PackedGraphs)
    plan = data.plan(replace(train_config, devices=2))
    whole = next(iter(StepLoader(data.train, plan, start=3)))
    shares = [next(iter(StepLoader(data.train, plan, 3, rank, 2))) for rank in range(2)]
    assert [share.num_graphs for share in shares] == [8, 8]
    assert {share.x.size(1) for share in shares} == {whole.x.size(1)}
    rows = sorted(row for share in shares for row in torch.cat([share.x, share.e], dim=1).tolist())
    assert rows == sorted(torch.cat([whole.x, whole.e], dim=1).tolist())


def test_the_sampler_gives_the_numbers(data: DiffusionData, train_config: DiffusionTrainConfig) -> None:
    plan = data.plan(train_config)
    sampler = iter(StepSampler(plan, start=2, rank=1, world_size=2))
    assert next(sampler) == plan.at(2)[0][1::2].tolist()
    assert next(sampler) == plan.at(3)[0][1::2].tolist()


def test_from_datasets(trees: list[Data]) -> None:
    data = DiffusionData.from_datasets(trees, [], max_buckets=1)
    assert data.val is None
    assert isinstance(data.train, PackedGraphs)
    assert data.train.widths == [6]
    streamed = DiffusionData.from_datasets(trees, trees[:3], stream_width=6)
    assert isinstance(streamed.train, StreamedGraphs)
    assert streamed.val is not None
    assert len(streamed.val) == 3


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_graphs_on_the_disk_train_alike(
    tmp_path: Path,
    trees: list[Data],
    model_config: DiffusionConfig,
    train_config: DiffusionTrainConfig,
    workers: int,
) -> None:
    config = replace(train_config, max_steps=8, workers=workers)
    data = DiffusionData.from_datasets(trees, stream_width=6)
    whole = fit(model_config, config, data, tmp_path / "whole")
    for _ in range(2):
        fit(model_config, config, data, tmp_path / "parts", time_limit=0.0)
    parts = fit(model_config, config, data, tmp_path / "parts")
    for row, other in zip(whole.history, parts.history, strict=True):
        assert {**row, "seconds": 0} == {**other, "seconds": 0}
    assert data.train.fingerprint() == "streamed-65-6"
