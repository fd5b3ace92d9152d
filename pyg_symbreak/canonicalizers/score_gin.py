r"""The default network of learned scores."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.nn.conv import GINConv, GINEConv

from pyg_symbreak.canonicalizers.neighbors import NeighborSum, gin_update
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr


class ScoreGIN(torch.nn.Module):
    r"""A small graph isomorphism network that scores nodes, from `"How Powerful are Graph Neural Networks?"
    <https://arxiv.org/abs/1810.00826>`_.

    Args:
        in_channels: The number of node features (``data.x``) to read; a constant is read in any case.
        hidden_channels: The width.
        num_layers: The number of rounds of message passing.
        virtual_node: Whether to join one more node, with a learned feature of its own, to all nodes of each graph, as
            in `"Learning Probabilistic Symmetrization for Architecture Agnostic Equivariance"
            <https://arxiv.org/abs/2306.02866>`_.
        edge_dim: The number of edge features (``data.edge_attr``) to read, as in `"Strategies for Pre-training Graph
            Neural Networks" <https://arxiv.org/abs/1905.12265>`_; none by default.

    Shapes:
        - **input:** a graph or batch with :math:`N` nodes.
        - **output:** ``[N]``.

    Raises:
        ValueError: If ``data.x`` or ``data.edge_attr`` has another number of features.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> ScoreGIN(2)(Data(x=torch.randn(3, 2), edge_index=torch.tensor([[0], [1]]))).shape
        torch.Size([3])
    """

    def __init__(
        self,
        in_channels: int = 0,
        hidden_channels: int = 32,
        num_layers: int = 3,
        *,
        virtual_node: bool = False,
        edge_dim: int = 0,
    ) -> None:
        super().__init__()
        self.in_channels, self.hidden_channels, self.edge_dim = in_channels, hidden_channels, edge_dim
        self.embed = torch.nn.Linear(in_channels + 1, hidden_channels)
        self.convs = torch.nn.ModuleList(_conv(hidden_channels, edge_dim) for _ in range(num_layers))
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden_channels) for _ in range(num_layers))
        self.head = torch.nn.Linear(hidden_channels, 1)
        self.virtual = torch.nn.Parameter(torch.empty(hidden_channels)) if virtual_node else None
        self._reset_virtual()

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (self.embed, *self.convs, *self.norms, self.head):
            module.reset_parameters()
        self._reset_virtual()

    def _reset_virtual(self) -> None:
        if self.virtual is not None:
            torch.nn.init.normal_(self.virtual)

    def forward(self, data: GraphLike) -> Tensor:
        num_nodes, weight = int(data.num_nodes), self.embed.weight
        inputs = weight.new_ones(num_nodes, 1)
        if self.in_channels > 0:
            inputs = torch.cat([inputs, _features(data, "x", num_nodes, self.in_channels).to(weight.dtype)], dim=-1)
        edge_index = data.edge_index
        if edge_index is None:
            edge_index = torch.empty(2, 0, dtype=torch.long, device=weight.device)
        edges = None
        if self.edge_dim > 0:
            edges = _features(data, "edge_attr", edge_index.size(1), self.edge_dim).to(weight.dtype)
        h = self.embed(inputs)
        if self.virtual is not None:
            h, edge_index, edges = self._join(data, h, edge_index, edges)
        total = NeighborSum(edge_index, h.size(0)) if edges is None else None
        for conv, norm in zip(self.convs, self.norms):
            out = conv(h, edge_index, edges) if total is None else gin_update(conv, h, total)
            h = h + norm(out).relu()
        score: Tensor = self.head(h[:num_nodes])
        return score.view(-1)

    def _join(
        self, data: GraphLike, h: Tensor, edge_index: Tensor, edges: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Append the virtual nodes, and the edges from and to them; these have the feature zero."""
        assert self.virtual is not None
        ptr = node_ptr(data)
        num_nodes = h.size(0)
        member = torch.arange(num_nodes, device=ptr.device)
        center = num_nodes + node_batch(ptr)
        both = torch.stack([torch.cat([member, center]), torch.cat([center, member])]).to(edge_index.dtype)
        h = torch.cat([h, self.virtual.expand(ptr.numel() - 1, -1)])
        if edges is not None:
            edges = torch.cat([edges, edges.new_zeros(2 * num_nodes, edges.size(1))])
        return h, torch.cat([edge_index, both], dim=1), edges

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, hidden_channels={self.hidden_channels}, "
            f"virtual_node={self.virtual is not None}, edge_dim={self.edge_dim}"
        )


def _conv(width: int, edge_dim: int) -> torch.nn.Module:
    update = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, width))
    conv: torch.nn.Module = GINConv(update, train_eps=True)
    if edge_dim > 0:
        conv = GINEConv(update, train_eps=True, edge_dim=edge_dim)
    return conv


def _features(data: GraphLike, name: str, count: int, width: int) -> Tensor:
    x = data.get(name)
    if x is None or x.numel() != count * width:
        got = "none" if x is None else list(x.shape)
        raise ValueError(f"'ScoreGIN' expected 'data.{name}' of shape [{count}, {width}] (got {got})")
    out: Tensor = x.reshape(count, width)
    return out
