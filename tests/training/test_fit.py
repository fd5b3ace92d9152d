from __future__ import annotations

import errno
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.training.autoencoder import AutoencoderModule
from pyg_symbreak.training.checkpoint import load_checkpoint, save_checkpoint
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.data import Splits
from pyg_symbreak.training.fit import FitResult, fit, load_autoencoder


class Killed(Exception):
    pass


def kill_at(monkeypatch: pytest.MonkeyPatch, epoch: int, batch: int) -> None:
    step = AutoencoderModule.training_step

    def training_step(self: AutoencoderModule, data: Any, batch_idx: int) -> Tensor:
        if self.current_epoch == epoch and batch_idx == batch:
            raise Killed
        return step(self, data, batch_idx)

    monkeypatch.setattr(AutoencoderModule, "training_step", training_step)


def without_time(result: FitResult) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in result.history]


def assert_equal_states(first: Path, second: Path) -> None:
    a, b = load_checkpoint(first), load_checkpoint(second)
    for name, weight in a["state_dict"].items():
        assert torch.equal(weight, b["state_dict"][name]), name
    moments = zip(a["optimizer_states"][0]["state"].values(), b["optimizer_states"][0]["state"].values())
    for one, other in moments:
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("epoch", "batch"), [(0, 2), (1, 0), (2, 3)])
def test_a_killed_run_resumes_exactly(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: TrainConfig,
    model_config: AutoencoderConfig,
    splits: Splits,
    epoch: int,
    batch: int,
) -> None:
    whole = fit(train_config, model_config, splits, tmp_path / "whole")
    with monkeypatch.context() as patch:
        kill_at(patch, epoch, batch)
        with pytest.raises(Killed):
            fit(train_config, model_config, splits, tmp_path / "killed")
    torch.rand(7)  # what the global generator does in between must not matter
    resumed = fit(train_config, model_config, splits, tmp_path / "killed")
    assert without_time(resumed) == without_time(whole)
    assert resumed.metrics == whole.metrics
    assert resumed.epochs == whole.epochs == 4
    for name in ("last.ckpt", "best.ckpt"):
        assert_equal_states(tmp_path / "whole" / name, tmp_path / "killed" / name)
    rows = (tmp_path / "killed" / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "0", "1", "2", "3"]


def test_a_finished_run_is_only_tested_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: TrainConfig,
    model_config: AutoencoderConfig,
    splits: Splits,
) -> None:
    first = fit(train_config, model_config, splits, tmp_path)
    kill_at(monkeypatch, 0, 0)
    again = fit(train_config, model_config, splits, tmp_path)
    assert again.metrics == first.metrics
    assert again.history == first.history
    with pytest.raises(Killed):
        fit(train_config, model_config, splits, tmp_path, resume=False)


def test_result_and_files(
    tmp_path: Path, train_config: TrainConfig, model_config: AutoencoderConfig, splits: Splits
) -> None:
    state = torch.get_rng_state()
    result = fit(train_config, model_config, splits, tmp_path)
    assert torch.equal(torch.get_rng_state(), state), "the caller's generator is left as it was"
    assert result.metrics.keys() == {"bce", "error_percent", "f1", "exact"}
    assert result.best_epoch == min(range(4), key=lambda epoch: result.history[epoch]["val_bce"])
    assert [row["train_loss"] for row in result.history][-1] < result.history[0]["train_loss"]
    seconds = [row["seconds"] for row in result.history]
    assert seconds == sorted(seconds)
    assert result.seconds == seconds[-1]
    assert any("events.out.tfevents" in name for name in os.listdir(tmp_path))
    model = load_autoencoder(result.checkpoint)
    assert not model.training
    assert model.config == model_config
    assert sum(p.numel() for p in model.parameters()) == result.parameters


def test_seeds_decide(
    tmp_path: Path, train_config: TrainConfig, model_config: AutoencoderConfig, splits: Splits
) -> None:
    config = replace(train_config, epochs=1)
    runs = [
        fit(replace(config, seed=seed), model_config, splits, tmp_path / str(i)) for i, seed in enumerate((0, 0, 1))
    ]
    assert without_time(runs[0]) == without_time(runs[1])
    assert without_time(runs[0]) != without_time(runs[2])


def test_early_stop_stays_stopped(
    tmp_path: Path, train_config: TrainConfig, model_config: AutoencoderConfig, splits: Splits
) -> None:
    # A vanishing rate cannot improve on the first epochs for long: only the draws change the validation BCE.
    config = replace(train_config, epochs=30, learning_rate=1e-12, patience=2, schedule="constant")
    first = fit(config, model_config, splits, tmp_path)
    assert first.epochs == first.best_epoch + 3 < 30
    again = fit(config, model_config, splits, tmp_path)
    assert (again.epochs, again.metrics) == (first.epochs, first.metrics)


def test_another_configuration_does_not_resume(
    tmp_path: Path, train_config: TrainConfig, model_config: AutoencoderConfig, splits: Splits
) -> None:
    config = replace(train_config, epochs=1)
    fit(config, model_config, splits, tmp_path)
    with pytest.raises(
        ValueError, match=r"'fit' expected 'train_config' to be that of .*last\.ckpt.*another batch_size"
    ):
        fit(replace(config, batch_size=8), model_config, splits, tmp_path)
    with pytest.raises(ValueError, match=r"'fit' expected 'model_config' to be that of .*\(got another hidden_dim\)"):
        fit(config, replace(model_config, hidden_dim=8), splits, tmp_path)
    fit(replace(config, threads=1), model_config, splits, tmp_path)


def test_a_truncated_checkpoint_is_named(
    tmp_path: Path, train_config: TrainConfig, model_config: AutoencoderConfig, splits: Splits
) -> None:
    fit(replace(train_config, epochs=1), model_config, splits, tmp_path)
    last = tmp_path / "last.ckpt"
    last.write_bytes(last.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"'load_checkpoint' expected .*last\.ckpt.*corrupt or truncated"):
        fit(replace(train_config, epochs=1), model_config, splits, tmp_path)


def test_a_full_disk_leaves_the_last_epoch(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: TrainConfig,
    model_config: AutoencoderConfig,
    splits: Splits,
) -> None:
    synced = 0

    def fsync(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        if synced > 7:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space left on device"):
            fit(train_config, model_config, splits, tmp_path / "full")
    assert len(load_checkpoint(tmp_path / "full" / "last.ckpt")["history"]) >= 1
    assert not [name for name in os.listdir(tmp_path / "full") if name.endswith(".tmp")]
    resumed = fit(train_config, model_config, splits, tmp_path / "full")
    assert without_time(resumed) == without_time(fit(train_config, model_config, splits, tmp_path / "whole"))


def test_load_autoencoder_rejects_other_checkpoints(tmp_path: Path) -> None:
    save_checkpoint({"a": 1}, tmp_path / "a.ckpt")
    with pytest.raises(ValueError, match=r"'load_autoencoder' expected 'path' to name an autoencoder's checkpoint"):
        load_autoencoder(tmp_path / "a.ckpt")


@pytest.mark.slow
def test_two_processes_agree_with_one(
    tmp_path: Path, train_config: TrainConfig, model_config: AutoencoderConfig, splits: Splits
) -> None:
    one = fit(replace(train_config, threads=1), model_config, splits, tmp_path / "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of spawned processes are not ours to judge
        two = fit(replace(train_config, threads=1, devices=2), model_config, splits, tmp_path / "2")
    for row, other in zip(one.history, two.history, strict=True):
        assert other["val_bce"] == pytest.approx(row["val_bce"], rel=0.05)
    assert two.metrics["bce"] == pytest.approx(one.metrics["bce"], rel=0.05)


def test_the_last_checkpoint_is_of_the_last_epoch(
    tmp_path: Path, train_config: TrainConfig, model_config: AutoencoderConfig, splits: Splits
) -> None:
    # At this rate only the draws change the validation BCE, so that the best epoch is not the last for every seed.
    config = replace(train_config, epochs=3, learning_rate=1e-12)
    results = [fit(replace(config, seed=seed), model_config, splits, tmp_path / str(seed)) for seed in range(4)]
    assert any(result.best_epoch < 2 for result in results)
    for seed, result in enumerate(results):
        assert len(load_checkpoint(tmp_path / str(seed) / "last.ckpt")["history"]) == 3
        assert len(load_checkpoint(result.checkpoint)["history"]) == result.best_epoch + 1
