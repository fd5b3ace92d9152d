from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from lightning.pytorch.strategies import DDPStrategy

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import fit
from pyg_symbreak.training.steps.callbacks import StepEnd, StepProgress
from pyg_symbreak.training.steps.trainer import make_step_trainer
from pyg_symbreak.training.trainer import quiet_lightning


def test_what_the_trainer_is_made_of(tmp_path: Path, train_config: DiffusionTrainConfig) -> None:
    with quiet_lightning():
        one = make_step_trainer(train_config, 7, tmp_path, StepEnd(tmp_path, train_config), progress=True)
        two = make_step_trainer(
            replace(train_config, devices=2), 7, tmp_path, StepEnd(tmp_path, train_config), progress=False
        )
    assert one.max_steps == 7
    assert any(isinstance(callback, StepProgress) for callback in one.callbacks)
    assert not any(isinstance(callback, StepProgress) for callback in two.callbacks)
    assert isinstance(two.strategy, DDPStrategy)
    assert two.strategy.launcher is not None
    assert "MultiProcessing" in type(two.strategy.launcher).__name__


@pytest.mark.slow
def test_two_processes_agree_with_one_and_resume(
    tmp_path: Path, train_config: DiffusionTrainConfig, model_config: DiffusionConfig, data: DiffusionData
) -> None:
    one = fit(model_config, train_config, data, tmp_path / "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of spawned processes are not ours to judge
        shared = replace(train_config, devices=2)
        two = fit(model_config, shared, data, tmp_path / "2")
        part = fit(model_config, shared, data, tmp_path / "3", time_limit=0.0)
        assert (part.finished, part.steps) == (False, 10)
        rest = fit(model_config, shared, data, tmp_path / "3")
    assert two.val_nll == pytest.approx(one.val_nll, rel=0.1)
    assert [row["val_nll"] for row in rest.history if "val_nll" in row] == [
        row["val_nll"] for row in two.history if "val_nll" in row
    ]
