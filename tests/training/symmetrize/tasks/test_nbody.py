from __future__ import annotations

from typing import Any

import pytest
import torch

from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.symmetrize.tasks import nbody
from pyg_symbreak.training.symmetrize.tasks.nbody import TASK

METHODS = (*TASK.methods, "uniform+transformer", "none+transformer")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = nbody.NBody
    monkeypatch.setattr(nbody, "NBody", lambda root, split: whole(root, split, num_train=4, num_eval=4))


def test_every_method(few: None) -> None:
    data = TASK.data(None, 0)
    batch, target = data.train.batch(torch.arange(4))
    assert target.shape == (20, 3)
    for method in METHODS:
        out = TASK.build(method, TASK.train, data).eval()(batch)
        assert out.shape == target.shape
        assert out.isfinite().all()


def test_numbers_of_draws(few: None) -> None:
    built: dict[str, Any] = {method: TASK.build(method, TASK.train, TASK.data(None, 0)) for method in METHODS}
    assert built["lps+transformer"].num_draws_eval == 20
    assert built["learned+gnn"].num_draws_eval == 1, "canonicalization draws once"
    assert built["frame-averaging+gnn"].num_draws_eval == "all"
    assert not isinstance(built["none+egnn"], Symmetrize)
