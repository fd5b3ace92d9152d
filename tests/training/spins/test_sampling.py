from __future__ import annotations

import torch

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.models.spins import SpinModel
from pyg_symbreak.training.spins.sampling import sampled
from pyg_symbreak.training.spins.tasks import SpinTask


def test_seeds_decide_and_nothing_else_changes(tiny: SpinTask) -> None:
    examples = tiny.examples("test", 4)
    model = SpinModel("noise", LatticeGroup.p4m(4), width=2, num_layers=1)
    model.train()
    before = torch.get_rng_state()
    runs = [
        torch.cat([spins for _, spins in sampled(model, examples, 3, seed=seed, stream=stream, size=5)], dim=1)
        for seed, stream in ((0, "a"), (0, "a"), (1, "a"), (0, "b"))
    ]
    assert runs[0].shape == (3, 12, 4, 4)
    assert runs[0].dtype == torch.int8
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
    assert not torch.equal(runs[0], runs[3])
    assert torch.equal(torch.get_rng_state(), before)
    assert model.training
