r"""Index arithmetic for ragged batches: every graph of a batch has its own number of nodes."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

GraphLike: TypeAlias = Data | Batch


def node_ptr(data: GraphLike) -> Tensor:
    r"""Return the offsets of the graphs of ``data``, after checking that it is a well-formed batch.

    Args:
        data: One graph or a batch of graphs. The number of nodes, ``batch``, ``ptr`` and ``edge_index`` are read.

    Returns:
        ``ptr`` of shape ``[B + 1]``, int64: graph ``g`` owns the nodes ``ptr[g], …, ptr[g + 1] - 1``.

    Raises:
        ValueError: If the number of nodes is unknown, the batch vector is unsorted or has the wrong length, or an edge
            leaves its graph or names a node that does not exist.
        TypeError: If ``data`` is no ``Data``/``Batch`` or ``edge_index`` is no integer tensor.

    .. code-block:: python

        >>> from torch_geometric.data import Batch, Data
        >>> node_ptr(Batch.from_data_list([Data(num_nodes=2), Data(num_nodes=0), Data(num_nodes=3)]))
        tensor([0, 2, 2, 5])
    """
    if not isinstance(data, Data):
        raise TypeError(f"'data' expected a homogeneous 'Data' or 'Batch' (got '{type(data).__name__}')")
    edge_index = data.edge_index
    num_nodes = _num_nodes(data)
    device = _device(data)
    batch: Tensor | None = data.get("batch")
    ptr: Tensor | None = data.get("ptr")
    if ptr is not None:
        ptr = ptr.to(torch.long)
        if ptr.numel() == 0 or int(ptr[-1]) != num_nodes or bool((ptr.diff() < 0).any()):
            raise ValueError(f"'data.ptr' expected ascending offsets that end at {num_nodes} (got {ptr.tolist()})")
    if batch is not None:
        if batch.numel() != num_nodes:
            raise ValueError(f"'data.batch' expected one entry for each of {num_nodes} nodes (got {batch.numel()})")
        if bool((batch[1:] < batch[:-1]).any()):
            raise ValueError("'data.batch' expected ascending graph numbers (got an unsorted batch vector)")
        if ptr is None:
            num_graphs = int(batch[-1]) + 1 if num_nodes > 0 else 0
            ptr = torch.zeros(num_graphs + 1, dtype=torch.long, device=batch.device)
            torch.cumsum(torch.bincount(batch, minlength=num_graphs), 0, out=ptr[1:])
    if ptr is None:
        ptr = torch.tensor([0, num_nodes], dtype=torch.long, device=device)
    if edge_index is not None:
        _check_edges(edge_index, num_nodes, batch if batch is not None and ptr.numel() > 2 else None)
    return ptr


def _num_nodes(data: GraphLike) -> int:
    # PyG would guess the number from the largest node of an edge, and so lose isolated nodes.
    known = any(key in ("x", "pos", "batch", "ptr") or "node" in key for key, _ in data.items())
    if not known and data.edge_index is not None:
        raise ValueError("'data' expected a known number of nodes (got neither 'num_nodes' nor a node attribute)")
    return int(data.num_nodes or 0)


def _device(data: GraphLike) -> torch.device:
    tensors: list[Tensor] = [value for _, value in data.items() if isinstance(value, Tensor)]
    return tensors[0].device if tensors else torch.device("cpu")


def _check_edges(edge_index: Tensor, num_nodes: int, batch: Tensor | None) -> None:
    if edge_index.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"'data.edge_index' expected an integer tensor (got {edge_index.dtype})")
    if edge_index.dim() != 2 or edge_index.size(0) != 2:
        raise ValueError(f"'data.edge_index' expected the shape [2, num_edges] (got {list(edge_index.shape)})")
    if edge_index.numel() == 0:
        return
    low, high = map(int, edge_index.aminmax())
    if low < 0 or high >= num_nodes:
        bad = low if low < 0 else high
        raise ValueError(f"'data.edge_index' expected node numbers in 0 … {num_nodes - 1} (got {bad})")
    if batch is not None:
        src, dst = edge_index.unbind(0)
        if not torch.equal(batch.index_select(0, src), batch.index_select(0, dst)):
            raise ValueError("'data.edge_index' expected edges inside one graph (got an edge between two graphs)")


def node_batch(ptr: Tensor) -> Tensor:
    r"""Return the number of the graph of every node.

    Args:
        ptr: Offsets of shape ``[B + 1]``.

    Returns:
        Graph numbers of shape ``[N]``, int64.

    .. code-block:: python

        >>> node_batch(torch.tensor([0, 2, 2, 5]))
        tensor([0, 0, 2, 2, 2])
    """
    sizes = ptr.diff()
    return torch.repeat_interleave(torch.arange(sizes.numel(), device=ptr.device), sizes)


def repeat_ptr(ptr: Tensor, num_copies: int) -> Tensor:
    r"""Return the offsets of several copies of a batch, one after the other.

    Args:
        ptr: Offsets of shape ``[B + 1]``.
        num_copies: The number :math:`k` of copies.

    Returns:
        Offsets of shape ``[k * B + 1]``.

    .. code-block:: python

        >>> repeat_ptr(torch.tensor([0, 2, 5]), 2)
        tensor([ 0,  2,  5,  7, 10])
    """
    steps = torch.arange(num_copies, device=ptr.device).view(-1, 1) * ptr[-1]
    return torch.cat([ptr[:1], (ptr[1:] + steps).view(-1)])


def segment_arange(counts: Tensor) -> Tensor:
    r"""Count up from zero inside every segment.

    Args:
        counts: Lengths of the segments, shape ``[B]``.

    Returns:
        Positions of shape ``[counts.sum()]``, int64.

    .. code-block:: python

        >>> segment_arange(torch.tensor([2, 0, 3]))
        tensor([0, 1, 0, 1, 2])
    """
    starts = counts.cumsum(0) - counts
    total = int(counts.sum())
    return torch.arange(total, device=counts.device) - torch.repeat_interleave(starts, counts, output_size=total)


def node_pairs(ptr: Tensor) -> Tensor:
    r"""List all unordered pairs of different nodes inside each graph.

    Args:
        ptr: Offsets of shape ``[B + 1]``.

    Returns:
        Node numbers ``[2, P]`` within the batch, first row smaller than the second, graph by graph.

    .. code-block:: python

        >>> node_pairs(torch.tensor([0, 3, 5]))
        tensor([[0, 0, 1, 3],
                [1, 2, 2, 4]])
    """
    batch = node_batch(ptr)
    last = ptr[1:][batch]
    node = torch.arange(batch.numel(), device=ptr.device)
    partners = last - node - 1
    first = torch.repeat_interleave(node, partners)
    second = first + 1 + segment_arange(partners)
    return torch.stack([first, second])


def segment_mean(x: Tensor, ptr: Tensor) -> Tensor:
    r"""Average the rows of each graph; zero for a graph without nodes.

    Args:
        x: Values of the nodes, ``[N, …]``.
        ptr: Offsets of shape ``[B + 1]``.

    Returns:
        Means of shape ``[B, …]``.

    .. code-block:: python

        >>> segment_mean(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([0, 2, 2, 3]))
        tensor([2., 0., 5.])
    """
    total = x.new_zeros(ptr.numel() - 1, *x.shape[1:]).index_add(0, node_batch(ptr), x)
    return total / ptr.diff().clamp(min=1).view(-1, *[1] * (x.dim() - 1))
