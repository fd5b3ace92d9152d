r"""An equivariant network scores the nodes; the scores are sorted."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.relaxed import RelaxedPermutation
from pyg_symbreak.canonicalizers.score_gin import ScoreGIN
from pyg_symbreak.canonicalizers.straight_through import SoftMove
from pyg_symbreak.canonicalizers.ties import random_rank, tie_cells, tie_keys
from pyg_symbreak.groups import GroupElement, Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr


class LearnedCanonicalizer(Canonicalizer):
    r"""Sorts the nodes by learned scores, from `"Equivariance with Learned Canonicalization Functions"
    <https://arxiv.org/abs/2211.06489>`_ and, with noise, `"Learning Probabilistic Symmetrization for Architecture
    Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_.

    *Law.* An equivariant network gives every node a score. Nodes are sorted by score; scores closer than ``resolution``
    (relative to the largest of the graph, see :func:`~pyg_symbreak.canonicalizers.ties.tie_cells`) are ties, broken
    uniformly at random: uniform on a product of symmetric groups, one for each class of tied nodes, which contains
    the coset of the inversion kernel and is larger in general. With ``noise_dim`` the scores are random themselves. The
    law is the same in training and in evaluation.

    When gradients are wanted, the element is a :class:`~pyg_symbreak.canonicalizers.RelaxedPermutation`: whatever
    it moves passes gradients to the scores, forward values stay those of the hard permutation. The second paper trains
    with ``noise_dim`` equal to the number of features, a temperature of 0.01 on graphs (with ``normalize``) and of 0.1
    on point clouds, 20 sweeps, and 0.1 times :meth:`entropy` added to the loss.

    Args:
        network: A permutation-equivariant module that maps a graph or batch to one score a node, ``[N]`` or
            ``[N, 1]``; by default a :class:`ScoreGIN` of width 64 with three layers and a virtual node.
        in_channels: The number of node features (``data.x``) that the default network reads.
        edge_dim: The number of edge features (``data.edge_attr``) that the default network reads.
        noise_dim: The number of noise channels, uniform on [0, 1), appended to ``data.x`` before the network sees it.
        resolution: The largest relative difference of tied scores. Rounding needs about ``1e-6`` in single precision;
            graphs with more nodes than ``1 / resolution`` have scores so dense that they tie in chains.
        temperature: The softness of the relaxed sort.
        num_iters: The number of Sinkhorn sweeps of the relaxed sort.
        straight_through: Whether to relax at all; without it no gradient reaches the network.
        normalize: Whether the relaxed sort sees the scores of each graph scaled to a vector of length one, so that the
            network cannot sharpen it by larger scores. The order stays the same.

    Raises:
        ValueError: If an argument is out of range, or the network returns something else than one finite score a node.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> star = Data(edge_index=torch.tensor([[0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0]]), num_nodes=4)
        >>> canonicalizer = LearnedCanonicalizer()
        >>> int(canonicalizer.rank(star)[0]) in (0, 3)
        True
    """

    def __init__(
        self,
        network: torch.nn.Module | None = None,
        in_channels: int = 0,
        *,
        edge_dim: int = 0,
        noise_dim: int = 0,
        resolution: float = 1e-5,
        temperature: float = 0.1,
        num_iters: int = 20,
        straight_through: bool = True,
        normalize: bool = False,
    ) -> None:
        super().__init__()
        counts = {"in_channels": in_channels, "edge_dim": edge_dim, "noise_dim": noise_dim, "num_iters": num_iters}
        for name, count in counts.items():
            if count < 0:
                raise ValueError(f"'LearnedCanonicalizer' expected '{name}' to be at least 0 (got {count})")
        for name, scale in (("resolution", resolution), ("temperature", temperature)):
            if not scale > 0:
                raise ValueError(f"'LearnedCanonicalizer' expected '{name}' to be positive (got {scale})")
        if network is None:
            network = ScoreGIN(in_channels + noise_dim, hidden_channels=64, virtual_node=True, edge_dim=edge_dim)
        self.network = network
        self.noise_dim, self.resolution, self.normalize = noise_dim, resolution, normalize
        self.temperature, self.num_iters, self.straight_through = temperature, num_iters, straight_through

    @property
    def noise_kinds(self) -> dict[str, str]:
        return {"features": "node", "ties": "node"} if self.noise_dim > 0 else {"ties": "node"}

    def noise(self, data: GraphLike, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw the noise channels of the nodes, ``features`` ``[N, noise_dim]`` (if there are any), and the keys that
        break ties, ``ties`` ``[N]`` int64.
        """
        ptr = node_ptr(data)
        num_nodes, noise = int(ptr[-1]), {}
        if self.noise_dim > 0:
            like = next((p for p in self.network.parameters()), torch.empty(0, device=ptr.device))
            device = like.device if generator is None else generator.device
            noise["features"] = torch.rand(num_nodes, self.noise_dim, generator=generator, device=device).to(like)
        noise["ties"] = tie_keys(num_nodes, ptr.device, generator)
        return noise

    def forward(
        self,
        data: GraphLike,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> Permutation:
        r"""Draw one permutation for every graph of ``data``.

        Args:
            data: One graph or a batch of graphs; it stays as it is.
            noise: The randomness of the draw, as from :meth:`noise`; drawn if not given.
            generator: The source of randomness; the global one of torch by default.
        """
        noise = self.noise(data, generator=generator) if noise is None else noise
        return self.from_scores(self._score(data, noise), node_ptr(data), noise["ties"])

    def from_scores(self, score: Tensor, ptr: Tensor, ties: Tensor) -> Permutation:
        r"""Make permutations of scores, as the call does with those of its network.

        Args:
            score: The scores of the nodes, ``[N]`` or ``[N, 1]``.
            ptr: The offsets of the graphs, ``[B + 1]``.
            ties: The keys that break ties, ``[N]``.
        """
        hard, score = self._sort(score, ptr, ties)
        relax = self.straight_through and score.requires_grad
        return self._relax(hard, score).inverse() if relax else hard.inverse()

    def relaxed(
        self,
        data: GraphLike,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> RelaxedPermutation:
        r"""Draw an element together with its soft matrices, whether gradients are wanted or not.

        ``relaxed(data).inverse().soft(b)[p, i]`` is the weight of node ``i`` at position ``p`` of the canonical form.
        """
        noise = self.noise(data, generator=generator) if noise is None else noise
        return self._relax(*self._sort(self._score(data, noise), node_ptr(data), noise["ties"])).inverse()

    def entropy(self, g: GroupElement) -> Tensor:
        r"""How far the soft matrices of a draw are from permutations: the entropies of their rows and columns, added
        up, averaged over the nodes of a graph and then over graphs.

        The gradients of a draw are those of its soft matrices, so they tell the truth only where these are nearly hard.
        Added to a loss (times 0.1 in the second paper) it keeps them so.

        Args:
            g: A draw with gradients, or one from :meth:`relaxed`.

        Raises:
            TypeError: If ``g`` has no soft matrices.
            ValueError: If ``g`` is a product of several draws.

        .. code-block:: python

            >>> from torch_geometric.data import Data
            >>> canonicalizer = LearnedCanonicalizer()
            >>> twins = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
            >>> entropy = canonicalizer.entropy(canonicalizer(twins))  # of two equal weights, in rows and in columns
            >>> round(float(entropy.detach().exp()), 3)
            4.0
        """
        return _mean(_soft(g, "entropy").soft.entropy())

    def prior_loss(self, g: GroupElement) -> Tensor:
        r"""The mean over nodes of :math:`-\log S_{i i}`: how little weight the soft matrices give to every node at the
        position that it has already.

        Args:
            g: A draw with gradients, or one from :meth:`relaxed`.

        Raises:
            TypeError: If ``g`` has no soft matrices.
            ValueError: If ``g`` is a product of several draws.
        """
        soft, rows, columns = _soft(g, "prior_loss")
        return -_mean(soft.log_weight(rows.argsort(), columns.argsort()))

    @torch.no_grad()
    def log_prob(self, data: GraphLike, g: GroupElement) -> Tensor:
        r"""The logarithm of the probability of a drawn order, ``[B]`` float64.

        It is :math:`-\sum_c \log |c|!` over the classes :math:`c` of tied nodes. With ``noise_dim`` it has no closed
        form, and the upper bound 0 is returned.
        """
        ptr = node_ptr(data)
        if self.noise_dim > 0:
            return torch.zeros(ptr.numel() - 1, dtype=torch.float64, device=ptr.device)
        cell = tie_cells(self._check(self._score(data, {}), int(ptr[-1])), ptr, self.resolution)
        size = torch.bincount(cell)
        share = torch.lgamma(size.double() + 1) / size  # that of one node
        total = torch.zeros(ptr.numel() - 1, dtype=torch.float64, device=ptr.device)
        return total.index_add_(0, node_batch(ptr), -share[cell])

    def _sort(self, score: Tensor, ptr: Tensor, ties: Tensor) -> tuple[Permutation, Tensor]:
        score = self._check(score, int(ptr[-1]))
        rank = random_rank(tie_cells(score, ptr, self.resolution), ptr, key=ties)
        return Permutation(rank, ptr, validate=False), score

    def _relax(self, hard: Permutation, score: Tensor) -> RelaxedPermutation:
        if self.normalize:
            squares = score.new_zeros(hard.num_graphs).index_add(0, hard.batch, score.square())
            # The root has no gradient at zero.
            score = score / squares.clamp(min=1e-12).sqrt()[hard.batch]
        return RelaxedPermutation.sort(score, hard, self.temperature, self.num_iters)

    def _score(self, data: GraphLike, noise: Mapping[str, Tensor]) -> Tensor:
        if self.noise_dim > 0:
            data = self._with_noise(data, noise["features"])
        score: Tensor = self.network(data)
        return score

    @staticmethod
    def _check(score: Tensor, num_nodes: int) -> Tensor:
        if score.shape not in ((num_nodes,), (num_nodes, 1)):
            raise ValueError(
                f"'LearnedCanonicalizer' expected 'network' to return {num_nodes} scores (got {list(score.shape)})"
            )
        if not bool(torch.isfinite(score).all()):
            raise ValueError("'LearnedCanonicalizer' expected 'network' to return finite scores (got NaN or infinity)")
        return score.view(-1)

    @staticmethod
    def _with_noise(data: GraphLike, noise: Tensor) -> GraphLike:
        x = data.x
        out = copy.copy(data)
        columns = x.unsqueeze(-1) if x is not None and x.dim() == 1 else x
        out.x = noise if columns is None else torch.cat([columns.to(noise), noise], dim=-1)
        return out

    def extra_repr(self) -> str:
        return (
            f"noise_dim={self.noise_dim}, resolution={self.resolution}, temperature={self.temperature}, "
            f"num_iters={self.num_iters}, straight_through={self.straight_through}, normalize={self.normalize}"
        )


def _soft(g: GroupElement, owner: str) -> SoftMove:
    if not isinstance(g, RelaxedPermutation):
        raise TypeError(
            f"'LearnedCanonicalizer.{owner}' expected a draw with soft matrices (got '{type(g).__name__}'); "
            "'relaxed' makes one where no gradient is wanted"
        )
    return g.single_move(f"LearnedCanonicalizer.{owner}")


def _mean(x: Tensor) -> Tensor:
    """The mean, and zero of nothing."""
    return x.sum() / max(x.numel(), 1)
