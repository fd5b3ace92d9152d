r"""Learned vectors for pairs of ranks."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups import GroupElement, Permutation

MODES = ("pair", "difference")
EXTRAPOLATIONS = ("error", "wrap")


class RankPairEmbedding(torch.nn.Module):
    r"""Looks up one learned vector for every ordered pair of ranks.

    Args:
        dim: The length of the vectors.
        max_nodes: The largest number of nodes of a graph.
        mode: ``"pair"`` gives each pair :math:`(r_i, r_j)` its own vector (``max_nodes ** 2`` of them, enough to single
            out every pair); ``"difference"`` gives one to each difference :math:`r_i - r_j` (``2 * max_nodes - 1``).

    Shapes:
        - **input:** two rank tensors of the same shape ``[*]``, values below ``max_nodes``.
        - **output:** ``[*, dim]``.

    Raises:
        ValueError: If a size is not positive or ``mode`` is unknown.

    .. code-block:: python

        >>> embedding = RankPairEmbedding(4, max_nodes=3)
        >>> embedding(torch.tensor([0, 2]), torch.tensor([1, 1])).shape
        torch.Size([2, 4])
    """

    def __init__(self, dim: int, max_nodes: int, mode: str = "pair") -> None:
        super().__init__()
        positive("RankPairEmbedding", dim=dim, max_nodes=max_nodes)
        if mode not in MODES:
            raise ValueError(f"'RankPairEmbedding' expected 'mode' in {MODES} (got '{mode}')")
        self.dim, self.max_nodes, self.mode = dim, max_nodes, mode
        self.weight = torch.nn.Parameter(torch.empty(max_nodes**2 if mode == "pair" else 2 * max_nodes - 1, dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the vectors afresh, standard normal."""
        torch.nn.init.normal_(self.weight)

    def forward(self, rank_i: Tensor, rank_j: Tensor) -> Tensor:
        return torch.nn.functional.embedding(self.entry(rank_i, rank_j), self.weight)

    def entry(self, rank_i: Tensor, rank_j: Tensor) -> Tensor:
        r"""The rows of ``weight`` that belong to pairs of ranks."""
        if self.mode == "pair":
            return rank_i * self.max_nodes + rank_j
        return rank_i - rank_j + (self.max_nodes - 1)

    def extra_repr(self) -> str:
        return f"{self.dim}, max_nodes={self.max_nodes}, mode={self.mode!r}"


def positive(owner: str, **sizes: int) -> None:
    """Check that every size is at least one."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"'{owner}' expected '{name}' to be at least 1 (got {size})")


def fit_ranks(owner: str, rank: Tensor, max_nodes: int, extrapolate: str) -> Tensor:
    """Bring ranks below ``max_nodes``, or say that they are not."""
    if extrapolate == "wrap":
        return rank % max_nodes
    largest = int(rank.max()) if rank.numel() > 0 else -1
    if largest >= max_nodes:
        raise ValueError(
            f"'{owner}' expected graphs of at most 'max_nodes' = {max_nodes} nodes (got one of {largest + 1}); "
            "raise 'max_nodes' or pass extrapolate='wrap'"
        )
    return rank


def permutation_of(owner: str, g: GroupElement) -> Permutation:
    """Check that an element is one of permutations."""
    if not isinstance(g, Permutation):
        raise TypeError(f"'{owner}' expected permutations or ranks (got '{type(g).__name__}')")
    return g
