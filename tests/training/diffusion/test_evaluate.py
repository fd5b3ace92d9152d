from __future__ import annotations

import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.counts import model_for
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.evaluate import evaluate
from pyg_symbreak.training.diffusion.sampling import SampleConfig


def test_likelihood_samples_and_scores(model_config: DiffusionConfig, data: DiffusionData) -> None:
    model = model_for(model_config, data.train)
    done: list[int] = []
    found = evaluate(
        model,
        data.val,
        SampleConfig(5, batch_size=4, steps=3),
        lambda graphs, config: {"sizes": graphs.num_nodes.tolist()},
        num_draws=1,
        progress=done.append,
    )
    assert found.likelihood is not None
    assert found.likelihood.num_graphs == 20
    assert found.samples is not None
    assert found.scores == {"sizes": found.samples.num_nodes.tolist()}
    assert sum(done) == 25
    assert model.training


def test_each_part_can_be_left_out(model_config: DiffusionConfig, data: DiffusionData) -> None:
    model = model_for(model_config, data.train)
    found = evaluate(model, sample=SampleConfig(2, steps=2))
    assert found.likelihood is None
    assert found.scores == {}
    found = evaluate(model, data.val, num_draws=1)
    assert found.samples is None
    assert found.likelihood is not None
    assert torch.isfinite(torch.tensor(found.likelihood.nll))
