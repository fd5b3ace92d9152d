from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pyg_symbreak.cli.diffusion.compare_picture import draw


def record(method: str, **metrics: Any) -> dict[str, Any]:
    return {"data": "qm9", "method": method, "metrics": metrics}


def test_a_panel_a_metric(tmp_path: Path) -> None:
    records = [record(method, nll=nll, validity=0.9) for method in ("none", "sympe-exact") for nll in (70.0, 68.0)]
    draw(tmp_path / "a.png", records)
    draw(tmp_path / "b.png", [*records, record("noise", nll=69.0, fcd=0.3), record("uniform", validity=None)])
    with Image.open(tmp_path / "a.png") as two, Image.open(tmp_path / "b.png") as three:
        assert three.width > two.width + 300
        assert three.height > two.height
        assert len(set(two.convert("L").tobytes())) > 10


def test_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'draw' expected runs with one of nll, .* \(got 1 runs without\)"):
        draw(tmp_path / "a.png", [record("none", nll=None)])
    assert not (tmp_path / "a.png").exists()
