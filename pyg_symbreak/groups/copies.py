r"""Several copies of a batch as one batch."""

from __future__ import annotations

import copy
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import Batch

from pyg_symbreak.groups.base import GroupElement
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr, repeat_ptr

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

    Raises:
        TypeError: If an attribute is a sparse tensor.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> repeat_data(Batch.from_data_list([Data(num_nodes=2), Data(num_nodes=1)]), 2).ptr
        tensor([0, 2, 3, 5, 6])
    """
    ptr = node_ptr(data)
    for key, value in data.items():
        if (isinstance(value, Tensor) and value.layout != torch.strided) or type(value).__name__ == "SparseTensor":
            raise TypeError(f"'repeat_data' expected edges as 'edge_index' (got the sparse tensor '{key}')")
    batch = data if isinstance(data, Batch) else Batch.from_data_list([data])
    out = copy.copy(batch)
    for key, value in batch.items():
        if isinstance(value, Tensor) and key not in ("batch", "ptr"):
            out[key] = _repeated(value, batch.__cat_dim__(key, value) or 0, batch.__inc__(key, value), num_copies)
        elif isinstance(value, list):
            out[key] = value * num_copies
        elif isinstance(value, GroupElement):
            out[key] = value.repeat(num_copies)
    out.ptr = repeat_ptr(ptr, num_copies)
    out.batch = node_batch(out.ptr)
    out.num_nodes = int(ptr[-1]) * num_copies
    out._num_graphs = out.ptr.numel() - 1
    # The copies are not the graphs that it was made of, so it cannot be taken apart along those.
    for record in ("_slice_dict", "_inc_dict"):
        out.__dict__.pop(record, None)
    return out


def _repeated(value: Tensor, dim: int, step: Any, num_copies: int) -> Tensor:
    shape = [1] * value.dim()
    shape[dim] = num_copies
    out = value.repeat(shape)
    if isinstance(step, int) and step == 0:
        return out
    shape[dim] = -1
    copies = torch.arange(num_copies, device=value.device).repeat_interleave(value.size(dim)).view(shape)
    out += (copies * step).to(value.dtype)
    return out
