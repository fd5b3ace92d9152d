r"""The network whose scores the learned canonicalizer sorts."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.layer import GNNLayer, count_codes
from pyg_symbreak.models.autoencoder.topology import Topology


class ScoreNetwork(torch.nn.Module):
    r"""Scores nodes with the message passing of the encoder, node and edge types included, blind to any order.

    Args:
        config: The hyper-parameters of the autoencoder; the width is half that of its encoder.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> ScoreNetwork(AutoencoderConfig())(path).shape
        torch.Size([3])
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        dim, kinds = max(config.hidden_dim // 2, 1), config.num_edge_types
        self.node = torch.nn.Embedding(max(config.num_node_types, 1), dim)
        self.layers = torch.nn.ModuleList(GNNLayer(dim, kinds, kinds) for _ in range(max(config.num_layers, 2)))
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(dim) for _ in self.layers)
        self.head = torch.nn.Linear(dim, 1)

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for module in (self.node, *self.layers, *self.norms, self.head):
            module.reset_parameters()

    def forward(self, data: GraphLike) -> Tensor:
        r"""Score the nodes, ``[N]``."""
        topology = Topology.read(data, self.config)
        kind = topology.node_type
        h = self.node(torch.zeros_like(topology.batch) if kind is None else kind)
        codes = count_codes(topology, None, self.config.max_nodes, self.config.num_edge_types).to(h.dtype)
        for layer, norm in zip(self.layers, self.norms):
            h = norm(layer(h, topology, codes))
        score: Tensor = self.head(h)
        return score.view(-1)
