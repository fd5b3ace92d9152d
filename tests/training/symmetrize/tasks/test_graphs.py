from __future__ import annotations

import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import TaskData
from pyg_symbreak.training.symmetrize.tasks.graphs import GraphModels, crossed, folder


@pytest.mark.parametrize("output", ["graph", "node"])
@pytest.mark.parametrize("name", ["mlp", "gin-id", "transformer"])
def test_the_exact_draw_makes_any_backbone_equivariant(name: str, output: str, data: TaskData) -> None:
    models = GraphModels(1, 2, 6, {name: {}}, output=output)
    model = models(f"exact+{name}", SymmetrizeTrainConfig(draws=2, test_draws=3), None).eval()
    assert isinstance(model, Symmetrize)
    assert model.num_draws_eval == 3
    batch, _ = data.train.batch(torch.arange(6))
    moved = Permutation.random(batch.ptr)
    with torch.no_grad():
        out, other = model(batch), model(moved.act_data(batch))
    if output == "graph":
        torch.testing.assert_close(other, out)
        plain = models(f"none+{name}", SymmetrizeTrainConfig(), None)
        assert not torch.allclose(plain(batch), plain(moved.act_data(batch)))
    else:
        assert out.shape == other.shape == (36, 2)


def test_names() -> None:
    assert crossed(("none", "lps"), {"mlp": {}, "gin-id": {}}) == ("none+mlp", "lps+mlp", "none+gin-id", "lps+gin-id")
    assert folder("a", "data", "b") == "data/b"
    with pytest.raises(ValueError, match=r"'a' expected '--root', the folder above 'b/raw' with c \(got none\)"):
        folder("a", None, "b", "c")
