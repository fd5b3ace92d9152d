r"""A transformer over particles whose attention sees the pairs, without any equivariance."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.backbones.padding import key_bias
from pyg_symbreak.models.nbody.moving import Move, displacement_head
from pyg_symbreak.models.nbody.particles import Particles, num_scalars, pair_features


class ParticleTransformer(torch.nn.Module):
    r"""A pre-norm transformer over the particles, in the order and the coordinates in which they stand, for the task of
    `"Learning Probabilistic Symmetrization for Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_.

    That paper's transformer has one token for each pair; here the tokens are the particles, five times fewer, and the
    pairs enter the attention: a small perceptron of what a pair tells gives a bias for each head and a value. A learned
    embedding of the position in the order makes it sensitive to permutations, the coordinates to rotations; a
    canonicalizer of :math:`S_n \times O(d)` makes up for both. Translations act on nothing it sees.

    Args:
        max_nodes: The number of particles of the largest graph.
        channels: The width.
        num_layers: The number of blocks.
        heads: The number of attention heads.
        pair_channels: The width of the perceptrons of pairs.
        moving: Whether every block also moves the particles, and the next one sees the pairs where they are then.
        radial: As in :func:`~pyg_symbreak.models.nbody.particles.pair_features`.
        dim: The dimension :math:`d` of the space.

    Shapes:
        - **input:** a graph or batch with ``pos``, ``vel`` ``[N, d]`` and ``charge`` ``[N]``.
        - **output:** positions one unit of time later, ``[N, d]``.

    Raises:
        ValueError: If ``channels`` is no multiple of ``heads``; when called, if a graph is too large.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> model = ParticleTransformer(5, channels=8, num_layers=1)
        >>> model(Data(pos=torch.randn(5, 3), vel=torch.randn(5, 3), charge=torch.ones(5))).shape
        torch.Size([5, 3])
    """

    def __init__(
        self,
        max_nodes: int = 5,
        channels: int = 64,
        num_layers: int = 4,
        heads: int = 4,
        pair_channels: int = 32,
        *,
        moving: bool = True,
        radial: bool = True,
        dim: int = 3,
    ) -> None:
        super().__init__()
        if heads < 1 or channels % heads:
            raise ValueError(
                f"'ParticleTransformer' expected 'channels' as a multiple of {heads} heads (got {channels})"
            )
        self.max_nodes, self.channels, self.num_layers, self.heads = max_nodes, channels, num_layers, heads
        self.moving, self.radial, self.dim = moving, radial, dim
        self.embed = torch.nn.Linear(2 * dim + 1, channels)
        self.position = torch.nn.Parameter(torch.empty(max_nodes, channels))
        self.blocks = torch.nn.ModuleList(
            _Block(channels, heads, dim + num_scalars(radial), pair_channels, 2 * dim if moving else 0)
            for _ in range(num_layers)
        )
        self.moves = torch.nn.ModuleList(Move(channels, dim, num_layers) for _ in range(num_layers if moving else 0))
        self.norm = torch.nn.LayerNorm(channels)
        self.head = displacement_head(channels, dim)
        self._init_position()

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for child in self.children():
            reset(child)
        self._init_position()

    def _init_position(self) -> None:
        torch.nn.init.normal_(self.position, std=0.3)

    def forward(self, data: GraphLike) -> Tensor:
        particles = Particles.from_data(data, self.dim)
        pos, vel, products, padding = particles.pos, particles.vel, particles.products, particles.padding
        if padding.width > self.max_nodes:
            raise ValueError(
                f"'ParticleTransformer' expected graphs of at most {self.max_nodes} particles "
                f"(got one of {padding.width})"
            )
        mask = key_bias(padding.mask, pos.dtype)
        h = self.embed(torch.cat([pos, vel, particles.charge.unsqueeze(2)], dim=-1)) + self.position[: padding.width]
        pairs = torch.cat(pair_features(pos, products, self.radial), dim=-1)
        for number, block in enumerate(self.blocks):
            h = block(h, pairs, mask, torch.cat([pos, vel], dim=-1) if self.moving else None)
            if self.moving:
                pos, vel = self.moves[number](h, pos, vel)
                pairs = torch.cat(pair_features(pos, products, self.radial), dim=-1)
        return particles.back(data, pos + self.head(self.norm(h)))

    def extra_repr(self) -> str:
        return (
            f"{self.max_nodes}, {self.channels}, num_layers={self.num_layers}, heads={self.heads}, "
            f"moving={self.moving}, radial={self.radial}, dim={self.dim}"
        )


class _Block(torch.nn.Module):
    """Attention whose logits and values have a part from the pairs, then a perceptron."""

    def __init__(self, channels: int, heads: int, pair_in: int, pair_channels: int, node_channels: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = torch.nn.LayerNorm(channels), torch.nn.LayerNorm(channels)
        self.qkv = torch.nn.Linear(channels, 3 * channels)
        self.ends = torch.nn.Linear(channels, 2 * pair_channels)
        self.pair1 = torch.nn.Linear(pair_in, pair_channels)
        self.pair2 = torch.nn.Linear(pair_channels, heads + channels)
        self.proj = torch.nn.Linear(channels, channels)
        self.fc1 = torch.nn.Linear(channels + node_channels, 2 * channels)
        self.fc2 = torch.nn.Linear(2 * channels, channels)

    def forward(self, h: Tensor, pairs: Tensor, mask: Tensor | None, place: Tensor | None) -> Tensor:
        batch, width, channels = h.shape
        x = self.norm1(h)
        query, key, value = self.qkv(x).view(batch, width, 3, self.heads, channels // self.heads).unbind(2)
        target, source = self.ends(x).chunk(2, dim=-1)
        pair = self.pair2(F.silu(self.pair1(pairs) + target.unsqueeze(2) + source.unsqueeze(1)))
        bias, pair_value = pair.split([self.heads, channels], dim=-1)
        logits = torch.einsum("bihc,bjhc->bijh", query, key) * query.size(-1) ** -0.5 + bias
        if mask is not None:
            logits = logits + mask.view(batch, 1, width, 1)
        weight = logits.softmax(2).unsqueeze(-1)
        seen = weight * (value.unsqueeze(1) + pair_value.view(batch, width, width, self.heads, -1))
        h = h + self.proj(seen.sum(2).flatten(2))
        x = self.norm2(h)
        if place is not None:
            x = torch.cat([x, place], dim=-1)
        out: Tensor = h + self.fc2(F.gelu(self.fc1(x)))
        return out
