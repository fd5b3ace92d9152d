r"""Symmetry-breaking positional encodings: a learned object, moved by the drawn group element."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import RelaxedPermutation
from pyg_symbreak.groups import GroupElement
from pyg_symbreak.groups.ragged import segment_arange
from pyg_symbreak.nn.rank_pair import EXTRAPOLATIONS, RankPairEmbedding, fit_ranks, permutation_of, positive


class SymPE(torch.nn.Module):
    r"""Gives the nodes and edges of a graph learned vectors by rank, from `"Improving Equivariant Networks with
    Probabilistic Symmetry Breaking" <https://arxiv.org/abs/2503.21985>`_.

    A learned :math:`v`, moved by the element :math:`\tilde g` that a canonicalizer drew from the graph, is one more
    input of an equivariant network, :math:`f(x, \tilde g \cdot v)`. Node ``i`` of rank ``r`` gets the row ``r`` of
    :math:`v`; since the rows differ, no symmetry is left.

    Args:
        dim: The length of the node vectors.
        max_nodes: The largest number of nodes of a graph.
        edge_dim: The length of the edge vectors; no edge part by default.
        edge_mode: ``"pair"`` for one edge vector per pair of ranks, ``"difference"`` for one per difference of ranks.
        extrapolate: What to do with more than ``max_nodes`` nodes: ``"error"``, or ``"wrap"``, which takes ranks modulo
            ``max_nodes`` (nodes may then share a vector, and the symmetry is broken in part only).

    Raises:
        ValueError: If a size is not positive, an option is unknown, or a graph has more than ``max_nodes`` nodes.

    .. code-block:: python

        >>> from pyg_symbreak.groups import Permutation
        >>> g = Permutation(torch.tensor([1, 0, 0, 2, 1]), torch.tensor([0, 2, 5]))
        >>> SymPE(4, max_nodes=3)(g).shape
        torch.Size([5, 4])
    """

    def __init__(
        self,
        dim: int,
        max_nodes: int,
        edge_dim: int | None = None,
        *,
        edge_mode: str = "pair",
        extrapolate: str = "error",
    ) -> None:
        super().__init__()
        positive("SymPE", dim=dim, max_nodes=max_nodes, edge_dim=1 if edge_dim is None else edge_dim)
        if extrapolate not in EXTRAPOLATIONS:
            raise ValueError(f"'SymPE' expected 'extrapolate' in {EXTRAPOLATIONS} (got '{extrapolate}')")
        self.dim, self.max_nodes, self.edge_dim = dim, max_nodes, edge_dim
        self.extrapolate = extrapolate
        self.weight = torch.nn.Parameter(torch.empty(max_nodes, dim))
        self.pair = None if edge_dim is None else RankPairEmbedding(edge_dim, max_nodes, edge_mode)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the vectors afresh, standard normal."""
        torch.nn.init.normal_(self.weight)
        if self.pair is not None:
            self.pair.reset_parameters()

    def forward(self, g: GroupElement | Tensor) -> Tensor:
        r"""Look up the node vectors.

        Args:
            g: The drawn permutations, or the ranks of the nodes, ``[N]`` int64 (their ``order``).

        Returns:
            Node vectors, ``[N, dim]``.
        """
        if isinstance(g, Tensor):
            return torch.nn.functional.embedding(self._fit(g), self.weight)
        g = permutation_of("SymPE", g)
        if not isinstance(g, RelaxedPermutation):
            return torch.nn.functional.embedding(self._fit(g.order), self.weight)
        rows = self._fit(segment_arange(g.ptr.diff()))
        return g.act(torch.nn.functional.embedding(rows, self.weight))

    def edge(self, g: GroupElement | Tensor, edge_index: Tensor) -> Tensor:
        r"""Look up the edge vectors: those of the ranks of both ends.

        Args:
            g: As above.
            edge_index: The edges, ``[2, E]``.

        Returns:
            Edge vectors, ``[E, edge_dim]``.

        Raises:
            ValueError: If the module has no edge part.
        """
        if self.pair is None:
            raise ValueError("'SymPE.edge' expected a module with an edge part (got edge_dim=None)")
        if isinstance(g, RelaxedPermutation):
            return self._relaxed_edge(self.pair, g, edge_index)
        rank = self._fit(g if isinstance(g, Tensor) else permutation_of("SymPE", g).order)
        out: Tensor = self.pair(rank[edge_index[0]], rank[edge_index[1]])
        return out

    def _relaxed_edge(self, pair: RankPairEmbedding, g: RelaxedPermutation, edge_index: Tensor) -> Tensor:
        """Move the whole table, since gradients reach ``g`` through what it moves."""
        width = int(g.ptr.diff().max()) if g.num_graphs > 0 else 0
        rank = self._fit(torch.arange(width, device=edge_index.device))
        table = pair(rank.unsqueeze(1), rank.unsqueeze(0))
        moved = g.act_dense(table.expand(g.num_graphs, *table.shape), dims=(1, 2))
        place = segment_arange(g.ptr.diff())
        return moved[g.batch[edge_index[0]], place[edge_index[0]], place[edge_index[1]]]

    def _fit(self, rank: Tensor) -> Tensor:
        return fit_ranks("SymPE", rank, self.max_nodes, self.extrapolate)

    def extra_repr(self) -> str:
        return f"{self.dim}, max_nodes={self.max_nodes}, edge_dim={self.edge_dim}, extrapolate={self.extrapolate!r}"
