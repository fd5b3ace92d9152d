r"""Sums over lists of rows, such as the neighbours of a node or the nodes of a graph, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Bags:
    r"""A sparse matrix of zeros and ones, as lists of columns (the bags) and, transposed, as lists of rows.

    Attributes:
        index: The rows of the input that are summed, bag after bag.
        offsets: Where every bag begins, and the end, ``[num_bags + 1]``.
        index_t: The bags that hold a row of the input, row after row.
        offsets_t: Where the bags of every row begin, and the end, ``[num_rows + 1]``.
        size: The lengths of the bags where sums are to be means, ``[num_bags, 1]``.
    """

    index: Tensor
    offsets: Tensor
    index_t: Tensor
    offsets_t: Tensor
    size: Tensor

    @classmethod
    def of_pairs(cls, row: Tensor, bag: Tensor, num_rows: int, num_bags: int) -> Bags:
        r"""Put every row of a list of pairs into its bag; the rows of a bag keep the order of the list.

        .. code-block:: python

            >>> bags = Bags.of_pairs(torch.tensor([0, 2, 1]), torch.tensor([1, 0, 1]), num_rows=3, num_bags=2)
            >>> bags.sum(torch.tensor([[1.0], [10.0], [100.0]])).view(-1)
            tensor([100.,  11.])
        """
        index, offsets = _grouped(row, bag, num_bags)
        return cls(index, offsets, *_grouped(bag, row, num_rows), offsets.diff().unsqueeze(1))

    def sum(self, x: Tensor, mean: bool = False) -> Tensor:
        r"""Sum, or average, the rows of every bag: ``[num_rows, C]`` → ``[num_bags, C]``; zero for an empty bag."""
        scale = self._scale(x) if mean else None
        return _apply(x, self.index, self.offsets, self.index_t, self.offsets_t, None, scale)

    def spread(self, x: Tensor) -> Tensor:
        r"""Add the value of every bag to all rows it holds: ``[num_bags, C]`` → ``[num_rows, C]``."""
        return _apply(x, self.index_t, self.offsets_t, self.index, self.offsets, None, None)

    def _scale(self, x: Tensor) -> Tensor:
        return self.size.clamp(min=1).to(x.dtype).reciprocal()


def _grouped(values: Tensor, by: Tensor, num_groups: int) -> tuple[Tensor, Tensor]:
    """The values sorted by their group, and where the groups begin and end."""
    counts = torch.bincount(by, minlength=num_groups)
    return values[torch.argsort(by, stable=True)], torch.nn.functional.pad(counts.cumsum(0), (1, 0))


class _Sum(torch.autograd.Function):
    """Sums whose gradient is a sum of the same kind, by the transposed lists: no atomic additions, on any device."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        index: Tensor,
        offsets: Tensor,
        index_t: Tensor,
        offsets_t: Tensor,
        scale_in: Tensor | None,
        scale_out: Tensor | None,
    ) -> Tensor:
        ctx.save_for_backward(index, offsets, index_t, offsets_t, scale_in, scale_out)
        return _sum(x if scale_in is None else x * scale_in, index, offsets, scale_out)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        index, offsets, index_t, offsets_t, scale_in, scale_out = ctx.saved_tensors
        grad = _apply(grads[0], index_t, offsets_t, index, offsets, scale_out, scale_in)
        return (grad, None, None, None, None, None, None)


_apply: Callable[..., Tensor] = _Sum.apply


def _sum(x: Tensor, index: Tensor, offsets: Tensor, scale: Tensor | None) -> Tensor:
    if index.numel() == 0:
        return x.new_zeros(offsets.numel() - 1, x.size(1))
    out = torch.nn.functional.embedding_bag(
        index, x.detach().contiguous(), offsets, mode="sum", include_last_offset=True
    )
    return out if scale is None else out.mul_(scale)
