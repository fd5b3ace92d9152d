r"""Tensors over the nodes of every graph of a ragged batch, as flat lists without padding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.groups.bags import Bags
from pyg_symbreak.groups.ragged import GraphLike, node_ptr, segment_arange
from pyg_symbreak.nn.ign.basis import Key, keys
from pyg_symbreak.nn.ign.partitions import Partition


class Bucket(NamedTuple):
    r"""Graphs of about the same size, padded to one.

    Attributes:
        rows: Their pairs of nodes, ``[P]``.
        cells: Where these lie in a padded tensor ``[num_graphs, width, width]``, flattened.
        num_graphs: The number of graphs.
        width: The padded size.
    """

    rows: Tensor
    cells: Tensor
    num_graphs: int
    width: int

    @property
    def is_full(self) -> bool:
        r"""Whether there is no padding: the rows are the cells."""
        return self.rows.numel() == self.num_graphs * self.width**2


class Tuples:
    r"""Numbers the tuples of nodes of every graph of a batch: a tensor of order :math:`k` has one row a tuple,
    :math:`\sum_b n_b^k` rows in all.

    Tuples are sorted by graph and then lexicographically, so those of order 1 are the nodes of the batch and those of
    order 0 are the graphs; padding is neither stored nor computed with. Index lists are built when first needed and
    kept: make one ``Tuples`` a batch and hand it to all layers.

    Args:
        ptr: Offsets of the graphs, ``[B + 1]``, as ``batch.ptr``; :meth:`of` finds them.

    Raises:
        ValueError: If these are no ascending integers that start at zero.

    .. code-block:: python

        >>> tuples = Tuples(torch.tensor([0, 2, 3]))
        >>> [tuples.count(order) for order in range(4)]
        [2, 3, 5, 9]
        >>> tuples.nodes(2)
        tensor([[0, 0, 1, 1, 2],
                [0, 1, 0, 1, 2]])
    """

    def __init__(self, ptr: Tensor) -> None:
        whole = ptr.dim() == 1 and ptr.numel() > 0 and not (ptr.is_floating_point() or ptr.is_complex())
        if not whole or int(ptr[0]) != 0 or bool((ptr.diff() < 0).any()):
            raise ValueError(f"'Tuples' expected ascending offsets that start at zero (got {ptr.tolist()})")
        self.ptr = ptr.long()
        self.sizes = self.ptr.diff()
        self._starts: dict[int, Tensor] = {}
        self._graphs: dict[int, Tensor] = {}
        self._prefixes: dict[int, Tensor] = {}
        self._places: dict[int, list[Tensor]] = {}
        self._pools: dict[tuple[int, int], Bags] = {}
        self._turns: dict[int, Bags] = {}
        self._diagonals: dict[tuple[int, Partition], Tensor] = {}
        self._orbits: dict[tuple[int, Partition], Tensor] = {}
        self._buckets: list[Bucket] | None = None

    @classmethod
    def of(cls, data: GraphLike) -> Tuples:
        r"""Number the tuples of a graph or batch of graphs."""
        return cls(node_ptr(data))

    @property
    def num_graphs(self) -> int:
        r"""The number of graphs."""
        return self.sizes.numel()

    def count(self, order: int) -> int:
        r"""The number of tuples of an order."""
        return int(self.starts(order)[-1])

    def starts(self, order: int) -> Tensor:
        r"""Where the tuples of every graph begin, and the end, ``[B + 1]``."""
        if order not in self._starts:
            self._starts[order] = _offsets(self.sizes**order)
        return self._starts[order]

    def graph(self, order: int) -> Tensor:
        r"""The graph of every tuple, ``[T]``."""
        if order not in self._graphs:
            number = torch.arange(self.num_graphs, device=self.ptr.device)
            count = self.count(order)
            self._graphs[order] = torch.repeat_interleave(number, self.sizes**order, output_size=count)
        return self._graphs[order]

    def prefix(self, order: int) -> Tensor:
        r"""The tuple of all nodes but the last of every tuple, ``[T]``."""
        if order not in self._prefixes:
            repeats = self.sizes.index_select(0, self.graph(order - 1))
            number = torch.arange(repeats.numel(), device=self.ptr.device)
            self._prefixes[order] = torch.repeat_interleave(number, repeats, output_size=self.count(order))
        return self._prefixes[order]

    def places(self, order: int) -> list[Tensor]:
        r"""The position inside its graph of every node of the tuples: ``order`` tensors ``[T]``."""
        if order not in self._places:
            found = []
            if order > 0:
                last = segment_arange(self.sizes.index_select(0, self.graph(order - 1)))
                found = [*(place.index_select(0, self.prefix(order)) for place in self.places(order - 1)), last]
            self._places[order] = found
        return self._places[order]

    def nodes(self, order: int) -> Tensor:
        r"""The nodes of the tuples, by their numbers in the batch, ``[order, T]``."""
        if order == 0:
            return self.ptr.new_zeros(0, self.num_graphs)
        return torch.stack(self.places(order)) + self.ptr[self.graph(order)]

    def number(self, graph: Tensor, places: Sequence[Tensor]) -> Tensor:
        r"""The number of a tuple, from its graph and the positions of its nodes."""
        start = self.starts(len(places)).index_select(0, graph)
        if len(places) == 0:
            return start
        size, number = self.sizes.index_select(0, graph), places[0]
        for place in places[1:]:
            number = number * size + place
        return number + start

    def diagonal(self, order: int, partition: Partition) -> Tensor:
        r"""The tuples of order ``order`` whose nodes are equal inside the blocks of a partition, as a list with one
        entry for every tuple of as many nodes as there are blocks."""
        key = (order, partition)
        if key not in self._diagonals:
            self._diagonals[key] = self._inside(partition, tuple((axis,) for axis in range(order)))
        return self._diagonals[key]

    def orbit(self, order: int, partition: Partition) -> Tensor:
        r"""The tuples whose nodes are equal inside the blocks of a partition, and different otherwise: an orbit of the
        permutations of the nodes of every graph."""
        key = (order, partition)
        if key not in self._orbits:
            places = self.places(len(partition))
            found = self.diagonal(order, partition)
            for a, b in combinations(range(len(places)), 2):
                found = torch.where(places[a] == places[b], -1, found)
            self._orbits[key] = found[found >= 0]
        return self._orbits[key]

    def cells(self, order: int, width: int) -> Tensor:
        r"""Where every tuple lies in a padded tensor ``[B, width, …, width]``, flattened."""
        cell = self.graph(order)
        for place in self.places(order):
            cell = cell * width + place
        return cell

    def pad(self, x: Tensor, order: int) -> Tensor:
        r"""Write a tensor of an order with padding, ``[T, C]`` → ``[B, n, …, n, C]``, zero on padding; :math:`n` is the
        largest number of nodes."""
        width = int(self.sizes.max()) if self.num_graphs > 0 else 0
        padded = x.new_zeros(self.num_graphs * width**order, x.size(1)).index_copy(0, self.cells(order, width), x)
        return padded.view(self.num_graphs, *[width] * order, x.size(1))

    def unpad(self, x: Tensor, order: int) -> Tensor:
        r"""Read a tensor of an order without its padding, ``[B, n, …, n, C]`` → ``[T, C]``."""
        width = x.size(1) if order > 0 else 1
        return x.reshape(-1, x.size(-1)).index_select(0, self.cells(order, width))

    def buckets(self) -> list[Bucket]:
        r"""The graphs that have nodes, sorted into buckets of sizes that differ by less than four."""
        if self._buckets is None:
            width = (self.sizes + 3) // 4
            found, of_pair = [], width[self.graph(2)]
            for step in sorted(set(width.tolist()) - {0}):
                graphs, rows = (width == step).nonzero().view(-1), (of_pair == step).nonzero().view(-1)
                largest = int(self.sizes[graphs].max())
                number = torch.searchsorted(graphs, self.graph(2)[rows])
                i, j = (place[rows] for place in self.places(2))
                found.append(Bucket(rows, (number * largest + i) * largest + j, graphs.numel(), largest))
            self._buckets = found
        return self._buckets

    def turns(self, order: int) -> Bags:
        r"""Sums that permute axes: row ``[t, s]`` of ``[T, order!]`` is added to that tuple whose node at place
        :math:`s(a)` is the one at place :math:`a` of ``t``, for all permutations :math:`s` of the axes in
        lexicographic order."""
        if order not in self._turns:
            places, graph = self.places(order), self.graph(order)
            axes = list(permutations(range(order)))
            forth = {s: self.number(graph, [places[axis] for axis in s]) for s in axes}
            back = [forth[tuple(s.index(axis) for axis in range(order))] for s in axes]
            count, turns = self.count(order), len(axes)
            number = torch.arange(turns, device=self.ptr.device)
            offsets = torch.arange(count + 1, device=self.ptr.device) * turns
            ones = torch.arange(count * turns + 1, device=self.ptr.device)
            index = (torch.stack(list(forth.values()), 1) * turns + number).view(-1)
            size = torch.full((count, 1), turns, device=self.ptr.device)
            self._turns[order] = Bags(index, offsets, torch.stack(back, 1).view(-1), ones, size)
        return self._turns[order]

    def pools(self, order: int, level: int) -> Bags:
        r"""Sums that read all :func:`~pyg_symbreak.nn.ign.basis.keys` of one level off those of the level above:
        ``[T', K']`` → ``[T, K]``. Every one either sums over one axis or takes a diagonal."""
        if (order, level) not in self._pools:
            self._pools[order, level] = self._make_pools(order, level)
        return self._pools[order, level]

    def _make_pools(self, order: int, level: int) -> Bags:
        above, here = keys(order, level + 1), keys(order, level)
        column = {key: place for place, key in enumerate(above)}
        wide, graph = self.places(level + 1), self.graph(level)
        every, wide_every = (torch.arange(self.count(n), device=graph.device) for n in (level, level + 1))
        # For every key: tuples of the level above and their column, the tuple that sums each, its place in that bag.
        parts: list[tuple[Tensor | slice, int, Tensor, Tensor | int]] = []
        sizes = []
        for key in here:
            parent, axis = _parent(key)
            if axis is None:
                parts.append((self._inside(key.partition, parent.partition), column[parent], every, 0))
                sizes.append(torch.ones_like(every))
            else:
                rest = [*wide[:axis], *wide[axis + 1 :]]
                owner = self.prefix(level + 1) if axis == level else self.number(self.graph(level + 1), rest)
                parts.append((slice(None), column[parent], owner, wide[axis]))
                sizes.append(self.sizes.index_select(0, graph))
        size = torch.stack(sizes, 1).view(-1, 1)
        offsets = _offsets(size.squeeze(1))
        index = offsets.new_empty(int(offsets[-1]))
        count = offsets.new_zeros(wide_every.numel(), len(above))
        for number, (rows, parent_column, owner, place) in enumerate(parts):
            start = offsets[number : -1 : len(here)].index_select(0, owner)
            index[start + place] = wide_every[rows] * len(above) + parent_column
            count[rows, parent_column] += 1
        offsets_t = _offsets(count.view(-1))
        index_t, fill = torch.empty_like(index), offsets_t[:-1].view_as(count).clone()
        for number, (rows, parent_column, owner, _) in enumerate(parts):
            # No key reads a tuple twice, so that these places are all different.
            index_t[fill[rows, parent_column]] = owner * len(here) + number
            fill[rows, parent_column] += 1
        return Bags(index, offsets, index_t, offsets_t, size)

    def _inside(self, partition: Partition, finer: Partition) -> Tensor:
        """The tuples with one node for every block of a finer partition that lie on the diagonal of a partition."""
        block_of = {axis: number for number, block in enumerate(partition) for axis in block}
        places = self.places(len(partition))
        return self.number(self.graph(len(partition)), [places[block_of[block[0]]] for block in finer])


def _offsets(counts: Tensor) -> Tensor:
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])


def _parent(key: Key) -> tuple[Key, int | None]:
    """What a key is read off: a key with one axis more and that axis, or the finer diagonal that holds its diagonal."""
    blocks = len(key.partition)
    missing = [block for block in range(blocks) if block not in key.kept]
    if missing:
        kept = tuple(sorted((*key.kept, missing[-1])))
        return Key(key.partition, kept), kept.index(missing[-1])
    split = next(block for block in key.partition if len(block) > 1)
    parts = [block for block in key.partition if block != split] + [split[:-1], split[-1:]]
    return Key(tuple(sorted(parts)), tuple(range(blocks + 1))), None
