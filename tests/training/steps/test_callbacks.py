from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import fit
from pyg_symbreak.training.steps import callbacks


def saved_steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    steps: list[int] = []
    save = callbacks.Trainer.save_checkpoint

    def counted(self: callbacks.Trainer, path: Path) -> None:
        steps.append(self.global_step)
        save(self, path)

    monkeypatch.setattr(callbacks.Trainer, "save_checkpoint", counted)
    return steps


@pytest.mark.parametrize(
    ("every", "minutes", "expected"),
    [(4, 0.0, [4, 8, 10]), (0, 0.0, [10]), (0, 1e-9, list(range(1, 11))), (10, 5.0, [10])],
)
def test_checkpoints_by_steps_and_by_the_clock(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
    every: int,
    minutes: float,
    expected: list[int],
) -> None:
    steps = saved_steps(monkeypatch)
    config = replace(train_config, max_steps=10, checkpoint_every=every, checkpoint_minutes=minutes)
    fit(model_config, config, data, tmp_path)
    assert steps == expected


def test_progress_tells_steps_and_likelihood(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    fit(model_config, train_config, data, tmp_path, True, label="trees")
    text = screen.getvalue()
    assert "trees" in text
    assert "20/20" in text
    assert "val_nll=" in text
