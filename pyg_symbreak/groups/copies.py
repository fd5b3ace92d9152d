r"""Several copies of a batch as one batch."""

from __future__ import annotations

from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import GraphLike, node_ptr

Input: TypeAlias = GraphLike | Tensor
r"""Graphs, or values ``[B, …]`` of which each row is moved by an element of its own, such as images."""


def input_ptr(data: Input) -> Tensor:
    r"""Return the offsets of the graphs, or of the rows of a tensor, ``[B + 1]``.

    .. code-block:: python

        >>> input_ptr(torch.zeros(3, 16, 16))
        tensor([0, 1, 2, 3])
    """
    return torch.arange(data.size(0) + 1, device=data.device) if isinstance(data, Tensor) else node_ptr(data)


def num_graphs(data: Input) -> int:
    """The number of graphs, or of rows of a tensor."""
    return data.size(0) if isinstance(data, Tensor) else node_ptr(data).numel() - 1


def repeat_input(data: Input, num_copies: int) -> Input:
    """Put copies one after the other: of graphs, or of the rows of a tensor."""
    if num_copies == 1 and isinstance(data, (Tensor, Batch)):
        return data
    if isinstance(data, Tensor):
        return data.repeat(num_copies, *[1] * (data.dim() - 1))
    return repeat_data(data, num_copies)


def repeat_data(data: GraphLike, num_copies: int) -> Batch:
    r"""Batch ``num_copies`` copies of a graph or batch, one after the other, without taking a batch apart.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> repeat_data(Batch.from_data_list([Data(num_nodes=2), Data(num_nodes=1)]), 2).ptr
        tensor([0, 2, 3, 5, 6])
    """
    ptr = node_ptr(data)
    kind: Any = type(data).__bases__[-1] if isinstance(data, Batch) else type(data)
    alone: Data = kind.from_dict({key: value for key, value in data.to_dict().items() if key not in ("batch", "ptr")})
    alone.num_nodes = int(ptr[-1])
    out = Batch.from_data_list([alone] * num_copies)
    steps = torch.arange(num_copies, device=ptr.device).view(-1, 1) * ptr[-1]
    out.ptr = torch.cat([ptr[:1], (ptr[1:] + steps).view(-1)])
    out.batch = torch.repeat_interleave(torch.arange(out.ptr.numel() - 1, device=ptr.device), out.ptr.diff())
    # The copies are not its graphs, so it cannot be taken apart along them.
    out._num_graphs = out.ptr.numel() - 1
    del out._slice_dict, out._inc_dict
    return out
