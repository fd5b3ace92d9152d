r"""Dense inputs of a canonical form, through which gradients reach the draw."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.relaxed import RelaxedPermutation
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr, segment_arange


def canonical_adjacency(data: GraphLike, edge_attr: Tensor | str | None = None, size: int | None = None) -> Tensor:
    r"""Return the padded adjacency matrices of graphs in canonical order.

    The values are those of the graphs as they are. If a :class:`RelaxedPermutation` moved them (``data.relaxed``),
    gradients pass straight through to its scores, as if :math:`S A S^\top` had been computed and evaluated at the
    permutation.

    Args:
        data: One graph or a batch of graphs.
        edge_attr: Values of the edges, ``[E]`` or ``[E, C]``, or the name of such an attribute; ones by default. Those
            of repeated edges add up.
        size: The width of the matrices; the number of nodes of the largest graph by default.

    Returns:
        Entries for source and target, ``[B, n, n]`` or ``[B, n, n, C]``, zero on padding.

    Raises:
        ValueError: If a graph has more than ``size`` nodes, or ``edge_attr`` is not one value an edge.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> canonical_adjacency(Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2), size=3)
        tensor([[[0., 1., 0.],
                 [0., 0., 0.],
                 [0., 0., 0.]]])
    """
    ptr = node_ptr(data)
    width = _width("canonical_adjacency", ptr, size)
    edge_index = data.edge_index
    if edge_index is None:
        edge_index = torch.empty(2, 0, dtype=torch.long, device=ptr.device)
    values = data[edge_attr] if isinstance(edge_attr, str) else edge_attr
    if values is None:
        values = torch.ones(edge_index.size(1), device=ptr.device)
    if values.dim() == 0 or values.size(0) != edge_index.size(1):
        raise ValueError(
            f"'canonical_adjacency' expected 'edge_attr' with {edge_index.size(1)} rows (got {list(values.shape)})"
        )
    source, target = edge_index.unbind(0)
    place, batch = segment_arange(ptr.diff()), node_batch(ptr)
    dense = values.new_zeros(ptr.numel() - 1, width, width, *values.shape[1:])
    dense = dense.index_put((batch[source], place[source], place[target]), values, accumulate=True)
    element = _relaxed(data)
    return dense if element is None else element.compose(element.detach().inverse()).act_dense(dense, dims=(1, 2))


def canonical_positions(data: GraphLike, size: int | None = None, dtype: torch.dtype | None = None) -> Tensor:
    r"""Return the positions of the nodes of a canonical form, one-hot.

    They tell all nodes apart, so that a message-passing network is as strong as any on them. If a
    :class:`RelaxedPermutation` moved the graphs (``data.relaxed``), gradients pass straight through to its scores, as
    if every node had been given its weights for all positions.

    Args:
        data: One graph or a batch of graphs.
        size: The number of positions; the number of nodes of the largest graph by default.
        dtype: The type of the values.

    Returns:
        One row for every node, ``[N, size]``.

    Raises:
        ValueError: If a graph has more than ``size`` nodes.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> canonical_positions(Data(num_nodes=2), size=3)
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    ptr = node_ptr(data)
    width = _width("canonical_positions", ptr, size)
    eye = torch.eye(width, dtype=dtype, device=ptr.device)[segment_arange(ptr.diff())]
    element = _relaxed(data)
    return eye if element is None else (element.detach() @ element.inverse()).act(eye)


def _relaxed(data: GraphLike) -> RelaxedPermutation | None:
    element = data.get("relaxed")
    return element if isinstance(element, RelaxedPermutation) else None


def _width(owner: str, ptr: Tensor, size: int | None) -> int:
    widest = int(ptr.diff().max()) if ptr.numel() > 1 else 0
    if size is not None and size < widest:
        raise ValueError(f"'{owner}' expected 'size' to be at least {widest} (got {size})")
    return widest if size is None else size
