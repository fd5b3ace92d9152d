r"""A graph isomorphism network whose nodes know their position."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric.nn.conv import GINConv, GINEConv

from pyg_symbreak.canonicalizers.canonical_inputs import canonical_positions
from pyg_symbreak.canonicalizers.neighbors import NeighborSum, gin_update
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.backbones.base import Backbone
from pyg_symbreak.models.backbones.heads import Head, PairHead
from pyg_symbreak.models.backbones.inputs import GraphInputs
from pyg_symbreak.models.backbones.padding import Padding


class IdentifiedGIN(Backbone):
    r"""Message passing between nodes that carry their position as an identifier, as "GIN-ID" in `"Learning
    Probabilistic Symmetrization for Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_; the
    network is that of `"How Powerful are Graph Neural Networks?" <https://arxiv.org/abs/1810.00826>`_.

    The identifier is the one-hot position in the canonical order, mapped linearly. With identifiers message passing is
    universal, and depends on the order. Where the order comes from a learned canonicalizer, the one-hot vectors
    pass gradients to it (see :func:`~pyg_symbreak.canonicalizers.canonical_inputs.canonical_positions`).

    Args:
        in_channels: The number of numbers per node; 0 reads none.
        out_channels: The number of numbers returned per graph, node or pair.
        max_nodes: The size of the largest graph, and so the length of an identifier.
        hidden_channels: The width.
        num_layers: The number of rounds of message passing.
        output: ``"graph"`` (read from the sum over the nodes), ``"node"``, ``"pair"`` or ``"vector"``, as in
            :class:`Backbone`.
        dropout: The share of hidden units dropped in training before the last layer.
        node_attrs: The names of the node attributes that are read.
        edge_channels: The number of channels of edges; 0 reads none.
        edge_attr: The name of the attribute of edges, added to the messages.

    Shapes:
        - **input:** a graph or batch, :math:`B` graphs and :math:`N` nodes.
        - **output:** ``[B, out_channels]``, ``[N, out_channels]`` or ``[B, n, n, out_channels]``.

    Raises:
        ValueError: If an argument is out of range, a graph too large, or an attribute missing.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> out = IdentifiedGIN(0, 2, max_nodes=5, output="node")(path)
        >>> out.shape, torch.allclose(out[0], out[2])  # both ends look alike but for their positions
        (torch.Size([3, 2]), False)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        max_nodes: int,
        hidden_channels: int = 64,
        num_layers: int = 3,
        output: str = "graph",
        *,
        dropout: float = 0.0,
        node_attrs: Sequence[str] = ("x",),
        edge_channels: int = 0,
        edge_attr: str = "edge_attr",
    ) -> None:
        super().__init__(
            out_channels, output, max_nodes, GraphInputs(in_channels, node_attrs, edge_channels, edge_attr)
        )
        self._at_least(1, hidden_channels=hidden_channels)
        self._at_least(0, num_layers=num_layers, dropout=dropout)
        self.hidden_channels, self.num_layers = hidden_channels, num_layers
        self.identifier = torch.nn.Linear(max_nodes, hidden_channels, bias=False)
        self.embed = torch.nn.Linear(in_channels + 1, hidden_channels)
        self.convs = torch.nn.ModuleList(self._conv(hidden_channels, edge_channels) for _ in range(num_layers))
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden_channels) for _ in range(num_layers))
        self.head = PairHead(hidden_channels, out_channels) if output == "pair" else Head(hidden_channels, out_channels)
        self.drop = torch.nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        super().reset_parameters()
        # A one-hot vector has one number that is not zero, so the usual bound for max_nodes inputs would be too small.
        torch.nn.init.normal_(self.identifier.weight)

    def forward(self, data: GraphLike) -> Tensor:
        padding, weight = self.padding(data), self.embed.weight
        x = self.inputs.nodes(data, weight.dtype)
        h = self.embed(torch.cat([x, x.new_ones(padding.num_nodes, 1)], dim=1))
        h = h + self._identify(data, padding)
        propagate = self._propagate(data, h)
        for conv, norm in zip(self.convs, self.norms):
            h = h + norm(propagate(conv, h)).relu()
        h = self.drop(h)
        if self.output == "pair":
            return padding.mask_pairs(self.head(padding.to_dense(h)))
        if self.output == "graph":
            # A sum tells sizes apart, a mean does not; the constant keeps the outputs of a fresh network near one.
            h = padding.to_dense(h).sum(1) / self.max_nodes**0.5
        out: Tensor = self.head(h)
        return out

    def _identify(self, data: GraphLike, padding: Padding) -> Tensor:
        if data.get("relaxed") is None:  # nothing to pass gradients to: read the rows instead of multiplying one-hot
            return self.identifier.weight.t()[padding.positions]
        out: Tensor = self.identifier(canonical_positions(data, self.max_nodes, self.identifier.weight.dtype))
        return out

    def _propagate(self, data: GraphLike, h: Tensor) -> Callable[[torch.nn.Module, Tensor], Tensor]:
        """How a layer is called on the edges of ``data``."""
        if self.inputs.edge_channels == 0:
            total = NeighborSum(data.edge_index, h.size(0))
            return lambda conv, h: gin_update(conv, h, total)
        edge_index = data.edge_index
        if edge_index is None:
            edge_index = torch.empty(2, 0, dtype=torch.long, device=h.device)
        edges = self.inputs.edges(data, h.dtype)
        return lambda conv, h: conv(h, edge_index, edges)

    @staticmethod
    def _conv(width: int, edge_channels: int) -> torch.nn.Module:
        mlp = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, width))
        edge = {"edge_dim": edge_channels} if edge_channels > 0 else {}
        conv: torch.nn.Module = (GINEConv if edge else GINConv)(mlp, train_eps=True, **edge)
        return conv

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, hidden_channels={self.hidden_channels}, num_layers={self.num_layers}"
