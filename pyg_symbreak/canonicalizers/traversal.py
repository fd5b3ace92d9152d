r"""Orders in which neighbours stand close: a walk through the graph, its choices at random or canonical."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.groups import GroupElement, Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr, segment_arange

STRATEGIES = ("breadth", "depth")


class TraversalCanonicalizer(Canonicalizer):
    r"""Walks through each graph, breadth or depth first, and ranks the nodes as it meets them.

    A canonical order is a hash: which of its positions are neighbours says nothing that carries over to the next graph.
    A walk is an order that a network can read, since each node but the first of a component follows one of its
    neighbours; `"GraphRNN" <https://arxiv.org/abs/1802.08773>`_ and SMILES strings use such orders. Next comes an
    unvisited neighbour of the earliest (breadth) or latest (depth) visited node that has one; where there is none, any
    unvisited node.

    *Law.* Without ``base``, every choice is uniform among the nodes that may come next, and :meth:`log_prob` is exact:
    more random than the inversion kernel, less than a uniform order, and nothing in it has to be learned. With
    ``base``, ranks of that canonicalizer settle the choices (lower degree first, then lower rank), and the law is the
    image of its law under a map that commutes with relabelling: over the exact canonicalizer uniform on
    :math:`|\mathrm{Aut}(x)|` orders, as every automorphism but the identity moves every order.

    Args:
        base: The canonicalizer that settles the choices; uniformly random ones by default.
        strategy: ``"breadth"`` or ``"depth"``.

    Raises:
        ValueError: If ``strategy`` is unknown.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.canonicalizers import ExactCanonicalizer
        >>> path = Data(edge_index=torch.tensor([[0, 2, 2, 1], [2, 0, 1, 2]]), num_nodes=3)  # 0 – 2 – 1
        >>> rank = TraversalCanonicalizer(ExactCanonicalizer()).rank(path)
        >>> int(rank[2]), sorted(rank.tolist())  # from one end to the other
        (1, [0, 1, 2])
        >>> walk = TraversalCanonicalizer()
        >>> p = float(walk.log_prob(path, walk(path)).exp())
        >>> round(p, 3) in (0.333, 0.167)  # from one of the ends, or from the middle to one of two ends
        True
    """

    def __init__(self, base: Canonicalizer | None = None, strategy: str = "breadth") -> None:
        super().__init__()
        if strategy not in STRATEGIES:
            raise ValueError(f"'TraversalCanonicalizer' expected 'strategy' in {STRATEGIES} (got {strategy!r})")
        self.base, self.strategy = base, strategy
        # What the law depends on, for the number of automorphisms.
        self.node_attrs, self.edge_attrs = getattr(base, "node_attrs", ()), getattr(base, "edge_attrs", ())

    @torch.no_grad()
    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Permutation:
        ptr = node_ptr(data)
        rank = None if self.base is None else self.base.rank(data, generator=generator)
        walk = _Walk(ptr, data.edge_index, self.strategy)
        choice = None if rank is None else walk.dense(walk.degree * walk.width + rank)
        for may_come in walk:
            if choice is None:
                device = ptr.device if generator is None else generator.device
                key = torch.rand(may_come.shape, generator=generator, device=device).to(ptr.device)
                key = key.masked_fill(~may_come, 2.0)
            else:
                key = choice.masked_fill(~may_come, walk.width**2)
            walk.visit(key.argmin(1))
        return self._from_rank(walk.rank, ptr)

    @torch.no_grad()
    def log_prob(self, data: GraphLike, g: GroupElement) -> Tensor:
        if self.base is not None:
            return super().log_prob(data, g)
        ptr = node_ptr(data)
        walk = _Walk(ptr, data.edge_index, self.strategy)
        assert isinstance(g, Permutation)
        position = walk.dense(g.order)
        total = torch.zeros(walk.sizes.numel(), dtype=torch.float64, device=ptr.device)
        for step, may_come in enumerate(walk):
            here = (position == step) & walk.real
            allowed = (here & may_come).any(1)
            total -= torch.where(allowed, may_come.sum(1).double().log(), torch.inf).where(here.any(1), 0)
            walk.visit(here.long().argmax(1))
        return total

    def extra_repr(self) -> str:
        return f"strategy={self.strategy!r}"


class _Walk:
    """All graphs of a batch take their steps together; iterating gives the nodes that may come next, ``[B, n]``."""

    def __init__(self, ptr: Tensor, edge_index: Tensor | None, strategy: str) -> None:
        self.sizes, self.owner, self.breadth = ptr.diff(), node_batch(ptr), strategy == "breadth"
        num, self.width = self.sizes.numel(), int(self.sizes.max()) if ptr.numel() > 1 else 0
        self.local = segment_arange(self.sizes)
        self.linked = torch.zeros(num, self.width, self.width, dtype=torch.bool, device=ptr.device)
        if edge_index is not None:
            first, second = edge_index
            self.linked[self.owner[first], self.local[first], self.local[second]] = True
            self.linked[self.owner[first], self.local[second], self.local[first]] = True
        self.degree = self.linked.sum(2)[self.owner, self.local]
        self.real = torch.arange(self.width, device=ptr.device) < self.sizes.unsqueeze(1)
        self.position = torch.full((num, self.width), self.width, device=ptr.device)
        # The visited neighbour that a node hangs on: its place in line, the whole width for none.
        self.parent = torch.full((num, self.width), self.width, device=ptr.device)
        self.row, self.step = torch.arange(num, device=ptr.device), -1

    def dense(self, values: Tensor) -> Tensor:
        out = values.new_zeros(self.real.shape)
        out[self.owner, self.local] = values
        return out

    def __iter__(self) -> Iterator[Tensor]:
        for step in range(self.width):
            self.step = step
            waiting = self.real & (self.position == self.width)
            place = self.parent.masked_fill(~waiting, self.width + 1)
            yield waiting & (place == place.amin(1, keepdim=True))

    def visit(self, node: Tensor) -> None:
        going = self.step < self.sizes
        self.position[self.row, node] = torch.where(going, self.step, self.position[self.row, node])
        place = self.step if self.breadth else self.width - 1 - self.step
        reached = self.linked[self.row, node] & going.unsqueeze(1)
        self.parent = torch.where(reached, self.parent.clamp(max=place), self.parent)

    @property
    def rank(self) -> Tensor:
        return self.position[self.owner, self.local]
