r"""What a task is trained for and scored by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Objective:
    r"""A loss, and the scores of all predictions together.

    Args:
        loss: From predictions and targets of a batch to a scalar.
        scores: From all predictions and all targets to named numbers, of which the first is what tables show.
        larger: Whether the first score is better the larger it is.
        num_outputs: The number of outputs a target needs; 0 if the task tells.

    .. code-block:: python

        >>> BINARY.scores(torch.tensor([[0.5], [-2.0]]), torch.tensor([[1], [1]]))
        {'accuracy': 0.5}
    """

    loss: Callable[[Tensor, Tensor], Tensor]
    scores: Callable[[Tensor, Tensor], dict[str, float]]
    larger: bool = True
    num_outputs: int = 0


def average_precision(score: Tensor, target: Tensor) -> float:
    r"""The mean over classes of the average precision, as the Peptides-func benchmark has it.

    .. math::
        \mathrm{AP} = \sum_n (R_n - R_{n-1}) P_n

    over the distinct thresholds of a class; a class without positives, or without negatives, is left out.

    Args:
        score: ``[M, C]``.
        target: ``[M, C]``, 0 or 1.

    Raises:
        ValueError: If there is no class with both.

    .. code-block:: python

        >>> round(average_precision(torch.tensor([[0.1], [0.4], [0.35], [0.8]]), torch.tensor([[0], [0], [1], [1]])), 4)
        0.8333
    """
    found = []
    for one, truth in zip(score.double().unbind(1), target.bool().unbind(1)):
        positives = int(truth.sum())
        if 0 < positives < truth.numel():
            order = one.argsort(descending=True)
            hits = truth[order].double().cumsum(0)
            seen = torch.arange(1, hits.numel() + 1, dtype=torch.float64, device=hits.device)
            last = torch.ones_like(truth)  # the last of equal scores: they pass a threshold together
            last[:-1] = one[order].diff() != 0
            recall = hits[last] / positives
            gained = torch.diff(recall, prepend=recall.new_zeros(1))
            found.append(float((gained * hits[last] / seen[last]).sum()))
    if not found:
        raise ValueError("'average_precision' expected a class with positives and negatives (got none)")
    return sum(found) / len(found)


def balanced_accuracy(score: Tensor, target: Tensor) -> float:
    r"""The mean over the classes that there are of the share of their members that is recognised.

    Args:
        score: ``[M, C]``.
        target: ``[M]``, int64.

    .. code-block:: python

        >>> balanced_accuracy(torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 0, 1]))
        0.5
    """
    right = (score.argmax(1) == target).double()
    count = torch.bincount(target).double()
    share = torch.bincount(target, weights=right) / count
    return float(share[count > 0].mean())


def _binary_loss(out: Tensor, target: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(out, target.view_as(out).to(out.dtype))


def _weighted_loss(out: Tensor, target: Tensor) -> Tensor:
    # Every class weighs as much as the others, as the benchmark of PATTERN has it.
    count = torch.bincount(target, minlength=out.size(1))
    weight = (target.numel() - count).to(out.dtype) / target.numel() * (count > 0)
    return F.cross_entropy(out, target, weight)


BINARY = Objective(
    _binary_loss, lambda out, target: {"accuracy": float(((out > 0) == target.view_as(out).bool()).double().mean())}
)
r"""Two classes, one logit."""

MULTICLASS = Objective(
    F.cross_entropy, lambda out, target: {"accuracy": float((out.argmax(1) == target).double().mean())}
)
r"""Several classes, a logit each."""

BALANCED = Objective(_weighted_loss, lambda out, target: {"accuracy": balanced_accuracy(out, target)})
r"""Several classes of different frequency that all weigh the same."""

MULTILABEL = Objective(_binary_loss, lambda out, target: {"ap": average_precision(out, target)})
r"""Several properties that are there or not, a logit each."""

MSE = Objective(F.mse_loss, lambda out, target: {"mse": float((out - target).double().square().mean())}, larger=False)
r"""Numbers, by their squared error."""
