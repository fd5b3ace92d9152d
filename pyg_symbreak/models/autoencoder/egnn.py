r"""The E(n)-equivariant encoder of the graph autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.autoencoder.breaking import Draw
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.layer import reset_sequential
from pyg_symbreak.models.autoencoder.topology import Topology


class EGNNLayer(torch.nn.Module):
    r"""One round of E(n)-equivariant message passing between all nodes of a graph.

    .. math::
        m_{ij} &= \mathrm{MLP}(W h_i + W h_j + w \lVert x_i - x_j \rVert^2 + e_{t_{ij}}) \\
        x_i &\leftarrow x_i + \frac{1}{n} \sum_j (x_i - x_j)\, \phi(m_{ij}) \qquad
        h_i \leftarrow h_i + \mathrm{MLP}\Big(h_i, \frac{1}{n} \sum_j m_{ij}\Big)

    Messages are the same in both directions, unlike those of the reference, so that each pair is computed once.

    Args:
        dim: Width of the node features and messages.
        num_edge_types: Types of pairs, 0 (no edge) included.
    """

    def __init__(self, dim: int, num_edge_types: int) -> None:
        super().__init__()
        self.node = torch.nn.Linear(dim, dim)
        self.distance = torch.nn.Parameter(torch.empty(dim))
        self.edge = torch.nn.Embedding(num_edge_types, dim)
        self.message = torch.nn.Linear(dim, dim)
        self.gate = torch.nn.Linear(dim, 1)
        self.update = torch.nn.Sequential(torch.nn.Linear(2 * dim, dim), torch.nn.SiLU(), torch.nn.Linear(dim, dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for layer in (self.node, self.message, self.gate):
            layer.reset_parameters()
        reset_sequential(self.update)
        torch.nn.init.normal_(self.distance, std=0.5)
        torch.nn.init.normal_(self.edge.weight, std=0.5)

    def forward(self, h: Tensor, x: Tensor, topology: Topology) -> tuple[Tensor, Tensor]:
        r"""Pass messages once.

        Args:
            h: Invariant node features, ``[N, dim]``.
            x: Coordinates, ``[N, embedding_dim]``.
            topology: The pairs and their types.
        """
        i, j = topology.pair
        share = topology.ptr.diff()[topology.batch].to(x.dtype).reciprocal().unsqueeze(1)
        difference = x[i] - x[j]
        # Coordinates start with unit variance: the mean of this is one, whatever their number.
        distance = difference.square().mean(1, keepdim=True) * 0.5
        sent = self.node(h)
        message = sent[i] + sent[j] + self.edge(topology.pair_type) + distance * self.distance
        message = F.silu(self.message(F.silu(message)))
        move = difference * self.gate(message)
        shift = torch.zeros_like(x).index_add(0, i, move).index_add(0, j, -move)
        heard = torch.zeros_like(h).index_add(0, i, message).index_add(0, j, message)
        return h + self.update(torch.cat([h, heard * share], dim=1)), x + shift * share


class EGNNEncoder(torch.nn.Module):
    r"""Embeds nodes as points that an E(n)-equivariant network moves, from `"E(n) Equivariant Graph Neural Networks"
    <https://arxiv.org/abs/2102.09844>`_.

    The points start at the symmetry-breaking vectors: noise as in the reference, or learned vectors by rank. The
    vectors are invariant node features as well, unlike in the reference, where these start as ones: with ranks, a
    message can so know the ranks of both ends. Without any vectors, all points coincide and stay so.

    Args:
        config: The hyper-parameters.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        dim = config.hidden_dim
        same = config.vector_dim == config.embedding_dim
        # Any linear map of the vectors may be the start; none is needed when the dimensions agree.
        self.start = None if same else torch.nn.Linear(config.vector_dim, config.embedding_dim, bias=False)
        self.input = torch.nn.Linear(config.vector_dim, dim)
        self.node = torch.nn.Embedding(config.num_node_types, dim) if config.num_node_types > 0 else None
        self.layers = torch.nn.ModuleList(EGNNLayer(dim, config.num_edge_types) for _ in range(config.num_layers))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for module in [self.start, self.input, self.node, *self.layers]:
            if module is not None:
                module.reset_parameters()

    def forward(self, draw: Draw, topology: Topology) -> Tensor:
        r"""Embed the nodes.

        Args:
            draw: The symmetry-breaking draw.
            topology: The pairs and the types.

        Returns:
            Embeddings, ``[N, embedding_dim]``.
        """
        h = self.input(draw.vectors)
        if self.node is not None:
            h = h + self.node(topology.node_type)
        x = draw.vectors if self.start is None else self.start(draw.vectors)
        return self.move(h, x, topology)

    def move(self, h: Tensor, x: Tensor, topology: Topology) -> Tensor:
        r"""Move points, equivariantly to rotations, reflections and translations.

        Args:
            h: Invariant node features, ``[N, hidden_dim]``.
            x: Points, ``[N, embedding_dim]``.
            topology: The pairs and the types.
        """
        for layer in self.layers:
            h, x = layer(h, x, topology)
        return x
