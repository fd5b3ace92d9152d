from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from pyg_symbreak.training.checkpoint import load_checkpoint
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import TaskData
from pyg_symbreak.training.symmetrize.fit import SymmetrizeFitResult, fit
from pyg_symbreak.training.symmetrize.module import SupervisedModule
from pyg_symbreak.training.symmetrize.tasks.base import Task


class Killed(Exception):
    pass


def train(
    tiny: Task, data: TaskData, folder: Path, method: str = "lps+mlp", *, limit: float | None = None, **values: Any
) -> SymmetrizeFitResult:
    config = replace(tiny.train, **values)
    return fit(lambda: tiny.build(method, config, data), config, data, tiny.objective, folder, time_limit=limit)


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    train_step = SupervisedModule.training_step

    def training_step(self: SupervisedModule, batch: Any, batch_idx: int) -> Tensor:
        if self.trainer.global_step == step:
            raise Killed
        return train_step(self, batch, batch_idx)

    monkeypatch.setattr(SupervisedModule, "training_step", training_step)


def without_time(result: SymmetrizeFitResult) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in result.history]


@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("step", [0, 5, 9])
def test_a_killed_run_resumes_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Task, data: TaskData, step: int, ema: float
) -> None:
    values = {"checkpoint_minutes": 1e-9, "ema_decay": ema, "draws": 2}
    whole = train(tiny, data, tmp_path / "whole", **values)
    with monkeypatch.context() as patch:
        kill_at(patch, step)
        with pytest.raises(Killed):
            train(tiny, data, tmp_path / "killed", **values)
    torch.rand(7)  # what the global generator does in between must not matter
    resumed = train(tiny, data, tmp_path / "killed", **values)
    assert without_time(resumed) == without_time(whole)
    assert resumed.metrics == whole.metrics
    assert (resumed.steps, resumed.best_step) == (whole.steps, whole.best_step)
    a, b = (load_checkpoint(tmp_path / name / "last.ckpt") for name in ("whole", "killed"))
    for name, weight in a["state_dict"].items():
        assert torch.equal(weight, b["state_dict"][name]), name


def test_result_and_files(tmp_path: Path, tiny: Task, data: TaskData) -> None:
    state = torch.get_rng_state()
    result = train(tiny, data, tmp_path, test_passes=3)
    assert torch.equal(torch.get_rng_state(), state), "the caller's generator is left as it was"
    assert (result.finished, result.steps) == (True, 16)  # 26 graphs by 8: four steps an epoch
    assert [row["step"] for row in result.history] == [4, 8, 12, 16]
    best = min(result.history, key=lambda row: row["val_loss"])
    assert result.best_step == best["step"]
    assert result.metrics.keys() == {"loss", "accuracy", "draw_error", "accuracy_error"}
    assert result.metrics["draw_error"] > 0
    assert not result.model.training
    assert result.parameters == sum(p.numel() for p in result.model.parameters())
    assert (tmp_path / "metrics.csv").read_text().startswith("step,seconds,train_loss,val_loss,val_accuracy\n4,")


def test_it_learns_what_1_wl_cannot(tmp_path: Path, tiny: Task, data: TaskData) -> None:
    result = train(tiny, data, tmp_path, "exact+mlp", epochs=10)
    assert result.metrics["accuracy"] == 1
    assert result.metrics["draw_error"] == 0, "the canonical form is always the same"


def test_seeds_decide(tmp_path: Path, tiny: Task, data: TaskData) -> None:
    runs = [train(tiny, data, tmp_path / str(i), epochs=1, seed=seed) for i, seed in enumerate((0, 0, 1))]
    assert without_time(runs[0]) == without_time(runs[1])
    assert without_time(runs[0]) != without_time(runs[2])


def test_a_sitting_ends_in_time_and_the_next_goes_on(tmp_path: Path, tiny: Task, data: TaskData) -> None:
    whole = train(tiny, data, tmp_path / "whole")
    part = train(tiny, data, tmp_path / "parts", limit=0.0)
    assert (part.finished, part.steps, part.metrics) == (False, 1, {})
    rest = train(tiny, data, tmp_path / "parts")
    assert without_time(rest) == without_time(whole)
    assert rest.metrics == whole.metrics
    assert rest.seconds > part.seconds


def test_a_finished_run_is_only_tested_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Task, data: TaskData
) -> None:
    first = train(tiny, data, tmp_path)
    kill_at(monkeypatch, 0)
    assert train(tiny, data, tmp_path).metrics == first.metrics


def test_another_configuration_is_not_resumed(tmp_path: Path, tiny: Task, data: TaskData) -> None:
    train(tiny, data, tmp_path, epochs=1)
    with pytest.raises(ValueError, match=r"'fit' expected the configuration .* \(got other draws, learning_rate\)"):
        train(tiny, data, tmp_path, epochs=1, draws=2, learning_rate=0.5)
    with pytest.raises(ValueError, match="got other examples"):
        train(tiny, TaskData(data.train, data.val, data.train), tmp_path, epochs=1)


def test_gradients_that_are_no_numbers_stop_the_run(tmp_path: Path, tiny: Task, data: TaskData) -> None:
    class Bad(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, batch: Any) -> Tensor:
            return (self.weight * math.nan).expand(batch.num_graphs, 1)

    with pytest.raises(FloatingPointError, match="finite gradient at step 0"):
        fit(Bad, tiny.train, data, tiny.objective, tmp_path)
    assert not (tmp_path / "last.ckpt").exists()


@pytest.mark.parametrize("config", [SymmetrizeTrainConfig(epochs=3, batch_size=1000)])
def test_fewer_examples_than_a_batch(tmp_path: Path, tiny: Task, data: TaskData, config: SymmetrizeTrainConfig) -> None:
    result = fit(lambda: tiny.build("uniform+mlp", config, data), config, data, tiny.objective, tmp_path)
    assert result.steps == 3
