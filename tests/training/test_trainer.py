from __future__ import annotations

import logging
import warnings
from pathlib import Path

import pytest

from pyg_symbreak.training.checkpoint import load_checkpoint
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.fit import fit
from pyg_symbreak.training.trainer import AtomicCheckpointIO, make_trainer, quiet_lightning


def test_checkpoints_pass_through_the_safe_reader(tmp_path: Path) -> None:
    plugin = AtomicCheckpointIO()
    plugin.save_checkpoint({"epoch": 1}, tmp_path / "a.ckpt")
    assert plugin.load_checkpoint(tmp_path / "a.ckpt") == load_checkpoint(tmp_path / "a.ckpt") == {"epoch": 1}
    (tmp_path / "a.ckpt").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"a\.ckpt.*corrupt"):
        plugin.load_checkpoint(tmp_path / "a.ckpt")


def test_the_trainer_writes_where_it_is_told(tmp_path: Path) -> None:
    with quiet_lightning():
        trainer = make_trainer(TrainConfig(epochs=3, gradient_clip=0.0), tmp_path / "run")
    assert trainer.max_epochs == 3
    assert trainer.gradient_clip_val is None
    assert Path(trainer.default_root_dir) == tmp_path / "run"
    assert trainer.log_dir is not None
    assert Path(trainer.log_dir) == tmp_path / "run"


def test_progress_tells_label_and_metrics(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], train_config, model_config, splits
) -> None:
    fit(train_config, model_config, splits, tmp_path, progress=True, label="er-0.25 noise seed 0")
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "er-0.25 noise seed 0" in shown.err
    assert "4/4" in shown.err
    assert "bce=" in shown.err


def test_without_progress_nothing_is_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], train_config, model_config, splits
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(train_config, model_config, splits, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_quiet_lightning_puts_the_levels_back() -> None:
    logger = logging.getLogger("lightning.pytorch")
    before = logger.level
    with quiet_lightning():
        assert logger.level == logging.ERROR
    assert logger.level == before
