r"""All graphs of a data set in memory, padded, a byte a type."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data, Dataset, InMemoryDataset

from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion.buckets import bucket_widths
from pyg_symbreak.training.loader import InMemoryLoader

_CHUNK = 512


@dataclass(frozen=True, eq=False)
class PackedBucket:
    r"""Graphs padded to one size.

    Args:
        x: The types of nodes, ``[B, n]``, as small integers.
        e: The types of pairs, ``[B, P]``.
        num_nodes: The sizes, ``[B]`` int64.
        y: The properties, ``[B, F]`` float32.
    """

    x: Tensor
    e: Tensor
    num_nodes: Tensor
    y: Tensor | None = None

    @property
    def width(self) -> int:
        r"""The number of nodes that the graphs are padded to."""
        return self.x.size(1)

    def select(self, rows: Tensor) -> PackedBucket:
        r"""Return some of the graphs."""
        y = None if self.y is None else self.y[rows]
        return PackedBucket(self.x[rows], self.e[rows], self.num_nodes[rows], y)

    def unpack(self) -> DenseGraph:
        r"""Return the graphs as the models take them."""
        mask = torch.arange(self.width) < self.num_nodes.unsqueeze(1)
        return DenseGraph(self.x.long(), self.e.long(), mask, self.y)


class PackedGraphs:
    r"""Graphs with typed nodes and edges, padded to a few sizes and kept in memory.

    The molecules of QM9 take 4.5 MB. Graphs are numbered bucket by bucket, not as in the data set they come from.

    Args:
        buckets: The graphs by padding, in ascending order.

    Raises:
        ValueError: If there are no graphs.

    .. code-block:: python

        >>> edge = torch.tensor([[0, 1], [1, 0]])
        >>> data = Data(node_type=torch.tensor([1, 2]), edge_index=edge, edge_type=torch.tensor([3, 3]), num_nodes=2)
        >>> graphs = PackedGraphs.from_graphs([data])
        >>> graphs.batch(torch.tensor([0])).e
        tensor([[3]])
    """

    def __init__(self, buckets: Sequence[PackedBucket]) -> None:
        self.buckets = tuple(buckets)
        self.counts = [bucket.x.size(0) for bucket in self.buckets]
        if sum(self.counts) == 0:
            raise ValueError("'PackedGraphs' expected at least one graph (got 0)")
        self.starts = [sum(self.counts[:i]) for i in range(len(self.counts))]

    @classmethod
    def from_graphs(
        cls,
        graphs: Dataset | Sequence[Data],
        *,
        y_attr: str | None = None,
        node_attr: str | None = "node_type",
        edge_attr: str | None = "edge_type",
        max_buckets: int = 4,
        width: int | None = None,
    ) -> PackedGraphs:
        r"""Pad and pack the graphs of a data set.

        Args:
            graphs: A PyG data set or a list of graphs; types as in
                :meth:`~pyg_symbreak.models.diffusion.dense.DenseGraph.from_batch`.
            y_attr: Name of the properties, if they are wanted.
            node_attr: Name of the types of the nodes.
            edge_attr: Name of the types of the edges.
            max_buckets: The largest number of paddings, see
                :func:`~pyg_symbreak.training.diffusion.buckets.bucket_widths`.
            width: One padding instead.

        Raises:
            ValueError: If there are no graphs, one is malformed or one is larger than ``width``.
        """
        if len(graphs) == 0:
            raise ValueError("'PackedGraphs' expected at least one graph (got 0)")
        sizes = torch.cat([node_ptr(batch).diff() for batch in stored_batches(graphs)])
        widths = torch.tensor(bucket_widths(sizes, max_buckets) if width is None else [width])
        parts: list[list[PackedBucket]] = [[] for _ in widths]
        for batch in stored_batches(graphs):
            dense = DenseGraph.from_batch(batch, node_attr, edge_attr, y_attr)
            place = torch.bucketize(dense.num_nodes, widths).clamp(max=len(widths) - 1)
            for number in torch.unique(place).tolist():
                parts[number].append(_pack(dense.select(place == number).pad(int(widths[number]))))
        return cls([_cat(part) for part in parts if part])

    @classmethod
    def from_dense(cls, graph: DenseGraph) -> PackedGraphs:
        r"""Pack a padded batch of graphs into one bucket."""
        return cls([_pack(graph)])

    def __len__(self) -> int:
        return sum(self.counts)

    @property
    def widths(self) -> list[int]:
        r"""The paddings, in ascending order."""
        return [bucket.width for bucket in self.buckets]

    @property
    def num_nodes(self) -> Tensor:
        r"""The sizes of the graphs, ``[B]``."""
        return torch.cat([bucket.num_nodes for bucket in self.buckets])

    @property
    def num_properties(self) -> int:
        r"""The number of properties of a graph."""
        y = self.buckets[0].y
        return 0 if y is None else y.size(1)

    def batch(self, index: Tensor, width: int | None = None) -> DenseGraph:
        r"""Return some graphs, padded alike; those of the smallest bucket come first.

        Args:
            index: Their numbers, ``[k]``.
            width: The size to pad to; by default that of the widest bucket among them.
        """
        parts = []
        for start, count, bucket in zip(self.starts, self.counts, self.buckets):
            rows = index if len(self.buckets) == 1 else index[(index >= start) & (index < start + count)] - start
            if rows.numel():
                parts.append(bucket.select(rows).unpack())
        out = DenseGraph.cat(parts)
        return out if width is None else out.pad(width)

    def batches(self, batch_size: int) -> Iterator[DenseGraph]:
        r"""Go through all graphs in the order of their numbers, each bucket by itself."""
        for bucket, count in zip(self.buckets, self.counts):
            for rows in torch.split(torch.arange(count), batch_size):
                yield bucket.select(rows).unpack()

    def subset(self, count: int, seed: int = 0) -> PackedGraphs:
        r"""Return a random part of the graphs, the same for the same seed; all of them if there are no more."""
        if count >= len(self):
            return self
        chosen = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))[:count].sort().values
        parts = []
        for start, size, bucket in zip(self.starts, self.counts, self.buckets):
            rows = chosen[(chosen >= start) & (chosen < start + size)] - start
            if rows.numel():
                parts.append(bucket.select(rows))
        return PackedGraphs(parts)

    def fingerprint(self) -> str:
        r"""Sixteen hexadecimal digits that tell these graphs, in this order, from others."""
        digest = hashlib.sha256()
        for bucket in self.buckets:
            digest.update(repr((tuple(bucket.x.shape), self.num_properties)).encode())
            for value in (bucket.x, bucket.e, bucket.num_nodes, bucket.y):
                if value is not None:
                    digest.update(value.contiguous().numpy().data)
        return digest.hexdigest()[:16]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_graphs={len(self)}, widths={self.widths})"


def stored_batches(graphs: Dataset | Sequence[Data]) -> Iterator[Batch]:
    r"""Goes through the graphs of a data set batch by batch, as fast as the data set can.

    Args:
        graphs: An in-memory data set, a list of graphs, or a data set on the disk whose method ``batch`` makes a batch
            of the graphs with some numbers.

    .. code-block:: python

        >>> [batch.num_graphs for batch in stored_batches([Data(edge_index=torch.empty(2, 0).long(), num_nodes=1)] * 3)]
        [3]
    """
    if isinstance(graphs, Dataset) and not isinstance(graphs, InMemoryDataset) and hasattr(graphs, "batch"):
        for start in range(0, len(graphs), _CHUNK):
            yield graphs.batch(range(start, min(start + _CHUNK, len(graphs))))
        return
    yield from InMemoryLoader(graphs, batch_size=_CHUNK)


def _pack(graph: DenseGraph) -> PackedBucket:
    y = None if graph.y is None else graph.y.float()
    return PackedBucket(_small(graph.x), _small(graph.e), graph.num_nodes, y)


def _small(types: Tensor) -> Tensor:
    largest = int(types.max()) if types.numel() else 0
    return types.to(torch.uint8 if largest < 2**8 else torch.int32)


def _cat(parts: list[PackedBucket]) -> PackedBucket:
    y = [part.y for part in parts if part.y is not None]
    return PackedBucket(
        torch.cat([part.x for part in parts]),  # of the widest dtype among them
        torch.cat([part.e for part in parts]),
        torch.cat([part.num_nodes for part in parts]),
        torch.cat(y) if y else None,
    )
