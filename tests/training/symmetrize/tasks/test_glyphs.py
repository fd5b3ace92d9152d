from __future__ import annotations

import pytest
import torch

from pyg_symbreak.groups import FiniteOrthogonal, PointGroup
from pyg_symbreak.training.symmetrize.tasks import glyphs
from pyg_symbreak.training.symmetrize.tasks.glyphs import BACKBONES, DRAWS, TASK


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_method(draw: str, backbone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_COUNTS", {"train": 6, "val": 6, "test": 6})
    data = TASK.data(None, 0)
    images, labels = data.test.batch(torch.arange(6))
    model = TASK.build(f"{draw}+{backbone}", TASK.train, data).eval()
    turn = FiniteOrthogonal.random(torch.arange(7), PointGroup.dihedral(4))
    with torch.no_grad():
        out, other = model(images), model(turn.act_dense(images))
    assert out.shape == (len(labels), 10)
    if draw in ("energy", "group-averaging"):
        torch.testing.assert_close(other, out, rtol=1e-4, atol=1e-4)
    if draw == "none":
        assert not torch.allclose(other, out, atol=1e-2)
