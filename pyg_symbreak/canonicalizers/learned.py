r"""An equivariant network scores the nodes; the scores are sorted."""

from __future__ import annotations

import copy

import torch
from torch import Tensor
from torch_geometric.nn.conv import GINConv

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.relaxed import RelaxedPermutation, soft_permutation
from pyg_symbreak.canonicalizers.ties import random_rank, tie_cells
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
    it moves passes gradients to the scores, forward values stay those of the hard permutation.

    Args:
        network: A permutation-equivariant module that maps a graph or batch to one score a node, ``[N]`` or
            ``[N, 1]``; a :class:`ScoreGIN` by default.
        in_channels: The number of node features (``data.x``) that the default network reads.
        noise_dim: The number of uniform noise channels appended to ``data.x`` before the network sees it.
        resolution: The largest relative difference of tied scores. Rounding needs about ``1e-6`` in single precision;
            graphs with more nodes than ``1 / resolution`` have scores so dense that they tie in chains.
        temperature: The softness of the relaxed sort.
        num_iters: The number of Sinkhorn sweeps of the relaxed sort.
        straight_through: Whether to relax at all; without it no gradient reaches the network.

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
        noise_dim: int = 0,
        resolution: float = 1e-5,
        temperature: float = 0.1,
        num_iters: int = 20,
        straight_through: bool = True,
    ) -> None:
        super().__init__()
        for name, count in (("in_channels", in_channels), ("noise_dim", noise_dim), ("num_iters", num_iters)):
            if count < 0:
                raise ValueError(f"'LearnedCanonicalizer' expected '{name}' to be at least 0 (got {count})")
        for name, scale in (("resolution", resolution), ("temperature", temperature)):
            if not scale > 0:
                raise ValueError(f"'LearnedCanonicalizer' expected '{name}' to be positive (got {scale})")
        self.network = ScoreGIN(in_channels + noise_dim) if network is None else network
        self.noise_dim, self.resolution = noise_dim, resolution
        self.temperature, self.num_iters, self.straight_through = temperature, num_iters, straight_through

    def reset_parameters(self) -> None:
        r"""Reset the network."""
        reset = getattr(self.network, "reset_parameters", None)
        if reset is not None:
            reset()

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Permutation:
        hard, score = self._sort(data, generator)
        relax = self.straight_through and score.requires_grad
        return self._relax(hard, score).inverse() if relax else hard.inverse()

    def relaxed(self, data: GraphLike, *, generator: torch.Generator | None = None) -> RelaxedPermutation:
        r"""Draw an element together with its soft matrices, whether gradients are wanted or not.

        ``relaxed(data).inverse().soft[b, p, i]`` is the weight of node ``i`` at position ``p`` of the canonical form.
        """
        return self._relax(*self._sort(data, generator)).inverse()

    @torch.no_grad()
    def log_prob(self, data: GraphLike, g: GroupElement) -> Tensor:
        r"""The logarithm of the probability of a drawn order, ``[B]`` float64.

        It is :math:`-\sum_c \log |c|!` over the classes :math:`c` of tied nodes. With ``noise_dim`` it has no closed
        form, and the upper bound 0 is returned.
        """
        ptr = node_ptr(data)
        if self.noise_dim > 0:
            return torch.zeros(ptr.numel() - 1, dtype=torch.float64, device=ptr.device)
        cell = tie_cells(self._score(data, int(ptr[-1]), None), ptr, self.resolution)
        size = torch.bincount(cell)
        share = torch.lgamma(size.double() + 1) / size  # that of one node
        total = torch.zeros(ptr.numel() - 1, dtype=torch.float64, device=ptr.device)
        return total.index_add_(0, node_batch(ptr), -share[cell])

    def _sort(self, data: GraphLike, generator: torch.Generator | None) -> tuple[Permutation, Tensor]:
        ptr = node_ptr(data)
        score = self._score(data, int(ptr[-1]), generator)
        rank = random_rank(tie_cells(score, ptr, self.resolution), ptr, generator)
        return Permutation(rank, ptr, validate=False), score

    def _relax(self, hard: Permutation, score: Tensor) -> RelaxedPermutation:
        soft = soft_permutation(score, hard, self.temperature, self.num_iters)
        return RelaxedPermutation(hard.rank, hard.ptr, soft)

    def _score(self, data: GraphLike, num_nodes: int, generator: torch.Generator | None) -> Tensor:
        if self.noise_dim > 0:
            data = self._with_noise(data, num_nodes, generator)
        score: Tensor = self.network(data)
        if score.shape not in ((num_nodes,), (num_nodes, 1)):
            raise ValueError(
                f"'LearnedCanonicalizer' expected 'network' to return {num_nodes} scores (got {list(score.shape)})"
            )
        if not bool(torch.isfinite(score).all()):
            raise ValueError("'LearnedCanonicalizer' expected 'network' to return finite scores (got NaN or infinity)")
        return score.view(-1)

    def _with_noise(self, data: GraphLike, num_nodes: int, generator: torch.Generator | None) -> GraphLike:
        x = data.x
        like = next((p for p in self.network.parameters()), torch.empty(0))
        device = like.device if generator is None else generator.device
        noise = torch.rand(num_nodes, self.noise_dim, generator=generator, device=device).to(like)
        out = copy.copy(data)
        columns = x.unsqueeze(-1) if x is not None and x.dim() == 1 else x
        out.x = noise if columns is None else torch.cat([columns.to(like), noise], dim=-1)
        return out

    def extra_repr(self) -> str:
        return (
            f"noise_dim={self.noise_dim}, resolution={self.resolution}, temperature={self.temperature}, "
            f"num_iters={self.num_iters}, straight_through={self.straight_through}"
        )


class ScoreGIN(torch.nn.Module):
    r"""A small graph isomorphism network that scores nodes, from `"How Powerful are Graph Neural Networks?"
    <https://arxiv.org/abs/1810.00826>`_.

    Args:
        in_channels: The number of node features (``data.x``) to read; a constant is read in any case.
        hidden_channels: The width.
        num_layers: The number of rounds of message passing.

    Shapes:
        - **input:** a graph or batch with :math:`N` nodes.
        - **output:** ``[N]``.

    Raises:
        ValueError: If ``data.x`` has another number of features.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> ScoreGIN(2)(Data(x=torch.randn(3, 2), edge_index=torch.tensor([[0], [1]]))).shape
        torch.Size([3])
    """

    def __init__(self, in_channels: int = 0, hidden_channels: int = 32, num_layers: int = 3) -> None:
        super().__init__()
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        self.embed = torch.nn.Linear(in_channels + 1, hidden_channels)
        self.convs = torch.nn.ModuleList(
            GINConv(
                torch.nn.Sequential(
                    torch.nn.Linear(hidden_channels, hidden_channels),
                    torch.nn.ReLU(),
                    torch.nn.Linear(hidden_channels, hidden_channels),
                ),
                train_eps=True,
            )
            for _ in range(num_layers)
        )
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden_channels) for _ in range(num_layers))
        self.head = torch.nn.Linear(hidden_channels, 1)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (self.embed, *self.convs, *self.norms, self.head):
            module.reset_parameters()

    def forward(self, data: GraphLike) -> Tensor:
        num_nodes, weight = int(data.num_nodes), self.embed.weight
        inputs = weight.new_ones(num_nodes, 1)
        if self.in_channels > 0:
            x = data.x
            if x is None or x.numel() != num_nodes * self.in_channels:
                got = "none" if x is None else list(x.shape)
                raise ValueError(f"'ScoreGIN' expected 'data.x' of shape [{num_nodes}, {self.in_channels}] (got {got})")
            inputs = torch.cat([inputs, x.reshape(num_nodes, self.in_channels).to(weight.dtype)], dim=-1)
        edge_index = data.edge_index
        if edge_index is None:
            edge_index = torch.empty(2, 0, dtype=torch.long, device=weight.device)
        h = self.embed(inputs)
        for conv, norm in zip(self.convs, self.norms):
            h = h + norm(conv(h, edge_index)).relu()
        score: Tensor = self.head(h)
        return score.view(-1)

    def extra_repr(self) -> str:
        return f"{self.in_channels}, hidden_channels={self.hidden_channels}"
