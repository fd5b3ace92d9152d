r"""Message passing on coordinates, without any equivariance to rotations."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.nbody.moving import Move, displacement_head
from pyg_symbreak.models.nbody.particles import Particles, num_scalars, pair_features


class ParticleGNN(torch.nn.Module):
    r"""Message passing between all pairs of particles, on coordinates as they stand: the graph network that
    `"E(n) Equivariant Graph Neural Networks" <https://arxiv.org/abs/2102.09844>`_ and `"Frame Averaging for Invariant
    and Equivariant Network Design" <https://arxiv.org/abs/2110.03336>`_ compare with, here with positions that move.

    It is equivariant to permutations and translations and not to rotations, which a canonicalizer of :math:`O(d)`
    supplies. With ``moving`` every layer also moves the particles, and the next one sees the pairs where they are then.

    Args:
        channels: The width.
        num_layers: The number of rounds.
        moving: Whether the particles move from layer to layer.
        radial: As in :func:`~pyg_symbreak.models.nbody.particles.pair_features`.
        dim: The dimension :math:`d` of the space.

    Shapes:
        - **input:** a graph or batch with ``pos``, ``vel`` ``[N, d]`` and ``charge`` ``[N]``.
        - **output:** positions one unit of time later, ``[N, d]``.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> ParticleGNN(8, 1)(Data(pos=torch.randn(5, 3), vel=torch.randn(5, 3), charge=torch.ones(5))).shape
        torch.Size([5, 3])
    """

    def __init__(
        self, channels: int = 64, num_layers: int = 4, *, moving: bool = True, radial: bool = True, dim: int = 3
    ) -> None:
        super().__init__()
        self.channels, self.num_layers, self.moving, self.radial, self.dim = channels, num_layers, moving, radial, dim
        self.embed = torch.nn.Linear(2 * dim + 1, channels)
        self.layers = torch.nn.ModuleList(
            _MessagePassing(channels, dim + num_scalars(radial), 2 * dim if moving else 0) for _ in range(num_layers)
        )
        self.moves = torch.nn.ModuleList(Move(channels, dim, num_layers) for _ in range(num_layers if moving else 0))
        self.head = displacement_head(channels, dim)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for child in self.children():
            reset(child)

    def forward(self, data: GraphLike) -> Tensor:
        particles = Particles.from_data(data, self.dim)
        pos, vel, products, others = particles.pos, particles.vel, particles.products, particles.others
        h = self.embed(torch.cat([pos, vel, particles.charge.unsqueeze(2)], dim=-1))
        pairs = torch.cat(pair_features(pos, products, self.radial), dim=-1)
        for number, layer in enumerate(self.layers):
            h = layer(h, pairs, others, torch.cat([pos, vel], dim=-1) if self.moving else None)
            if self.moving:
                pos, vel = self.moves[number](h, pos, vel)
                pairs = torch.cat(pair_features(pos, products, self.radial), dim=-1)
        return particles.back(data, pos + self.head(h))

    def extra_repr(self) -> str:
        return (
            f"{self.channels}, num_layers={self.num_layers}, moving={self.moving}, radial={self.radial}, dim={self.dim}"
        )


class _MessagePassing(torch.nn.Module):
    """One round; the first linear map of a message is applied to nodes and pairs before they meet, which is cheaper."""

    def __init__(self, channels: int, pair_channels: int, node_channels: int) -> None:
        super().__init__()
        self.ends = torch.nn.Linear(channels, 2 * channels)
        self.pair = torch.nn.Linear(pair_channels, channels)
        self.message = torch.nn.Linear(channels, channels)
        self.update1 = torch.nn.Linear(2 * channels + node_channels, channels)
        self.update2 = torch.nn.Linear(channels, channels)

    def forward(self, h: Tensor, pairs: Tensor, others: Tensor, place: Tensor | None) -> Tensor:
        target, source = self.ends(h).chunk(2, dim=-1)
        message = F.silu(target.unsqueeze(2) + source.unsqueeze(1) + self.pair(pairs))
        received = (F.silu(self.message(message)) * others).sum(2)
        seen = [h, received] if place is None else [h, received, place]
        out: Tensor = h + self.update2(F.silu(self.update1(torch.cat(seen, dim=-1))))
        return out
