r"""Between the rows of a ragged batch and padded blocks, one a graph."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import node_batch, segment_arange


class Padding:
    r"""Lays the nodes of a batch out as blocks ``[B, n, …]``, :math:`n` being the size of the largest graph.

    A batch whose graphs all have one size needs no padding: laying out is a view then, and :attr:`mask` is
    :obj:`None`, which spares whoever reads it all masking.

    Args:
        ptr: The offsets of the graphs, ``[B + 1]``.

    .. code-block:: python

        >>> padding = Padding(torch.tensor([0, 2, 3]))
        >>> padding.to_dense(torch.tensor([1.0, 2.0, 3.0])).tolist()
        [[1.0, 2.0], [3.0, 0.0]]
        >>> Padding(torch.tensor([0, 2, 4])).mask is None
        True
    """

    def __init__(self, ptr: Tensor) -> None:
        self.ptr, self.sizes = ptr, ptr.diff()
        self.num_graphs, self.num_nodes = self.sizes.numel(), int(ptr[-1])
        self.width = int(self.sizes.max()) if self.num_graphs > 0 else 0
        self.mask: Tensor | None = None
        if self.num_graphs * self.width != self.num_nodes:
            place = torch.arange(self.width, device=ptr.device)
            self.mask = place < self.sizes.unsqueeze(1)
            self._slots = node_batch(ptr) * self.width + segment_arange(self.sizes)

    @property
    def positions(self) -> Tensor:
        r"""The position of every node within its graph, ``[N]``."""
        return segment_arange(self.sizes)

    def to_dense(self, x: Tensor) -> Tensor:
        r"""Lay out node values, ``[N, …]`` → ``[B, n, …]``, with zeros for padding."""
        shape = (self.num_graphs, self.width, *x.shape[1:])
        if self.mask is None:
            return x.reshape(shape)
        return x.new_zeros(self.num_graphs * self.width, *x.shape[1:]).index_copy(0, self._slots, x).view(shape)

    def to_nodes(self, dense: Tensor) -> Tensor:
        r"""Read node values off blocks at least as wide as the largest graph, ``[B, m, …]`` → ``[N, …]``."""
        dense = dense[:, : self.width]
        flat = dense.reshape(self.num_graphs * self.width, *dense.shape[2:])
        return flat if self.mask is None else flat.index_select(0, self._slots)

    def mean_nodes(self, dense: Tensor) -> Tensor:
        r"""The mean over the nodes of every graph, ``[B, n, C]`` → ``[B, C]``; zero for a graph without nodes."""
        if self.mask is not None:
            dense = dense.masked_fill(~self.mask.unsqueeze(2), 0)
        return dense.sum(1) / self.sizes.clamp(min=1).to(dense.dtype).unsqueeze(1)

    def mean_pairs(self, dense: Tensor) -> Tensor:
        r"""The mean over the pairs of every graph, ``[B, n, n, C]`` → ``[B, C]``; zero for a graph without nodes."""
        count = self.sizes.clamp(min=1).to(dense.dtype).square().unsqueeze(1)
        return self.mask_pairs(dense).sum((1, 2)) / count

    def mask_pairs(self, dense: Tensor) -> Tensor:
        r"""Put zeros where a pair ``[B, n, n, C]`` is padding."""
        return dense if self.mask is None else dense.masked_fill(~self.pair_mask.unsqueeze(3), 0)

    @property
    def pair_mask(self) -> Tensor:
        r"""Which pairs are real, ``[B, n, n]``."""
        if self.mask is None:
            return torch.ones(self.num_graphs, self.width, self.width, dtype=torch.bool, device=self.ptr.device)
        return self.mask.unsqueeze(2) & self.mask.unsqueeze(1)


def key_bias(mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    r"""What to add to attention logits so that nobody attends to padding, ``[B, m]`` → ``[B, 1, 1, m]``.

    The bias is finite: a block without any token would give NaN otherwise. It is large enough that padding gets a
    weight of exactly zero.
    """
    if mask is None:
        return None
    low = torch.finfo(dtype).min / 2
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, low).view(len(mask), 1, 1, -1)
