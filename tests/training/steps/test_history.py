from __future__ import annotations

from pathlib import Path

import pytest

from pyg_symbreak.training.steps.history import history_csv, read_history

ROWS = [{"step": 5.0, "train_loss": 3.0}, {"step": 10.0, "train_loss": 2.0, "val_nll": 30.5, "val_nll_error": 0.5}]


def test_there_and_back(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(history_csv(ROWS))
    assert read_history(tmp_path / "metrics.csv") == ROWS


def test_files_that_are_no_history(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'read_history' expected 'path' to name the metrics\.csv .*No such file"):
        read_history(tmp_path / "missing.csv")
    (tmp_path / "text.csv").write_text("step\nfive\n")
    with pytest.raises(ValueError, match=r"'read_history' expected .*could not convert"):
        read_history(tmp_path / "text.csv")
