r"""What tells the nodes of a graph apart: one vector per node, and an order of the nodes where the method has one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import (
    Canonicalizer,
    ExactCanonicalizer,
    LearnedCanonicalizer,
    RefinementCanonicalizer,
    UniformCanonicalizer,
)
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr
from pyg_symbreak.labeling import wl_colors
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.score import ScoreNetwork
from pyg_symbreak.nn import SymPE


class Draw(NamedTuple):
    r"""One draw of a method.

    Attributes:
        vectors: What the encoder sees of the draw, ``[N, vector_dim]``.
        rank: The position of every node in its graph, ``[N]``, if the method orders the nodes.
    """

    vectors: Tensor
    rank: Tensor | None = None


class Breaking(torch.nn.Module, ABC):
    r"""Draws symmetry-breaking vectors, equivariantly in law.

    Args:
        config: Gives the length of the vectors and the attributes that tell nodes and edges apart.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        # It has no values: it tells the dtype and device that the module has been moved to.
        self.like: Tensor
        self.register_buffer("like", torch.empty(0), persistent=False)

    @abstractmethod
    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Draw:
        r"""Draw for every graph of ``data``, afresh at every call, in training and in evaluation."""

    def reset_parameters(self) -> None:
        r"""Reset the learnable parameters, if there are any."""

    def _noise(self, count: int, generator: torch.Generator | None) -> Tensor:
        like = self.like
        return torch.randn(count, self.config.vector_dim, generator=generator, dtype=like.dtype, device=like.device)


class NoBreaking(Breaking):
    r"""The same vector, zero, for every node."""

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Draw:
        return Draw(self.like.new_zeros(_count(data), self.config.vector_dim))


class NoiseBreaking(Breaking):
    r"""Standard normal vectors, as in `"E(n) Equivariant Graph Neural Networks" <https://arxiv.org/abs/2102.09844>`_."""

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Draw:
        return Draw(self._noise(_count(data), generator))


class WLNoiseBreaking(Breaking):
    r"""Standard normal vectors for the nodes that 1-WL confuses with another node of their graph, zero for the others,
    as in `LG-VAE <https://arxiv.org/abs/2601.13780>`_."""

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Draw:
        colors = wl_colors(data, node_attrs=self.config.node_attrs, edge_attrs=self.config.edge_attrs)
        batch = node_batch(node_ptr(data))
        width = int(colors.max()) + 1 if colors.numel() > 0 else 1
        cell = batch * width + colors
        confused = torch.bincount(cell)[cell] > 1
        return Draw(self._noise(_count(data), generator) * confused.unsqueeze(1))


class LaplacianBreaking(Breaking):
    r"""Eigenvectors of the symmetrically normalized Laplacian, those of the smallest eigenvalues after the first.

    *Law.* The nodes are put in a uniformly random order before the decomposition and every sign is a fair coin, so that
    neither the order of the nodes nor the solver's choice inside an eigenspace is an input. Vectors of length one are
    scaled by the root of the number of nodes; a graph with too few nodes gets zeros.
    """

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Draw:
        ptr = node_ptr(data)
        edge_index, batch = _edges(data), node_batch(ptr)
        sizes = ptr.diff()
        rank = Permutation.random(ptr, generator=generator).rank
        width, dim = max(int(sizes.max()) if sizes.numel() > 0 else 0, 1), self.config.vector_dim
        dense = torch.zeros(sizes.numel(), width, width, dtype=torch.float64, device=ptr.device)
        dense[batch[edge_index[0]], rank[edge_index[0]], rank[edge_index[1]]] = 1.0
        scale = dense.sum(2).clamp(min=1.0).rsqrt()
        # Twice the largest possible eigenvalue puts the padding behind everything else.
        padding = 4.0 * (torch.arange(width, device=ptr.device) >= sizes.unsqueeze(1)).double()
        laplacian = torch.diag_embed(1.0 + padding) - scale.unsqueeze(2) * dense * scale.unsqueeze(1)
        _, vectors = torch.linalg.eigh(laplacian)
        column = torch.arange(1, dim + 1, device=ptr.device)
        taken = vectors[:, :, column.clamp(max=width - 1)] * (column < sizes.unsqueeze(1)).unsqueeze(1)
        sign = torch.randint(0, 2, (sizes.numel(), 1, dim), generator=generator, device=ptr.device) * 2 - 1
        out = (taken * sign)[batch, rank] * sizes[batch].sqrt().unsqueeze(1)
        return Draw(out.to(self.like.dtype))


class RankBreaking(Breaking):
    r"""Learned vectors by rank (:class:`~pyg_symbreak.nn.SymPE`), the rank drawn by a canonicalizer.

    Args:
        config: As in :class:`Breaking`.
        canonicalizer: Draws the ranks.

    Raises:
        ValueError: If a graph has more than ``max_nodes`` nodes.
    """

    def __init__(self, config: AutoencoderConfig, canonicalizer: Canonicalizer) -> None:
        super().__init__(config)
        self.canonicalizer = canonicalizer
        self.sympe = SymPE(config.vector_dim, config.max_nodes)

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Draw:
        element = self.canonicalizer(data, generator=generator)
        # Moving the vectors, rather than looking them up by rank, lets gradients through to a learned canonicalizer.
        return Draw(self.sympe(element), element.order)

    def reset_parameters(self) -> None:
        self.canonicalizer.reset_parameters()
        self.sympe.reset_parameters()


def make_breaking(config: AutoencoderConfig) -> Breaking:
    r"""Build the method that a configuration names.

    Args:
        config: Names the method in ``symmetry_breaking``.
    """
    name, attributes = config.symmetry_breaking, (config.node_attrs, config.edge_attrs)
    if name == "uniform":
        return RankBreaking(config, UniformCanonicalizer())
    if name == "sympe-exact":
        return RankBreaking(config, ExactCanonicalizer(*attributes))
    if name == "sympe-refinement":
        return RankBreaking(config, RefinementCanonicalizer(*attributes))
    if name == "sympe-learned":
        return RankBreaking(config, LearnedCanonicalizer(ScoreNetwork(config)))
    free: dict[str, Callable[[AutoencoderConfig], Breaking]] = {
        "none": NoBreaking,
        "noise": NoiseBreaking,
        "wl-noise": WLNoiseBreaking,
        "laplacian": LaplacianBreaking,
    }
    return free[name](config)


def _count(data: GraphLike) -> int:
    return int(node_ptr(data)[-1])


def _edges(data: GraphLike) -> Tensor:
    edge_index: Tensor | None = data.edge_index
    return torch.empty((2, 0), dtype=torch.long) if edge_index is None else edge_index
