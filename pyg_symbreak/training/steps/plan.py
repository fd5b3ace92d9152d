r"""Which graphs each step of a run sees: a function of the seed and of the number of the step alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.training.config import stream_seed


class BatchPlan:
    r"""Shuffled batches of one size and of a few paddings, so that a run can be taken up at any step.

    Every epoch visits every graph. Within each bucket the order is drawn afresh; what does not fill a batch joins the
    next wider bucket, and what is left at the end is filled up with graphs drawn from all. The batches then come in
    random order. With more graphs than ``batch_size`` all batches have that many.

    Args:
        counts: The number of graphs of each bucket, in the order of their numbers.
        widths: The paddings of the buckets, in ascending order.
        batch_size: Graphs a batch.
        seed: The seed of the run.
        world_size: What the size of a batch has to be a multiple of.

    Raises:
        ValueError: If there are no graphs.

    .. code-block:: python

        >>> plan = BatchPlan([3, 5], [4, 9], batch_size=4, seed=0)
        >>> plan.steps_per_epoch
        2
        >>> sorted(int(i) for step in (0, 1) for i in plan.at(step)[0])
        [0, 1, 2, 3, 4, 5, 6, 7]
    """

    def __init__(
        self, counts: Sequence[int], widths: Sequence[int], batch_size: int, seed: int, world_size: int = 1
    ) -> None:
        self.counts, self.widths, self.seed = list(counts), list(widths), seed
        self.total = sum(counts)
        if self.total == 0:
            raise ValueError("'BatchPlan' expected at least one graph (got 0)")
        # Fewer graphs than a batch: all of them, and a few again where the processes want equal shares.
        self.batch_size = min(batch_size, self.total + -self.total % world_size)
        self.steps_per_epoch = -(-self.total // self.batch_size)
        self._epoch = -1
        self._batches: list[tuple[Tensor, int]] = []

    def at(self, step: int) -> tuple[Tensor, int]:
        r"""Return the numbers of the graphs of a step, ``[batch_size]``, and their padding."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._draw(epoch)
        return self._batches[place]

    def _draw(self, epoch: int) -> list[tuple[Tensor, int]]:
        generator = torch.Generator().manual_seed(stream_seed(self.seed, "order", epoch))
        batches: list[tuple[Tensor, int]] = []
        rest, start = torch.empty(0, dtype=torch.long), 0
        for count, width in zip(self.counts, self.widths):
            pool = torch.cat([rest, start + torch.randperm(count, generator=generator)])
            start += count
            full = pool.numel() // self.batch_size * self.batch_size
            batches += [(index, width) for index in pool[:full].view(-1, self.batch_size)]
            rest = pool[full:]
        if rest.numel():
            more = torch.randint(self.total, (self.batch_size - rest.numel(),), generator=generator)
            batches.append((torch.cat([rest, more]), self.widths[-1]))
        return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]
