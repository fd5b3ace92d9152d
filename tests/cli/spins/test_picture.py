from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pyg_symbreak.cli.spins.picture import LINES, PHASES, draw, mean_planes, mixed
from pyg_symbreak.training.spins.evaluate import packed
from pyg_symbreak.training.spins.methods import SPIN_METHODS


def record(method: str, seed: int = 0, **values: Any) -> dict[str, Any]:
    curve = {"step": [10, 20], "val_gap": [3.0, 0.0]}
    return {"method": method, "seed": seed, "status": "finished", "curve": curve, **values}


def phases(method: str, share: float, seed: int = 0) -> dict[str, Any]:
    plane = {name: packed(torch.full((3, 5), share * (name == "stripe_y"))) for name in PHASES}
    return record(method, seed, plane=plane, metrics={"recovered": 100 * share})


@pytest.mark.parametrize("methods", [("none",), tuple(SPIN_METHODS)])
def test_phase_diagrams(tmp_path: Path, methods: tuple[str, ...]) -> None:
    records = [phases(method, 0.5, seed) for method in methods for seed in (0, 1)]
    assert draw(tmp_path / "a.png", records, "phases", 4)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_glasses_have_no_phase_diagram(tmp_path: Path) -> None:
    solved = {f"solved_{count}": float(count) for count in (1, 4, 16, 64)}
    assert draw(tmp_path / "a.png", [record("noise", metrics=solved)], "glass", 8)


def test_nothing_to_draw(tmp_path: Path) -> None:
    assert not draw(tmp_path / "a.png", [{"method": "none", "status": "failed"}], "phases", 8)
    assert not (tmp_path / "a.png").exists()


def test_seeds_are_averaged() -> None:
    (grids,) = mean_planes([phases("noise", 0.2), phases("noise", 0.6, 1), record("none")]).values()
    assert torch.allclose(grids["stripe_y"], torch.full((3, 5), 0.4))


def test_colours_mix_with_white() -> None:
    image = mixed({"magnetisation": torch.tensor([[0.0, 1.0, 0.5]]), "stripe_x": torch.tensor([[0.0, 0.0, 0.5]])})
    orange, blue = np.array([230, 159, 0]) / 255, np.array([0, 114, 178]) / 255
    assert np.allclose(image[0], [[1, 1, 1], orange, (orange + blue) / 2])


def test_every_method_has_a_line_of_its_own() -> None:
    assert set(LINES) == set(SPIN_METHODS)
    assert len(set(LINES.values())) == len(LINES)
