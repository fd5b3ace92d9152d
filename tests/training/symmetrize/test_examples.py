from __future__ import annotations

import itertools

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.training.symmetrize.examples import (
    GraphExamples,
    StepBatches,
    TaskData,
    TensorExamples,
    batches,
)


def graphs() -> list[Data]:
    edge = torch.tensor([[0, 1], [1, 0]])
    return [Data(x=torch.full((n, 1), float(n)), edge_index=edge, y=torch.tensor([n])) for n in (2, 3, 4, 5, 6)]


def test_graphs_are_joined_by_number() -> None:
    batch, target = GraphExamples(graphs()).batch(torch.tensor([3, 0]))
    expected = Batch.from_data_list([graphs()[3], graphs()[0]])
    assert torch.equal(batch.x, expected.x)
    assert torch.equal(batch.edge_index, expected.edge_index)
    assert torch.equal(target, torch.tensor([5, 2]))


def test_a_target_of_ones_own() -> None:
    examples = GraphExamples(graphs(), lambda batch: batch.x[:, 0])
    assert examples.batch(torch.tensor([0]))[1].tolist() == [2, 2]


def test_all_examples_in_their_order() -> None:
    examples = TensorExamples(torch.arange(5), torch.arange(5) + 10)
    assert [(x.tolist(), y.tolist()) for x, y in batches(examples, 2)] == [
        ([0, 1], [10, 11]),
        ([2, 3], [12, 13]),
        ([4], [14]),
    ]


def test_steps_visit_everything_and_can_be_taken_up_anywhere() -> None:
    examples = TensorExamples(torch.arange(6), torch.arange(6))
    steps = [x.tolist() for x, _ in itertools.islice(StepBatches(examples, 2, seed=3), 9)]
    for epoch in range(3):
        assert sorted(i for step in steps[3 * epoch : 3 * epoch + 3] for i in step) == list(range(6))
    assert len({str(steps[i : i + 3]) for i in (0, 3, 6)}) > 1, "every epoch in an order of its own"
    later = [x.tolist() for x, _ in itertools.islice(StepBatches(examples, 2, seed=3, start=4), 5)]
    assert later == steps[4:]
    other = [x.tolist() for x, _ in itertools.islice(StepBatches(examples, 2, seed=4), 9)]
    assert other != steps


def test_the_fingerprint_tells_targets_apart() -> None:
    def data(last: int) -> TaskData:
        some = TensorExamples(torch.zeros(3, 2), torch.tensor([1, 2, last]))
        return TaskData(some, some, some)

    assert data(3).fingerprint() == data(3).fingerprint() != data(4).fingerprint()
