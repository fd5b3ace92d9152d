r"""The arcs of a batch and its pairs of nodes, as the encoders and the loss use them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_pairs, node_ptr
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig


@dataclass(frozen=True)
class Topology:
    r"""Undirected graphs without loops or multiple edges, checked once.

    Attributes:
        ptr: Offsets of the graphs, ``[B + 1]``.
        batch: The graph of every node, ``[N]``.
        source: Where every arc starts, ``[E]``; each edge is two arcs.
        target: Where every arc ends, ``[E]``.
        arc_type: The type of every arc, ``[E]``, at least 1.
        node_type: The type of every node, ``[N]``, or :obj:`None` if they have no type.
        pair: All unordered pairs of different nodes of a graph, ``[2, P]``.
        pair_type: The type of every pair, ``[P]``, 0 for no edge.
    """

    ptr: Tensor
    batch: Tensor
    source: Tensor
    target: Tensor
    arc_type: Tensor
    node_type: Tensor | None
    pair: Tensor
    pair_type: Tensor

    @classmethod
    def read(cls, data: GraphLike, config: AutoencoderConfig) -> Topology:
        r"""Check and read a graph or a batch of graphs.

        Args:
            data: The graphs, with ``node_type`` and ``edge_type`` where the configuration says so.
            config: The numbers of types.

        Raises:
            ValueError: If an attribute is missing, has the wrong length or a value out of its range, or if a graph is
                not undirected and simple.
            TypeError: If an attribute holds no integers.

        .. code-block:: python

            >>> from torch_geometric.data import Data
            >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
            >>> Topology.read(path, AutoencoderConfig()).pair_type
            tensor([1, 0, 1])
        """
        ptr = node_ptr(data)
        batch, pair = node_batch(ptr), node_pairs(ptr)
        edge_index = data.edge_index
        if edge_index is None:
            edge_index = torch.empty((2, 0), dtype=torch.long, device=ptr.device)
        source, target = edge_index[0].long(), edge_index[1].long()
        arc_type = torch.ones_like(source)
        if config.edge_attrs:
            arc_type = _types(data, "edge_type", source.numel(), 1, config.num_edge_types)
        node_type = None
        if config.node_attrs:
            node_type = _types(data, "node_type", batch.numel(), 0, config.num_node_types)
        pair_type = _pair_types(source, target, arc_type, ptr, batch, pair.size(1))
        return cls(ptr, batch, source, target, arc_type, node_type, pair, pair_type)


def _types(data: GraphLike, name: str, length: int, low: int, high: int) -> Tensor:
    value: Tensor | None = data.get(name)
    if value is None:
        raise ValueError(f"'GraphAutoencoder' expected the attribute 'data.{name}' (got none)")
    if value.is_floating_point() or value.is_complex() or value.dtype == torch.bool:
        raise TypeError(f"'GraphAutoencoder' expected integers in 'data.{name}' (got {value.dtype})")
    if value.dim() != 1 or value.numel() != length:
        raise ValueError(f"'GraphAutoencoder' expected 'data.{name}' of shape [{length}] (got {list(value.shape)})")
    if length > 0 and (int(value.min()) < low or int(value.max()) >= high):
        got = f"{int(value.min())} … {int(value.max())}"
        raise ValueError(f"'GraphAutoencoder' expected values {low} … {high - 1} in 'data.{name}' (got {got})")
    return value.long()


def _pair_types(source: Tensor, target: Tensor, arc_type: Tensor, ptr: Tensor, batch: Tensor, count: int) -> Tensor:
    partners = ptr[1:][batch] - torch.arange(batch.numel(), device=ptr.device) - 1
    first = partners.cumsum(0) - partners  # where the pairs (i, i + 1), (i, i + 2), … of node i start
    low, high = torch.minimum(source, target), torch.maximum(source, target)
    place = first[low] + high - low - 1
    forward = source < target
    types = place.new_zeros(2, count)
    types[0, place[forward]] = arc_type[forward]
    types[1, place[source > target]] = arc_type[source > target]
    # As many arcs as filled places: none was written twice, none is a loop.
    if not torch.equal(types[0], types[1]) or int((types > 0).sum()) != source.numel():
        raise ValueError(
            "'GraphAutoencoder' expected undirected simple graphs: every edge as two arcs of one type, no loops, no "
            "repeated arcs (got something else)"
        )
    return types[0]
