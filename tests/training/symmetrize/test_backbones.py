from __future__ import annotations

import pytest
import torch

from pyg_symbreak.training.symmetrize.backbones import BACKBONES, graph_backbone
from pyg_symbreak.training.symmetrize.examples import TaskData


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("output", ["graph", "node"])
def test_every_backbone(name: str, output: str, data: TaskData) -> None:
    batch, _ = data.train.batch(torch.arange(4))
    out = graph_backbone(name, 1, 3, 8, output)(batch)
    assert out.shape == (4 if output == "graph" else 24, 3)


def test_an_unknown_backbone() -> None:
    with pytest.raises(ValueError, match=r"'graph_backbone' expected 'name' among mlp, gin-id, .* \(got 'cnn'\)"):
        graph_backbone("cnn", 1, 1, 8)
