from __future__ import annotations

import pytest
import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.counts import model_for
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.nll import nll


def test_means_over_graphs(model_config: DiffusionConfig, data: DiffusionData) -> None:
    assert data.val is not None
    model = model_for(model_config, data.train)
    state = torch.get_rng_state()
    found = nll(model, data.val, num_draws=2, batch_size=6)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert found == nll(model, data.val, num_draws=2, batch_size=6)
    assert found != nll(model, data.val, num_draws=2, batch_size=6, seed=1)
    assert found.num_graphs == 20
    assert 0 < found.nll < found.nll_digress
    assert 0 < found.error < found.nll


def test_processes_agree_with_one(model_config: DiffusionConfig, data: DiffusionData) -> None:
    assert data.val is not None
    model = model_for(model_config, data.train)
    whole = nll(model, data.val, num_draws=1, batch_size=6)
    kept: list[torch.Tensor] = []

    def keep(sums: torch.Tensor) -> torch.Tensor:
        kept.append(sums.clone())
        return sums

    for rank in range(2):
        nll(model, data.val, num_draws=1, batch_size=6, rank=rank, world_size=2, reduce=keep)
    total = nll(model, data.val, num_draws=1, batch_size=6, rank=5, world_size=9, reduce=lambda _: sum(kept))  # type: ignore[arg-type,return-value]
    assert total.num_graphs == whole.num_graphs
    assert total.nll == pytest.approx(whole.nll)
    assert total.error == pytest.approx(whole.error)


def test_progress_counts_graphs(model_config: DiffusionConfig, data: DiffusionData) -> None:
    assert data.val is not None
    done: list[int] = []
    nll(model_for(model_config, data.train), data.val, num_draws=1, progress=done.append)
    assert sum(done) == 20
