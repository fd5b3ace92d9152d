from __future__ import annotations

import pytest
import torch

from pyg_symbreak.training.symmetrize.objective import (
    BALANCED,
    BINARY,
    MSE,
    MULTICLASS,
    MULTILABEL,
    average_precision,
    balanced_accuracy,
)


def test_binary() -> None:
    out, target = torch.tensor([[2.0], [-1.0], [1.0], [-3.0]]), torch.tensor([1, 0, 0, 0])
    assert BINARY.scores(out, target) == {"accuracy": 0.75}
    certain = torch.tensor([[30.0], [-30.0], [-30.0], [-30.0]])
    assert float(BINARY.loss(certain, target)) < 1e-6 < float(BINARY.loss(out, target))


def test_multiclass() -> None:
    out, target = torch.eye(3), torch.tensor([0, 1, 1])
    assert MULTICLASS.scores(out, target) == {"accuracy": pytest.approx(2 / 3)}
    assert float(MULTICLASS.loss(100 * out, torch.arange(3))) < 1e-6


def test_average_precision_is_that_of_the_definition() -> None:
    generator = torch.Generator().manual_seed(0)
    score = torch.randint(0, 6, (40, 3), generator=generator).float()  # with ties
    target = torch.randint(0, 2, (40, 3), generator=generator)
    expected = []
    for column in range(3):
        truth, before, total = target[:, column].bool(), 0.0, 0.0
        for threshold in sorted(set(score[:, column].tolist()), reverse=True):
            chosen = score[:, column] >= threshold
            recall = float((chosen & truth).sum() / truth.sum())
            total += (recall - before) * float((chosen & truth).sum() / chosen.sum())
            before = recall
        expected.append(total)
    assert average_precision(score, target) == pytest.approx(sum(expected) / 3)
    assert MULTILABEL.scores(score, target) == {"ap": pytest.approx(sum(expected) / 3)}


def test_classes_without_both_are_left_out() -> None:
    score, target = torch.tensor([[0.9, 0.1], [0.1, 0.2]]), torch.tensor([[1, 0], [0, 0]])
    assert average_precision(score, target) == 1
    with pytest.raises(ValueError, match="'average_precision' expected a class with positives and negatives"):
        average_precision(score, torch.ones(2, 2))


def test_balanced() -> None:
    # Three of class 0, one of class 1, all taken for class 0: half of the classes are recognised.
    out, target = torch.tensor([[1.0, 0.0]]).repeat(4, 1), torch.tensor([0, 0, 0, 1])
    assert balanced_accuracy(out, target) == 0.5
    assert BALANCED.scores(out, target) == {"accuracy": 0.5}
    constant = torch.zeros(4, 2, requires_grad=True)
    BALANCED.loss(constant, target).backward()
    assert constant.grad is not None
    assert constant.grad.sum(0).abs().max() < 1e-7, "rare and frequent classes pull alike"


def test_squared_error() -> None:
    assert MSE.scores(torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [3.0]])) == {"mse": 0.5}
    assert not MSE.larger
