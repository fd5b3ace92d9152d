from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pyg_symbreak.training.symmetrize.tasks import pattern
from pyg_symbreak.training.symmetrize.tasks.pattern import PUBLISHED, SMALL


def test_the_made_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pattern.PatternGraphs
    monkeypatch.setattr(pattern, "PatternGraphs", lambda split, num_graphs, sizes: made(None, split, 6, sizes=sizes))
    data = SMALL.data(None, 0)
    batch, target = data.train.batch(torch.arange(6))
    assert batch.x.shape == (len(target), 3)
    assert set(target.tolist()) == {0, 1}
    assert int(batch.ptr.diff().max()) <= 72
    for method in ("exact+gin-id", "lps+transformer"):
        out = SMALL.build(method, SMALL.train, data)(batch)
        assert out.shape == (len(target), 2)


def test_the_published_file_is_placed_by_hand(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'pattern-small' makes graphs by the same recipe"):
        PUBLISHED.data(None, 0)
    with pytest.raises(FileNotFoundError, match="PATTERN_v2"):
        PUBLISHED.data(str(tmp_path), 0)
