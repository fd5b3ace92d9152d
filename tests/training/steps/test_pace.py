from pathlib import Path

from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.steps.callbacks import StepEnd
from pyg_symbreak.training.steps.pace import OneProcess, Pace
from pyg_symbreak.training.steps.trainer import make_step_trainer
from pyg_symbreak.training.trainer import quiet_lightning


def test_one_process_has_all_that_the_trainer_asks_for(tmp_path: Path) -> None:
    pace = OneProcess(3, 6, 2.0, "cpu")
    asked = [name for name in vars(Pace) if not name.startswith("_")]
    assert len(asked) == 9
    assert all(hasattr(pace, name) and hasattr(DiffusionTrainConfig(), name) for name in asked)
    with quiet_lightning():
        trainer = make_step_trainer(pace, 5, tmp_path, StepEnd(tmp_path, pace))
    assert trainer.max_steps == 5
    assert trainer.world_size == 1
