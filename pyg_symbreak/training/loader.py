r"""Batches of small graphs, cut straight out of the storage of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data, InMemoryDataset

from pyg_symbreak.groups.ragged import node_batch, segment_arange


class InMemoryLoader:
    r"""Serves a data set that lies in memory as PyG batches, without a Python loop over graphs.

    The batches equal those of :class:`torch_geometric.loader.DataLoader`, at about ten times its speed on small graphs.
    A data set with a ``transform`` falls back on PyG's way, since a transform wants its graphs one at a time.

    Args:
        dataset: An in-memory data set or a sequence of graphs.
        batch_size: Graphs a batch; the last one may be smaller.
        shuffle: Whether every pass visits the graphs in a fresh random order.
        drop_last: Whether to leave out a last batch that is smaller.
        generator: The source of the orders; the global one of torch by default.

    Raises:
        ValueError: If there are no graphs or ``batch_size`` is not positive.
        TypeError: If ``dataset`` holds no homogeneous graphs.

    .. code-block:: python

        >>> graphs = [Data(x=torch.full((n, 1), float(n)), edge_index=torch.tensor([[0], [n - 1]])) for n in (2, 3, 4)]
        >>> [batch.edge_index.tolist() for batch in InMemoryLoader(graphs, batch_size=2)]
        [[[0, 2], [1, 4]], [[0], [3]]]
    """

    def __init__(
        self,
        dataset: InMemoryDataset | Sequence[Data],
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"'InMemoryLoader' expected 'batch_size' to be at least 1 (got {batch_size})")
        if len(dataset) == 0:
            raise ValueError("'InMemoryLoader' expected 'dataset' to hold at least one graph (got 0)")
        self.dataset, self.batch_size, self.shuffle, self.drop_last = dataset, batch_size, shuffle, drop_last
        self.generator = generator
        self._storage = None if getattr(dataset, "transform", None) is not None else _Storage(dataset)

    def __len__(self) -> int:
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Batch]:
        count = len(self.dataset)
        order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
        for chosen in torch.split(order, self.batch_size)[: len(self)]:
            yield self.batch(chosen)

    def batch(self, chosen: Tensor) -> Batch:
        r"""Join the graphs with some numbers.

        Args:
            chosen: The numbers, int64.
        """
        if self._storage is None:
            return Batch.from_data_list([self.dataset[i] for i in chosen.tolist()])
        return self._storage.batch(chosen)


class _Storage:
    """Graphs joined end to end, and where each one starts."""

    def __init__(self, dataset: InMemoryDataset | Sequence[Data]) -> None:
        if isinstance(dataset, InMemoryDataset):
            data, slices, rows = dataset._data, dataset.slices, dataset._indices
        else:
            data, slices, rows = None, None, None
        if slices is None:
            dataset = list(dataset)
            if not all(isinstance(graph, Data) for graph in dataset):
                raise TypeError("'InMemoryLoader' expected 'dataset' to hold 'Data' objects (got something else)")
            # PyG makes no slices of a single graph: joining it to itself does, and only the first copy is served.
            rows = torch.arange(len(dataset))
            data, slices = InMemoryDataset.collate(dataset if len(dataset) > 1 else 2 * dataset)
        assert data is not None
        self.rows = None if rows is None else torch.as_tensor(rows, dtype=torch.long)
        self.kind = type(data)
        self.values: dict[str, Any] = {}
        self.starts: dict[str, Tensor] = {}
        self.cat_dims: dict[str, int] = {}
        for key, value in data.items():
            if key in ("num_nodes", "ptr"):
                continue
            self.values[key] = value
            self.starts[key] = torch.as_tensor(slices[key], dtype=torch.long)
            self.cat_dims[key] = data.__cat_dim__(key, value) if isinstance(value, Tensor) else 0
        self.explicit_sizes = "num_nodes" in data
        self.sizes = self._node_counts(data)
        self.steps = {key: self._is_node_number(data, key) for key in self.values}

    def _node_counts(self, data: Data) -> Tensor:
        if self.explicit_sizes:
            counts = getattr(data, "_num_nodes", None)
            return torch.as_tensor([data.num_nodes] if counts is None else counts, dtype=torch.long)
        for key in self.values:
            # The rule by which PyG infers the number of nodes of a graph.
            if key in ("x", "pos", "batch") or "node" in key:
                return self.starts[key].diff()
        raise ValueError(
            "'InMemoryLoader' expected graphs of a known number of nodes (got neither 'num_nodes' nor 'x')"
        )

    def _is_node_number(self, data: Data, key: str) -> bool:
        value = self.values[key]
        if not isinstance(value, Tensor):
            return False
        step = Data(num_nodes=7, **{key: value[:0]}).__inc__(key, value[:0]) if "batch" not in key else None
        if step not in (0, 7):
            raise ValueError(
                f"'InMemoryLoader' expected attributes that PyG shifts by the number of nodes (got '{key}')"
            )
        return bool(step == 7)

    def batch(self, chosen: Tensor) -> Batch:
        graphs = chosen if self.rows is None else self.rows[chosen]
        sizes = self.sizes[graphs]
        ptr = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
        out = Batch(_base_cls=self.kind)
        out._slice_dict, out._inc_dict, out._num_graphs = {}, {}, graphs.numel()
        rest = torch.zeros_like(sizes)
        for key, value in self.values.items():
            start = self.starts[key][graphs]
            count = self.starts[key][graphs + 1] - start
            out._slice_dict[key] = torch.cat([count.new_zeros(1), count.cumsum(0)])
            out._inc_dict[key] = ptr[:-1] if self.steps[key] else rest
            if isinstance(value, Tensor):
                place = segment_arange(count) + torch.repeat_interleave(start, count)
                out[key] = value.index_select(self.cat_dims[key], place)
                if self.steps[key]:
                    out[key] += torch.repeat_interleave(ptr[:-1], count)
            else:
                out[key] = [value[graph] for graph in graphs.tolist()]
        if self.explicit_sizes:
            out._store._num_nodes = sizes.tolist()
            out.num_nodes = int(ptr[-1])
        out.batch, out.ptr = node_batch(ptr), ptr
        return out
