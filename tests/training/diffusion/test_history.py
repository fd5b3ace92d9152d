from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from pyg_symbreak.training.diffusion.history import draw_history
from pyg_symbreak.training.steps.history import history_csv

ROWS = [
    {"step": 5.0, "train_loss": 3.0, "train_node": 1.0, "train_pair": 0.4},
    {"step": 10.0, "train_loss": 2.0, "train_node": 0.9, "train_pair": 0.2, "val_nll": 30.5, "val_nll_error": 0.5},
]


def test_a_picture_of_a_run(tmp_path: Path) -> None:
    for number, rows in enumerate((ROWS, ROWS[:1], [{"step": 1.0, "train_loss": math.nan}])):
        (tmp_path / "metrics.csv").write_text(history_csv(rows))
        picture = tmp_path / f"{number}.png"
        draw_history(tmp_path / "metrics.csv", picture)
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size > 5000


def test_files_that_are_no_history(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"no column 'step'"):
        draw_history(tmp_path / "other.csv", tmp_path / "other.png")


def test_matplotlib_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"'draw_history' expected matplotlib .*pyg_symbreak\[train\]"):
        draw_history(tmp_path / "a.csv", tmp_path / "a.png")
