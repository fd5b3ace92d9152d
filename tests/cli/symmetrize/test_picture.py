from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyg_symbreak.cli.symmetrize.picture import draw


def row(method: str, draws: int, mean: float, deviation: float | None = None) -> dict[str, Any]:
    return {"method": method, "draws": draws, "accuracy": [mean, deviation], "loss": [1.0, None]}


@pytest.mark.parametrize("counts", [(1,), (1, 2, 10)])
def test_lines_or_bars(tmp_path: Path, counts: tuple[int, ...]) -> None:
    summary = {f"{m} {k}": row(m, k, 0.5 + 0.01 * k, 0.1) for m in ("lps+mlp", "uniform+mlp") for k in counts}
    summary["exact+mlp"] = row("exact+mlp", 1, 1.0)
    assert draw(tmp_path / "a.png", summary, "exp: a title")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_to_draw(tmp_path: Path) -> None:
    assert not draw(tmp_path / "a.png", {"a": {"method": "lps+mlp", "draws": 1, "runs": 0}})
    assert not (tmp_path / "a.png").exists()
