r"""The examples of a split: joined to batches by number, each with its target."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data, InMemoryDataset

from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.loader import InMemoryLoader
from pyg_symbreak.training.steps.plan import BatchPlan

Pair = tuple[Any, Tensor]


class GraphExamples:
    r"""Graphs, with what is to be predicted of them.

    Args:
        dataset: An in-memory data set or a sequence of graphs.
        target: From a batch to the target; ``batch.y`` by default.

    .. code-block:: python

        >>> graphs = [Data(x=torch.ones(n, 1), y=torch.tensor([n])) for n in (2, 3)]
        >>> batch, target = GraphExamples(graphs).batch(torch.tensor([1, 0]))
        >>> batch.ptr.tolist(), target.tolist()
        ([0, 3, 5], [3, 2])
    """

    def __init__(
        self, dataset: InMemoryDataset | Sequence[Data], target: Callable[[Any], Tensor] | None = None
    ) -> None:
        self._loader, self._target = InMemoryLoader(dataset), target

    def __len__(self) -> int:
        return len(self._loader.dataset)

    def batch(self, index: Tensor) -> Pair:
        r"""Join some examples, ``index [k]``, and return them with their targets."""
        batch = self._loader.batch(index)
        return batch, batch.y if self._target is None else self._target(batch)


class TensorExamples:
    r"""Rows of a tensor, such as images or grids.

    Args:
        x: The inputs, ``[M, …]``.
        y: The targets, ``[M, …]``.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def batch(self, index: Tensor) -> Pair:
        r"""Take some examples, ``index [k]``, with their targets."""
        return self.x[index], self.y[index]


Examples = GraphExamples | TensorExamples


@dataclass(frozen=True)
class TaskData:
    r"""What a model is fitted to, what decides on its best step, and what it is tested on.

    Args:
        train: The training examples.
        val: The validation examples.
        test: The test examples.
    """

    train: Examples
    val: Examples
    test: Examples

    def fingerprint(self) -> str:
        r"""Sixteen hexadecimal digits that tell the targets, in their order, from others."""
        digest = hashlib.sha256()
        for examples in (self.train, self.val, self.test):
            target = examples.batch(torch.arange(len(examples)))[1]
            digest.update(repr(tuple(target.shape)).encode())
            digest.update(target.detach().contiguous().cpu().numpy().data)
        return digest.hexdigest()[:16]


def batches(examples: Examples, batch_size: int) -> Iterator[Pair]:
    r"""Goes through all examples in their order.

    Args:
        examples: The examples.
        batch_size: Examples a batch; the last one may be smaller.
    """
    for index in torch.split(torch.arange(len(examples)), batch_size):
        yield examples.batch(index)


class StepBatches:
    r"""The batches of a run without end, from a given step on: a function of the seed and of the step.

    Args:
        examples: The training examples.
        batch_size: Examples a step; all, if there are fewer.
        seed: The seed of the run.
        start: The first step.

    .. code-block:: python

        >>> examples = TensorExamples(torch.arange(5), torch.arange(5))
        >>> whole, rest = iter(StepBatches(examples, 2, seed=0)), iter(StepBatches(examples, 2, seed=0, start=2))
        >>> steps = [next(whole)[0].tolist() for _ in range(3)]
        >>> steps[2] == next(rest)[0].tolist()
        True
    """

    def __init__(self, examples: Examples, batch_size: int, seed: int, start: int = 0) -> None:
        self.examples, self.start = examples, start
        self.plan = BatchPlan([len(examples)], [0], batch_size, stream_seed(seed, "plan"))

    def __iter__(self) -> Iterator[Pair]:
        step = self.start
        while True:
            yield self.examples.batch(self.plan.at(step)[0])
            step += 1
