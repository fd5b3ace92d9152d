r"""A padded batch of undirected graphs with types of nodes and of pairs, as one value."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr, segment_arange
from pyg_symbreak.models.diffusion.pairs import pair_index, pair_number

__all__ = ["DenseGraph", "pair_index", "pair_number"]


@dataclass(frozen=True, eq=False)
class DenseGraph:
    r"""A padded batch of undirected graphs without self-loops: every unordered pair of nodes is stored once.

    Shapes and dtypes are checked when it is made, values only by :meth:`validate`.

    Args:
        x: The types of the nodes, ``[B, n]`` int64; 0 on padding.
        e: The types of the pairs in the order of :func:`~pyg_symbreak.models.diffusion.pairs.pair_index`,
            ``[B, P]`` int64; 0 means that there is no edge, and stands on padding.
        mask: Where there is a node, ``[B, n]`` bool: nodes first, then padding.
        y: Properties of the graphs, ``[B, F]``, floating point; NaN where unknown.

    Raises:
        TypeError: If a dtype is wrong.
        ValueError: If shapes disagree.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(
        ...     node_type=torch.tensor([2, 0, 1]),
        ...     edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]),
        ...     edge_type=torch.tensor([1, 1, 3, 3]),
        ... )
        >>> graph = DenseGraph.from_batch(path, num_nodes=4)
        >>> graph.x, graph.e
        (tensor([[2, 0, 1, 0]]), tensor([[1, 0, 0, 3, 0, 0]]))
        >>> graph.to_data_list()[0].edge_type
        tensor([1, 1, 3, 3])
    """

    x: Tensor
    e: Tensor
    mask: Tensor
    y: Tensor | None = None

    def __post_init__(self) -> None:
        if self.x.dtype != torch.int64 or self.e.dtype != torch.int64 or self.mask.dtype != torch.bool:
            raise TypeError(
                "'DenseGraph' expected 'x' and 'e' as int64 and 'mask' as bool "
                f"(got {self.x.dtype}, {self.e.dtype} and {self.mask.dtype})"
            )
        if self.x.dim() != 2 or self.mask.shape != self.x.shape:
            raise ValueError(
                "'DenseGraph' expected 'x' and 'mask' of one shape [B, n] "
                f"(got {list(self.x.shape)} and {list(self.mask.shape)})"
            )
        size, n = self.x.shape
        if tuple(self.e.shape) != (size, n * (n - 1) // 2):
            raise ValueError(
                f"'DenseGraph' expected 'e' of shape {[size, n * (n - 1) // 2]}, one entry per unordered pair "
                f"(got {list(self.e.shape)})"
            )
        if self.y is not None and (self.y.dim() != 2 or self.y.size(0) != size or not self.y.is_floating_point()):
            raise ValueError(
                f"'DenseGraph' expected 'y' of shape [{size}, F], floating point "
                f"(got {list(self.y.shape)}, {self.y.dtype})"
            )

    @classmethod
    def from_batch(
        cls,
        data: GraphLike,
        node_attr: str | None = "node_type",
        edge_attr: str | None = "edge_type",
        y_attr: str | None = None,
        num_nodes: int | None = None,
    ) -> DenseGraph:
        r"""Pad a batch of undirected graphs.

        Args:
            data: A graph or a batch with both arcs of every edge; repeated arcs count once. Graphs may have no edge.
            node_attr: Name of the integer types of the nodes, ``[N]``; ``None`` gives every node type 0.
            edge_attr: Name of the integer types of the arcs, ``[E]``, 1 or more; ``None`` gives every edge type 1.
            y_attr: Name of the properties of the graphs, ``[B]`` or ``[B, F]``, if they are wanted.
            num_nodes: The padded size :math:`n`; by default the size of the largest graph.

        Raises:
            ValueError: If the batch is malformed (see :func:`~pyg_symbreak.groups.ragged.node_ptr`), an attribute is
                missing or has a wrong length, a type is negative or that of an edge is 0, there is a self-loop, the
                two arcs of an edge differ, or a graph is larger than ``num_nodes``.
        """
        ptr = node_ptr(data)
        sizes, batch = ptr.diff(), node_batch(ptr)
        largest = int(sizes.max()) if sizes.numel() else 0
        width = largest if num_nodes is None else num_nodes
        if width < largest:
            raise ValueError(f"'DenseGraph.from_batch' expected graphs of at most {width} nodes (got {largest})")
        x = ptr.new_zeros(sizes.numel(), width)
        if node_attr is not None:
            x[batch, segment_arange(sizes)] = _types(data, node_attr, batch.numel(), lowest=0)
        y = None
        if y_attr is not None:
            y = _attribute(data, y_attr)
            if sizes.numel() == 0 or y.numel() % sizes.numel():
                raise ValueError(
                    f"'DenseGraph.from_batch' expected {y_attr!r} with one row for each of {sizes.numel()} graphs "
                    f"(got {list(y.shape)})"
                )
            y = y.reshape(sizes.numel(), -1)
            y = y if y.is_floating_point() else y.to(torch.get_default_dtype())
        mask = torch.arange(width, device=ptr.device) < sizes.unsqueeze(1)
        return cls(x, _pair_types(data, ptr, edge_attr, width), mask, y)

    @property
    def num_graphs(self) -> int:
        r"""The number of graphs, :math:`B`."""
        return self.x.size(0)

    @property
    def num_nodes(self) -> Tensor:
        r"""The sizes of the graphs, ``[B]``."""
        return self.mask.sum(1)

    @functools.cached_property
    def pair_mask(self) -> Tensor:
        r"""Where both nodes of a pair exist, ``[B, P]`` bool."""
        return self.mask[:, pair_index(self.x.size(1), self.x.device)[1]]  # nodes stand first: the later one decides

    def adjacency(self) -> Tensor:
        r"""Return the types of the pairs as symmetric matrices, ``[B, n, n]``; 0 on the diagonal."""
        padded = torch.nn.functional.pad(self.e, (0, 1))
        return padded[:, pair_number(self.x.size(1), self.x.device)]

    def with_types(self, x: Tensor, e: Tensor) -> DenseGraph:
        r"""Return graphs of the same sizes with other types; whatever stands on padding becomes 0."""
        out = DenseGraph(x * self.mask, e * self.pair_mask, self.mask, self.y)
        out.__dict__["pair_mask"] = self.pair_mask
        return out

    def move(self, g: Permutation) -> DenseGraph:
        r"""Renumber the nodes of every graph.

        Raises:
            ValueError: If the permutations belong to graphs of other sizes.
        """
        if not torch.equal(g.ptr.diff(), self.num_nodes):
            raise ValueError("'DenseGraph.move' expected permutations of the same graphs (got other sizes)")
        n = self.x.size(1)
        source = g.act_dense(torch.arange(n, device=self.x.device).repeat(self.num_graphs, 1))
        first, second = pair_index(n, self.x.device)
        pair = pair_number(n, self.x.device)[source[:, first], source[:, second]]
        return DenseGraph(self.x.gather(1, source), self.e.gather(1, pair), self.mask, self.y)

    def to(self, device: torch.device | str) -> DenseGraph:
        r"""Return the same graphs on another device."""
        y = None if self.y is None else self.y.to(device)
        return DenseGraph(self.x.to(device), self.e.to(device), self.mask.to(device), y)

    def select(self, index: Tensor | slice) -> DenseGraph:
        r"""Return some of the graphs, by number, mask or slice; the padded size stays."""
        return DenseGraph(self.x[index], self.e[index], self.mask[index], None if self.y is None else self.y[index])

    def pad(self, n: int) -> DenseGraph:
        r"""Return the same graphs padded to ``n`` nodes.

        Raises:
            ValueError: If a graph has more nodes.
        """
        old = self.x.size(1)
        if n == old:
            return self
        if n < old and bool(self.mask[:, n:].any()):
            raise ValueError(f"'DenseGraph.pad' expected graphs of at most {n} nodes (got {int(self.num_nodes.max())})")
        first, second = pair_index(min(n, old), self.x.device)
        kept = self.e[:, pair_number(old, self.x.device)[first, second]]
        e = self.e.new_zeros(self.num_graphs, n * (n - 1) // 2)
        e[:, pair_number(n, self.x.device)[first, second]] = kept
        grow = (0, n - old)
        x, mask = (torch.nn.functional.pad(value, grow) for value in (self.x, self.mask))
        return DenseGraph(x, e, mask, self.y)

    @staticmethod
    def cat(graphs: Sequence[DenseGraph]) -> DenseGraph:
        r"""Join batches, padded to the widest of them.

        Raises:
            ValueError: If there is none, or only some of them have properties.
        """
        if not graphs or len({graph.y is None for graph in graphs}) > 1:
            raise ValueError(
                "'DenseGraph.cat' expected at least one batch, all with or all without 'y' "
                f"(got {[graph.y is not None for graph in graphs]})"
            )
        n = max(graph.x.size(1) for graph in graphs)
        padded = [graph.pad(n) for graph in graphs]
        y = [graph.y for graph in padded if graph.y is not None]
        return DenseGraph(
            torch.cat([graph.x for graph in padded]),
            torch.cat([graph.e for graph in padded]),
            torch.cat([graph.mask for graph in padded]),
            torch.cat(y) if y else None,
        )

    def to_batch(self) -> Batch:
        r"""Return the graphs as one ragged batch: ``node_type``, ``edge_index`` (both arcs, sorted), ``edge_type``.

        The batch holds ``batch`` and ``ptr``, and ``y`` where there is one. To take it apart use
        :meth:`to_data_list`, not that of the batch.
        """
        graph, row, col = self.adjacency().nonzero().unbind(1)
        sizes = self.num_nodes
        ptr = torch.nn.functional.pad(sizes.cumsum(0), (1, 0))
        batch = Batch(
            edge_index=torch.stack([row, col]) + ptr[graph],
            node_type=self.x[self.mask],
            edge_type=self.e[graph, pair_number(self.x.size(1), self.x.device)[row, col]],
            batch=node_batch(ptr),
            ptr=ptr,
        )
        if self.y is not None:
            batch.y = self.y
        return batch

    def to_data_list(self) -> list[Data]:
        r"""Return the graphs one by one, with ``node_type``, ``edge_index``, ``edge_type`` and ``num_nodes``."""
        batch = self.to_batch()
        sizes = self.num_nodes.tolist()
        arcs = torch.bincount(batch.batch[batch.edge_index[0]], minlength=self.num_graphs).tolist()
        start = batch.ptr[:-1].repeat_interleave(torch.tensor(arcs, dtype=torch.int64, device=self.x.device))
        local: Any = batch.edge_index - start
        parts = zip(
            batch.node_type.split(sizes),
            local.split(arcs, 1),
            batch.edge_type.split(arcs),
            sizes,
        )
        out = [
            Data(node_type=node_type, edge_index=edge_index, edge_type=edge_type, num_nodes=size)
            for node_type, edge_index, edge_type, size in parts
        ]
        if self.y is not None:
            for number, data in enumerate(out):
                data.y = self.y[number : number + 1]
        return out

    def validate(self, num_node_types: int | None = None, num_edge_types: int | None = None) -> DenseGraph:
        r"""Check the values and return the graphs themselves.

        Raises:
            ValueError: If a node follows padding, padding has a type, or a type is negative or too large.
        """
        if bool((self.mask[:, 1:] & ~self.mask[:, :-1]).any()):
            raise ValueError("'DenseGraph' expected nodes first and then padding in 'mask' (got a node after padding)")
        for name, value, mask, limit in (
            ("x", self.x, self.mask, num_node_types),
            ("e", self.e, self.pair_mask, num_edge_types),
        ):
            if bool((value * ~mask).any()):
                raise ValueError(f"'DenseGraph' expected '{name}' to be 0 on padding (got another type)")
            if value.numel() == 0:
                continue
            low, high = map(int, value.aminmax())
            if low < 0 or (limit is not None and high >= limit):
                bound = "of at least 0" if limit is None else f"in 0 … {limit - 1}"
                raise ValueError(f"'DenseGraph' expected types {bound} in '{name}' (got {low if low < 0 else high})")
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_graphs={self.num_graphs}, width={self.x.size(1)})"


def _attribute(data: GraphLike, name: str) -> Tensor:
    value = data.get(name)
    if not isinstance(value, Tensor):
        raise ValueError(f"'DenseGraph.from_batch' expected 'data' to have the tensor {name!r} (got {value!r})")
    return value


def _types(data: GraphLike, name: str, count: int, lowest: int) -> Tensor:
    value = _attribute(data, name).reshape(-1)
    if value.is_floating_point() or value.numel() != count or bool((value < lowest).any()):
        raise ValueError(
            f"'DenseGraph.from_batch' expected {count} integer types of at least {lowest} in {name!r} "
            f"(got {value.numel()}, {value.dtype}, minimum {value.min().item() if value.numel() else None})"
        )
    return value.long()


def _pair_types(data: GraphLike, ptr: Tensor, edge_attr: str | None, width: int) -> Tensor:
    num_graphs = ptr.numel() - 1
    planes = ptr.new_zeros(2, num_graphs, width * (width - 1) // 2)
    if data.edge_index is None or data.edge_index.size(1) == 0:
        return planes[0]
    edge_index = data.edge_index.long()
    types = torch.ones_like(edge_index[0])
    if edge_attr is not None:
        types = _types(data, edge_attr, edge_index.size(1), lowest=1)
    if bool((edge_index[0] == edge_index[1]).any()):
        raise ValueError("'DenseGraph.from_batch' expected graphs without self-loops (got one)")
    graph = node_batch(ptr)[edge_index[0]]
    row, col = edge_index - ptr[graph]
    place = (row > col).long(), graph, pair_number(width, ptr.device)[row, col]
    planes[place] = types
    if not torch.equal(planes[place], types) or not torch.equal(planes[0], planes[1]):
        raise ValueError(
            "'DenseGraph.from_batch' expected both arcs of every edge, with one type (got two that differ)"
        )
    return planes[0]
