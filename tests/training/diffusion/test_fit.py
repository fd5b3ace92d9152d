from __future__ import annotations

import errno
import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.checkpoint import load_checkpoint, save_checkpoint
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import DiffusionFitResult, fit
from pyg_symbreak.training.diffusion.module import DiffusionModule
from pyg_symbreak.training.diffusion.nll import nll
from tests.training.diffusion import killed_run
from tests.training.diffusion.conftest import random_trees


class Killed(Exception):
    pass


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    training_step = DiffusionModule.training_step

    def killed(self: DiffusionModule, batch: Any, batch_idx: int) -> Tensor:
        if self.trainer.global_step == step:
            raise Killed
        return training_step(self, batch, batch_idx)

    monkeypatch.setattr(DiffusionModule, "training_step", killed)


def without_time(result: DiffusionFitResult) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in result.history]


def assert_equal_runs(one: DiffusionFitResult, other: DiffusionFitResult) -> None:
    assert without_time(one) == without_time(other)
    a, b = load_checkpoint(one.checkpoint), load_checkpoint(other.checkpoint)
    for part in ("state_dict", "mean"):
        first, second = (state[part] if part in state else state["diffusion"][part] for state in (a, b))
        assert first.keys() == second.keys()
        for name, weight in first.items():
            assert torch.equal(weight, second[name]), name
    moments = zip(a["optimizer_states"][0]["state"].values(), b["optimizer_states"][0]["state"].values(), strict=True)
    for mine, yours in moments:
        assert all(torch.equal(mine[name], yours[name]) for name in mine)


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
) -> DiffusionFitResult:
    return fit(model_config, train_config, data, tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("step", [2, 5, 12, 19])
def test_a_killed_run_resumes_exactly(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whole: DiffusionFitResult,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
    step: int,
) -> None:
    # Checkpoints every 4 steps: before the first one, inside an epoch of 5 steps, where there is a validation, at last.
    with monkeypatch.context() as patch:
        kill_at(patch, step)
        with pytest.raises(Killed):
            fit(model_config, train_config, data, tmp_path)
    torch.rand(7)  # what the global generator does in between must not matter
    resumed = fit(model_config, train_config, data, tmp_path)
    assert_equal_runs(resumed, whole)
    rows = (tmp_path / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "3", "6", "9", "12", "15", "18", "20"]


def test_a_time_limit_ends_a_sitting(
    tmp_path: Path,
    whole: DiffusionFitResult,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
) -> None:
    steps = []
    for _ in range(3):
        part = fit(model_config, train_config, data, tmp_path, time_limit=0.0)
        assert not part.finished
        steps.append(part.steps)
    assert steps == [1, 2, 3]
    rest = fit(model_config, train_config, data, tmp_path)
    assert rest.finished
    assert_equal_runs(rest, whole)


def test_result_and_files(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    state = torch.get_rng_state()
    result = fit(model_config, train_config, data, tmp_path)
    assert torch.equal(torch.get_rng_state(), state), "the caller's generator is left as it was"
    assert result.finished
    assert result.steps == 20
    assert [row["epoch"] for row in result.history][:2] == [3 / 5, 6 / 5]
    assert [row["step"] for row in result.history if "val_nll" in row] == [6, 12, 18, 20]
    assert result.val_nll == result.history[-1]["val_nll"]
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]
    seconds = [row["seconds"] for row in result.history]
    assert seconds == sorted(seconds)
    assert result.seconds >= seconds[-1]
    assert any("events.out.tfevents" in name for name in os.listdir(tmp_path))
    assert not result.model.training
    assert result.model.config == model_config
    assert result.model.num_parameters == result.parameters
    # The model is the one that was validated.
    assert data.val is not None
    again = nll(result.model, data.val.subset(16), num_draws=1, batch_size=16)
    assert again.nll == pytest.approx(result.val_nll, rel=1e-6)


def test_a_finished_run_is_not_made_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
) -> None:
    config = replace(train_config, max_steps=3)
    first = fit(model_config, config, data, tmp_path)
    kill_at(monkeypatch, 0)
    again = fit(model_config, config, data, tmp_path)
    assert again.history == first.history
    with pytest.raises(Killed):
        fit(model_config, config, data, tmp_path, resume=False)


def test_seeds_decide(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    config = replace(train_config, max_steps=3)
    runs = [fit(model_config, replace(config, seed=seed), data, tmp_path / str(i)) for i, seed in enumerate((0, 0, 1))]
    assert_equal_runs(runs[0], runs[1])
    assert without_time(runs[0]) != without_time(runs[2])


def test_without_mean_and_validation(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    config = replace(train_config, max_steps=3, ema_decay=0.0, schedule="constant")
    result = fit(model_config, config, DiffusionData(data.train), tmp_path)
    assert math.isnan(result.val_nll)
    weights = load_checkpoint(result.checkpoint)["state_dict"]
    assert all(torch.equal(value, weights[f"model.{name}"]) for name, value in result.model.state_dict().items())
    longer = fit(model_config, replace(config, max_steps=5), DiffusionData(data.train), tmp_path)
    assert longer.steps == 5


def test_another_run_does_not_resume(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    config = replace(train_config, max_steps=3)
    fit(model_config, config, data, tmp_path)
    with pytest.raises(ValueError, match=r"'fit' expected 'train_config' .*last\.ckpt.*\(got other batch_size\)"):
        fit(model_config, replace(config, batch_size=8), data, tmp_path)
    with pytest.raises(ValueError, match=r"'fit' expected 'model_config' .*\(got other node_dim\)"):
        fit(replace(model_config, node_dim=8), config, data, tmp_path)
    with pytest.raises(ValueError, match=r"'fit' expected 'data' .*\(got other training graphs\)"):
        fit(model_config, config, DiffusionData.from_datasets(random_trees(64)), tmp_path)
    fit(model_config, replace(config, checkpoint_every=1), data, tmp_path)


def test_damaged_and_foreign_checkpoints(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    config = replace(train_config, max_steps=3)
    last = fit(model_config, config, data, tmp_path).checkpoint
    last.write_bytes(last.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"'load_checkpoint' expected .*last\.ckpt.*corrupt or truncated"):
        fit(model_config, config, data, tmp_path)
    save_checkpoint({"a": 1}, last)
    with pytest.raises(ValueError, match=r"'fit' expected .*last\.ckpt' to be the checkpoint of a generator"):
        fit(model_config, config, data, tmp_path)


def test_one_batch_and_one_node(
    tmp_path: Path, model_config: DiffusionConfig, train_config: DiffusionTrainConfig
) -> None:
    empty = torch.empty(2, 0, dtype=torch.long)
    single = Data(node_type=torch.tensor([1]), edge_index=empty, edge_type=empty[0], num_nodes=1)
    data = DiffusionData.from_datasets([single] * 3, [single])
    result = fit(model_config, replace(train_config, max_steps=2), data, tmp_path)
    assert result.steps == 2
    assert math.isfinite(result.val_nll)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(
    ("where", "count"),
    [pytest.param("step", 5, marks=pytest.mark.slow), ("write", 2), pytest.param("rename", 3, marks=pytest.mark.slow)],
)
def test_sigkill_at_any_moment(tmp_path: Path, where: str, count: int) -> None:
    # Inside a step; while a checkpoint is written; between writing and renaming it.
    script = Path(killed_run.__file__)
    command = [sys.executable, str(script), str(tmp_path / "killed"), where, str(count)]
    root = script.parents[3]
    paths = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (tmp_path / "killed" / "last.ckpt").is_file()
    assert 0 < load_checkpoint(tmp_path / "killed" / "last.ckpt")["global_step"] < 14
    resumed = killed_run.train(tmp_path / "killed")
    assert_equal_runs(resumed, killed_run.train(tmp_path / "whole"))
    assert not [name for name in os.listdir(tmp_path / "killed") if name.endswith(".tmp") and "ckpt" in name]


def test_a_full_disk_leaves_the_last_checkpoint(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whole: DiffusionFitResult,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
) -> None:
    synced = 0

    def fsync(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        if synced > 6:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space left on device"):
            fit(model_config, train_config, data, tmp_path)
    assert load_checkpoint(tmp_path / "last.ckpt")["global_step"] >= 4
    assert_equal_runs(fit(model_config, train_config, data, tmp_path), whole)
