from __future__ import annotations

import torch

from pyg_symbreak.training.symmetrize.tasks.csl_classify import TASK


def test_seeds_are_folds() -> None:
    folds = [TASK.data(None, seed) for seed in (0, 1, 5)]
    assert [len(part) for part in (folds[0].train, folds[0].val, folds[0].test)] == [90, 30, 30]
    first, second, again = (data.test.batch(torch.arange(30))[0].edge_index for data in folds)
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_the_canonical_form_tells_the_families_apart() -> None:
    model = TASK.build("exact+mlp", TASK.train, TASK.data(None, 0)).eval()
    batch, target = TASK.data(None, 0).val.batch(torch.arange(30))
    with torch.no_grad():
        out = model(batch)
    assert len(torch.unique((1e4 * out).round(), dim=0)) == len(target.unique()) == 10
