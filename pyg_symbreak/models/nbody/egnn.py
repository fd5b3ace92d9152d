r"""The equivariant reference: an E(n)-equivariant graph network."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.nbody.moving import SmallLinear
from pyg_symbreak.models.nbody.particles import Particles, num_scalars, pair_features


class ParticleEGNN(torch.nn.Module):
    r"""An equivariant graph network with velocities, from `"E(n) Equivariant Graph Neural Networks"
    <https://arxiv.org/abs/2102.09844>`_: equivariant to :math:`E(d)` and permutations by construction.

    .. math::
        m_{ij} = \phi_e(h_i, h_j, \ldots), \quad
        x_i \leftarrow x_i + \frac{1}{n - 1} \sum_{j \neq i} (x_i - x_j) \, \phi_x(m_{ij}) + \phi_v(h_i) \, v_i, \quad
        h_i \leftarrow h_i + \phi_h\Big(h_i, \sum_{j \neq i} m_{ij}\Big)

    The dots stand for the scalars of :func:`~pyg_symbreak.models.nbody.particles.pair_features`, of the positions of
    the layer; :math:`h` starts from the speed and the charge.

    Args:
        channels: The width.
        num_layers: The number of rounds.
        radial: As in :func:`~pyg_symbreak.models.nbody.particles.pair_features`; the paper has :math:`q_i q_j` and
            :math:`r^2` only.
        dim: The dimension :math:`d` of the space.

    Shapes:
        - **input:** a graph or batch with ``pos``, ``vel`` ``[N, d]`` and ``charge`` ``[N]``.
        - **output:** positions one unit of time later, ``[N, d]``.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> ParticleEGNN(8, 1)(Data(pos=torch.randn(5, 3), vel=torch.randn(5, 3), charge=torch.ones(5))).shape
        torch.Size([5, 3])
    """

    def __init__(self, channels: int = 64, num_layers: int = 4, *, radial: bool = True, dim: int = 3) -> None:
        super().__init__()
        self.channels, self.num_layers, self.radial, self.dim = channels, num_layers, radial, dim
        self.embed = torch.nn.Linear(2, channels)
        self.layers = torch.nn.ModuleList(
            _Layer(channels, num_scalars(radial), last=number == num_layers - 1) for number in range(num_layers)
        )

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for child in self.children():
            reset(child)

    def forward(self, data: GraphLike) -> Tensor:
        particles = Particles.from_data(data, self.dim)
        pos, vel, products, others = particles.pos, particles.vel, particles.products, particles.others
        share = 1 / (particles.padding.sizes - 1).clamp(min=1).to(pos.dtype).view(-1, 1, 1)
        h = self.embed(torch.stack([vel.square().sum(-1).add(1e-12).sqrt(), particles.charge], dim=-1))
        for layer in self.layers:
            gap, scalars = pair_features(pos, products, self.radial)
            h, pull, glide = layer(h, scalars, others)
            pos = pos + share * (gap * pull).sum(2) + glide * vel
        return particles.back(data, pos)

    def extra_repr(self) -> str:
        return f"{self.channels}, num_layers={self.num_layers}, radial={self.radial}, dim={self.dim}"


class _Layer(torch.nn.Module):
    """The invariant part of a layer: new hidden states, and the weights of relative positions and velocities.

    Nobody reads the hidden states after the last layer, so that one leaves them as they are.
    """

    def __init__(self, channels: int, pair_channels: int, last: bool) -> None:
        super().__init__()
        self.ends = torch.nn.Linear(channels, 2 * channels)
        self.pair = torch.nn.Linear(pair_channels, channels)
        self.message = torch.nn.Linear(channels, channels)
        self.pull1 = torch.nn.Linear(channels, channels)
        self.pull2 = SmallLinear(channels, 1, bias=False)
        self.glide1 = torch.nn.Linear(channels, channels)
        self.glide2 = torch.nn.Linear(channels, 1)
        self.update = None
        if not last:
            self.update = torch.nn.Sequential(
                torch.nn.Linear(2 * channels, channels), torch.nn.SiLU(), torch.nn.Linear(channels, channels)
            )

    def forward(self, h: Tensor, scalars: Tensor, others: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        target, source = self.ends(h).chunk(2, dim=-1)
        message = F.silu(target.unsqueeze(2) + source.unsqueeze(1) + self.pair(scalars))
        message = F.silu(self.message(message)) * others
        pull, glide = self.pull2(F.silu(self.pull1(message))), self.glide2(F.silu(self.glide1(h)))
        if self.update is not None:
            h = h + self.update(torch.cat([h, message.sum(2)], dim=-1))
        return h, pull * others, glide
