from __future__ import annotations

import pytest
import torch

from pyg_symbreak.training.steps.plan import BatchPlan


def test_every_epoch_sees_every_graph() -> None:
    plan = BatchPlan([10, 3, 20], [4, 6, 9], batch_size=8, seed=0)
    assert plan.steps_per_epoch == 5
    starts = torch.tensor([0, 10, 13])
    for epoch in range(3):
        batches = [plan.at(epoch * 5 + i) for i in range(5)]
        assert all(index.numel() == 8 for index, _ in batches)
        assert torch.cat([index for index, _ in batches]).unique().tolist() == list(range(33))
        for index, width in batches:
            bucket = torch.bucketize(index, starts, right=True) - 1
            assert bool((torch.tensor([4, 6, 9])[bucket] <= width).all()), "every graph fits"


def test_any_step_can_be_asked_for() -> None:
    one, other = (BatchPlan([30], [5], batch_size=4, seed=7) for _ in range(2))
    forwards = [one.at(step)[0].tolist() for step in range(20)]
    backwards = [other.at(step)[0].tolist() for step in reversed(range(20))]
    assert forwards == backwards[::-1]
    assert forwards[:8] != forwards[8:16]
    assert forwards != [BatchPlan([30], [5], batch_size=4, seed=8).at(step)[0].tolist() for step in range(20)]


def test_fewer_graphs_than_a_batch() -> None:
    plan = BatchPlan([3, 2], [4, 6], batch_size=64, seed=0)
    assert plan.steps_per_epoch == 1
    assert sorted(plan.at(0)[0].tolist()) == [0, 1, 2, 3, 4]
    shared = BatchPlan([3, 2], [4, 6], batch_size=64, seed=0, world_size=2)
    assert shared.at(0)[0].numel() == 6
    assert shared.at(0)[0].unique().numel() == 5


def test_graphs_of_all_buckets_are_seen_alike() -> None:
    # 1 of 100 graphs is large; over 200 epochs of 13 steps each graph is seen 200 times and 4/100 times more an epoch.
    plan = BatchPlan([99, 1], [4, 9], batch_size=8, seed=1)
    seen = torch.zeros(100, dtype=torch.long)
    for step in range(200 * plan.steps_per_epoch):
        seen += torch.bincount(plan.at(step)[0], minlength=100)
    assert int(seen.min()) >= 200
    # Binomial(800, 0.01) is above 30 with a probability below 1e-8 for each of the graphs.
    assert int(seen.max()) <= 230


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"'BatchPlan' expected at least one graph \(got 0\)"):
        BatchPlan([], [], 4, 0)
