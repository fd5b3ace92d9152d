r"""Permutations of the nodes of every graph in a batch, as one value."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.groups.base import GroupElement
from pyg_symbreak.groups.ragged import node_batch, node_ptr, repeat_ptr, segment_arange

AnyData = TypeVar("AnyData", bound=Data)


class Permutation(GroupElement):
    r"""One permutation of the nodes of each graph of a batch.

    The permutation carries node ``i`` to the position ``rank[i]`` of its own graph,

    .. math::
        (\pi \cdot x)_{\mathrm{rank}(i)} = x_i .

    Args:
        rank: The position of every node within its own graph, shape ``[N]``, int64.
        ptr: The offsets of the graphs, shape ``[B + 1]``; one graph if not given.
        validate: Whether to check that ``rank`` is a permutation inside each graph.

    Raises:
        TypeError: If ``rank`` is no integer tensor.
        ValueError: If ``rank`` and ``ptr`` disagree, or ``rank`` is no permutation inside each graph.

    .. code-block:: python

        >>> p = Permutation(torch.tensor([2, 0, 1]))
        >>> p.order
        tensor([1, 2, 0])
        >>> p.act(torch.tensor([10, 20, 30]))
        tensor([20, 30, 10])
        >>> (p.inverse() @ p).rank
        tensor([0, 1, 2])
    """

    def __init__(self, rank: Tensor, ptr: Tensor | None = None, *, validate: bool = True) -> None:
        if rank.is_floating_point() or rank.dtype == torch.bool:
            raise TypeError(f"'Permutation' expected 'rank' as an integer tensor (got {rank.dtype})")
        if rank.dim() != 1:
            raise ValueError(f"'Permutation' expected 'rank' of shape [num_nodes] (got {list(rank.shape)})")
        if ptr is None:
            ptr = torch.tensor([0, rank.numel()], device=rank.device)
        self._rank = rank.to(torch.long)
        self._ptr = ptr.to(torch.long)
        self._batch: Tensor | None = None
        self._order: Tensor | None = None
        if validate:
            self._validate()

    def _validate(self) -> None:
        ends = int(self._ptr[-1]) if self._ptr.numel() > 0 else -1
        if ends != self._rank.numel():
            raise ValueError(f"'Permutation' expected 'ptr' to end at {self._rank.numel()} nodes (got {ends})")
        slot = self._slots
        sizes = self._ptr.diff()[self.batch]
        inside = bool(((self._rank >= 0) & (self._rank < sizes)).all())
        if not inside or int(torch.bincount(slot, minlength=1).max()) > 1:
            raise ValueError("'Permutation' expected 'rank' to hold every position of each graph once (got a repeat)")

    @classmethod
    def from_order(cls, order: Tensor, ptr: Tensor | None = None) -> Permutation:
        r"""Build the permutation that puts node ``order[p]`` at position ``p`` (both within a graph).

        .. code-block:: python

            >>> Permutation.from_order(torch.tensor([1, 2, 0])).rank
            tensor([2, 0, 1])
        """
        return cls(order, ptr).inverse()

    @classmethod
    def identity(cls, ptr: Tensor) -> Permutation:
        r"""Return the permutations that move nothing.

        .. code-block:: python

            >>> Permutation.identity(torch.tensor([0, 2, 5])).rank
            tensor([0, 1, 0, 1, 2])
        """
        return cls(segment_arange(ptr.diff()), ptr, validate=False)

    @classmethod
    def random(cls, ptr: Tensor, generator: torch.Generator | None = None) -> Permutation:
        r"""Draw independent permutations, each uniform over all :math:`n!` of its graph.

        .. code-block:: python

            >>> sorted(Permutation.random(torch.tensor([0, 3])).rank.tolist())
            [0, 1, 2]
        """
        batch = node_batch(ptr)
        device = ptr.device if generator is None else generator.device
        key = torch.randint(0, 2**62, (batch.numel(),), generator=generator, device=device)
        drawn = torch.argsort(key.to(ptr.device))
        drawn = drawn[torch.argsort(batch[drawn], stable=True)]
        return cls(drawn - ptr[:-1][batch], ptr, validate=False)

    @property
    def rank(self) -> Tensor:
        r"""The position of every node within its own graph, ``[N]``."""
        return self._rank

    @property
    def order(self) -> Tensor:
        r"""The node (within its own graph) at every position, ``[N]``."""
        if self._order is None:
            order = torch.empty_like(self._rank)
            order[self._slots] = segment_arange(self._ptr.diff())
            self._order = order
        return self._order

    @property
    def ptr(self) -> Tensor:
        r"""The offsets of the graphs, ``[B + 1]``."""
        return self._ptr

    @property
    def batch(self) -> Tensor:
        r"""The number of the graph of every node, ``[N]``."""
        if self._batch is None:
            self._batch = node_batch(self._ptr)
        return self._batch

    @property
    def num_graphs(self) -> int:
        return self._ptr.numel() - 1

    @property
    def _slots(self) -> Tensor:
        """The place of every node in the permuted batch."""
        return self._rank + self._ptr[:-1][self.batch]

    @property
    def _sources(self) -> Tensor:
        """The node of the batch that comes to each place."""
        return self.order + self._ptr[:-1][self.batch]

    def compose(self, other: Permutation) -> Permutation:
        r"""Return the permutations that act as ``other`` first and as ``self`` second.

        Raises:
            ValueError: If the two belong to batches of different sizes.
        """
        if not torch.equal(self._ptr, other._ptr):
            raise ValueError("'Permutation.compose' expected two permutations of the same graphs (got different sizes)")
        return Permutation(self._rank[other._slots], self._ptr, validate=False)

    def inverse(self) -> Permutation:
        out = Permutation(self.order, self._ptr, validate=False)
        out._order, out._batch = self._rank, self._batch
        return out

    def identity_like(self) -> Permutation:
        return Permutation.identity(self._ptr)

    def random_like(self, generator: torch.Generator | None = None) -> Permutation:
        return Permutation.random(self._ptr, generator)

    def repeat(self, num_copies: int) -> Permutation:
        return Permutation(self._rank.repeat(num_copies), repeat_ptr(self._ptr, num_copies), validate=False)

    def act(self, x: Tensor) -> Tensor:
        r"""Move node values, ``[N, …]`` → ``[N, …]``.

        Raises:
            ValueError: If the first dimension is not the number of nodes.
        """
        if x.size(0) != self._rank.numel():
            raise ValueError(f"'Permutation.act' expected {self._rank.numel()} rows (got {x.size(0)})")
        return x[self._sources]

    def act_edge_index(self, edge_index: Tensor) -> Tensor:
        r"""Rename the nodes of ``edge_index``, ``[2, E]``; edges keep their places, so edge values need no move."""
        return self._slots[edge_index].to(edge_index.dtype)

    def act_dense(self, x: Tensor, dims: Sequence[int] = (1,)) -> Tensor:
        r"""Move padded values ``[B, …]`` along every dimension of ``dims``, each at least as long as the largest graph.

        Padding stays where it is.

        .. code-block:: python

            >>> p = Permutation(torch.tensor([1, 0, 0]), torch.tensor([0, 2, 3]))
            >>> p.act_dense(torch.tensor([[1, 2, 0], [3, 0, 0]]))
            tensor([[2, 1, 0],
                    [3, 0, 0]])

        Raises:
            ValueError: If a dimension is shorter than the largest graph.
        """
        for dim in dims:
            source = self._dense_sources(x.size(dim))
            shape = [1] * x.dim()
            shape[0], shape[dim] = source.shape
            x = x.gather(dim, source.view(shape).expand_as(x))
        return x

    def _dense_sources(self, width: int) -> Tensor:
        sizes = self._ptr.diff()
        widest = int(sizes.max()) if sizes.numel() > 0 else 0
        if width < widest:
            raise ValueError(f"'Permutation.act_dense' expected dimensions of at least {widest} (got {width})")
        source = torch.arange(width, device=self._ptr.device).repeat(sizes.numel(), 1)
        source[self.batch, segment_arange(sizes)] = self.order
        return source

    def act_as(self, x: Tensor, kind: str) -> Tensor:
        self._check_kind(kind)
        if kind in ("node", "vector", "point"):
            return self.act(x)
        if kind == "pair":
            return self.act_dense(x, dims=(1, 2))
        return self.act_dense(x) if kind == "dense" else x

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        r"""Renumber the nodes of a ``Data`` or ``Batch``; the input stays as it is.

        Node attributes move, ``edge_index`` is renamed, edge attributes stay beside their edges. Attributes that
        ``kinds`` names move as it says.

        Raises:
            ValueError: If ``data`` has other graphs than the permutation.
        """
        if not torch.equal(node_ptr(data), self._ptr):
            raise ValueError("'Permutation.act_data' expected the graphs that it permutes (got other sizes)")
        out = copy.copy(data)
        kinds = kinds or {}
        for key, value in list(out.items()):
            if key in ("batch", "ptr"):
                continue
            if key in kinds and isinstance(value, Tensor):
                out[key] = self.act_as(value, kinds[key])
            elif key == "edge_index" and value is not None:
                out[key] = self.act_edge_index(value)
            elif isinstance(value, Permutation):  # how the graphs were moved so far, with its gradients
                out[key] = self @ value
            elif isinstance(value, Tensor) and data.is_node_attr(key):
                out[key] = self.act(value)
        return out

    def matrix(self, dtype: torch.dtype = torch.float32) -> Tensor:
        r"""Return permutation matrices ``[B, n_max, n_max]`` with ``matrix[rank[i], i] = 1``; zero on padding.

        .. code-block:: python

            >>> Permutation(torch.tensor([1, 2, 0])).matrix() @ torch.tensor([10.0, 20.0, 30.0])
            tensor([[30., 10., 20.]])
        """
        sizes = self._ptr.diff()
        widest = int(sizes.max()) if sizes.numel() > 0 else 0
        out = torch.zeros(self.num_graphs, widest, widest, dtype=dtype, device=self._rank.device)
        out[self.batch, self._rank, segment_arange(sizes)] = 1
        return out

    def to(self, device: torch.device | str) -> Permutation:
        r"""Return the same permutations on another device."""
        return Permutation(self._rank.to(device), self._ptr.to(device), validate=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Permutation):
            return NotImplemented
        return torch.equal(self._ptr, other._ptr) and torch.equal(self._rank, other._rank)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_graphs={self.num_graphs}, num_nodes={self._rank.numel()})"
