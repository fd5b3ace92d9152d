from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.training.symmetrize.tasks import exp_classify
from pyg_symbreak.training.symmetrize.tasks.exp_classify import TASK


def test_the_splits_of_the_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    def exp(root: str, split: str) -> list[Data]:
        seen.append((root, split))
        edge = torch.tensor([[0, 1], [1, 0]])
        return [Data(x=torch.zeros(2, 1), edge_index=edge, y=torch.tensor([len(seen)]))] * 3

    monkeypatch.setattr(exp_classify, "EXP", exp)
    data: Any = TASK.data(str(tmp_path), 0)
    assert seen == [(f"{tmp_path}/exp", split) for split in ("train", "val", "test")]
    assert [part.batch(torch.arange(1))[1].item() for part in (data.train, data.val, data.test)] == [1, 2, 3]
    model = TASK.build("lps+gin-id", TASK.train, data)
    assert model(data.train.batch(torch.arange(3))[0]).shape == (3, 1)


def test_it_says_where_the_file_goes() -> None:
    with pytest.raises(ValueError, match="'exp-classify' expected '--root', the folder above 'exp/raw'"):
        TASK.data(None, 0)
