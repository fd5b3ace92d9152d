r"""The message-passing encoder of the graph autoencoder."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.autoencoder.breaking import Draw
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.layer import GNNLayer, count_codes, reset_sequential
from pyg_symbreak.models.autoencoder.topology import Topology


class GNNEncoder(torch.nn.Module):
    r"""Embeds every node of a graph in a short vector by message passing on the edges.

    With the decoder ``"sorted"`` and a method that orders the nodes, the first number of an embedding is a learned
    increasing function of the rank of the node (how the decoder can find the order again); all other numbers, and
    all numbers otherwise, come from the last layer.

    Args:
        config: The hyper-parameters.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.carries_rank = config.ranked and config.decoder == "sorted"
        dim, kinds = config.hidden_dim, config.num_edge_types
        self.input = torch.nn.Linear(config.vector_dim, dim)
        self.node = torch.nn.Embedding(config.num_node_types, dim) if config.num_node_types > 0 else None
        self.num_codes = kinds * (config.max_nodes if config.ranked else 1)
        self.layers = torch.nn.ModuleList(GNNLayer(dim, kinds, self.num_codes) for _ in range(config.num_layers))
        self.head = torch.nn.Sequential(
            torch.nn.Linear(dim, config.decoder_dim),
            torch.nn.SiLU(),
            torch.nn.Linear(config.decoder_dim, config.embedding_dim - self.carries_rank),
        )
        self.steps = torch.nn.Parameter(torch.empty(config.max_nodes)) if self.carries_rank else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        self.input.reset_parameters()
        if self.node is not None:
            self.node.reset_parameters()
        for layer in self.layers:
            cast(GNNLayer, layer).reset_parameters()
        reset_sequential(self.head)
        if self.steps is not None:
            reset_steps(self.steps)

    def forward(self, draw: Draw, topology: Topology) -> Tensor:
        r"""Embed the nodes.

        Args:
            draw: The symmetry-breaking draw.
            topology: The arcs and the types.

        Returns:
            Embeddings, ``[N, embedding_dim]``.
        """
        h = self.input(draw.vectors)
        if self.node is not None:
            h = h + self.node(topology.node_type)
        codes = count_codes(topology, draw.rank, self.config.max_nodes, self.num_codes).to(h.dtype)
        for layer in self.layers:
            h = layer(h, topology, codes)
        z: Tensor = self.head(h)
        if self.steps is not None and draw.rank is not None:
            z = torch.cat([rank_coordinate(self.steps, draw.rank), z], dim=1)
        return z


def rank_coordinate(steps: Tensor, rank: Tensor) -> Tensor:
    r"""A learned increasing function of the ranks, ``[N]`` → ``[N, 1]``, by its logarithmic steps ``[max_nodes]``."""
    return (F.softplus(steps).cumsum(0) - 1.0)[rank].unsqueeze(1)


def reset_steps(steps: Tensor) -> None:
    r"""Spread the values of :func:`rank_coordinate` evenly over :math:`[-1, 1]`."""
    # Softplus of this is 2 / max_nodes.
    torch.nn.init.constant_(steps, float(torch.tensor(2.0 / steps.numel()).expm1().log()))
