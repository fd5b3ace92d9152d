r"""The kernel of sorted values, multiplied with vectors without ever being written down."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.decay_sums import DecaySums
from pyg_symbreak.groups.ragged import node_batch


class SortedValues(NamedTuple):
    r"""Values that ascend within every graph.

    Attributes:
        value: The values, ``[N]`` float64.
        first: The first of the nodes of the same graph and exactly the same value, ``[N]``.
        last: The last of them, ``[N]``.
        gap: How far the value before lies below, ``[N]``; infinite for the first node of a graph.
        width: The number of nodes of the largest graph.
    """

    value: Tensor
    first: Tensor
    last: Tensor
    gap: Tensor
    width: int

    @classmethod
    def build(cls, value: Tensor, ptr: Tensor) -> SortedValues:
        r"""Look at values ``[N]`` that ascend within the graphs of ``ptr``.

        .. code-block:: python

            >>> SortedValues.build(torch.tensor([1.0, 1.0, 3.0, 0.0]), torch.tensor([0, 3, 4])).first
            tensor([0, 0, 2, 3])
        """
        value = value.detach()
        gap = torch.full_like(value, float("inf"))
        inside = node_batch(ptr).diff() == 0
        gap[1:] = torch.where(inside, value.diff(), gap[1:])
        place = torch.arange(value.numel(), device=value.device)
        first = torch.where(gap > 0, place, 0)
        last = torch.where(following(gap) > 0, place, value.numel())
        if value.numel() > 0:
            first, last = first.cummax(0).values, last.flip(0).cummin(0).values.flip(0)
        return cls(value, first, last, gap, int(ptr.diff().max()) if ptr.numel() > 1 else 0)


class Sums(NamedTuple):
    r"""Weighted sums over the nodes of the same graph, ``[N, C]`` each.

    Attributes:
        below: Over the nodes of smaller values.
        level: Over the nodes of exactly the same value.
        above: Over the nodes of larger values.
    """

    below: Tensor
    level: Tensor
    above: Tensor

    @property
    def total(self) -> Tensor:
        r"""Over all nodes."""
        return self.below + self.level + self.above


def kernel_sums(nodes: SortedValues, row: Tensor, column: Tensor, x: Tensor) -> Sums:
    r"""Multiply a scaled kernel of sorted values with vectors.

    .. math::
        y_p = \sum_q S_{p q} \, x_q, \qquad S_{p q} = e^{r_p + c_q - |v_p - v_q|}

    For sorted values the exponential of the distance to a node is that to its neighbour, times a decay on the way. The
    sums therefore run along the nodes, in :math:`O(n \log n)` operations, and no matrix is needed.

    Args:
        nodes: The values :math:`v`.
        row: The potentials :math:`r`, ``[N]`` float64; between two nodes they may differ by no more than the values do
            (those of a Sinkhorn sweep never do), or the sums overflow.
        column: The potentials :math:`c`, ``[N]`` float64.
        x: The vectors, ``[N, C]``.

    .. code-block:: python

        >>> nodes = SortedValues.build(torch.tensor([0.0, 2.0]).double(), torch.tensor([0, 2]))
        >>> none = torch.zeros(2).double()
        >>> kernel_sums(nodes, none, none, torch.eye(2)).total
        tensor([[1.0000, 0.1353],
                [0.1353, 1.0000]])
    """
    own = (row + column).exp().to(x.dtype).unsqueeze(1) * x
    step = torch.nn.functional.pad(row.diff(), (1, 0))[: row.numel()]
    up, down = (step - nodes.gap).exp(), (-following(step, 0.0) - following(nodes.gap)).exp()
    low, high = DecaySums(up.to(x.dtype), down.to(x.dtype), nodes.width).sides(own)
    below, above = low[nodes.first], high[nodes.last]
    return Sums(below, own + (low - below) + (high - above), above)


def following(x: Tensor, end: float = float("inf")) -> Tensor:
    """What stands at the next node, ``end`` at the last."""
    return torch.nn.functional.pad(x[1:], (0, 1), value=end)[: x.numel()]
