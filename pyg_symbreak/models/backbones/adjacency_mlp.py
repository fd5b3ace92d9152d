r"""A multilayer perceptron on the flattened adjacency matrix."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.backbones.base import Backbone, activation_function
from pyg_symbreak.models.backbones.inputs import GraphInputs


class AdjacencyMLP(Backbone):
    r"""Reads the padded adjacency matrix, number by number, as in `"Learning Probabilistic Symmetrization for
    Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_: the plainest backbone of all.

    The input of the perceptron holds, padded to ``max_nodes``, the adjacency matrix, the channels of edges and pairs,
    the node features, and which positions are nodes at all. Gradients of all of them reach a learned canonicalizer.

    Args:
        in_channels: The number of numbers per node; 0 reads none.
        out_channels: The number of numbers returned per graph, node or pair.
        max_nodes: The size of the largest graph.
        hidden_channels: The width, or the widths one after the other.
        num_layers: The number of hidden layers, if ``hidden_channels`` is one width.
        output: ``"graph"``, ``"node"``, ``"pair"`` or ``"vector"``, as in :class:`Backbone`.
        activation: ``"relu"``, ``"gelu"``, ``"silu"`` or ``"tanh"``.
        dropout: The share of hidden units dropped in training.
        node_attrs: The names of the node attributes that are read.
        edge_channels: The number of channels of edges; 0 reads none.
        edge_attr: The name of the attribute of edges.
        pair_channels: The number of channels of pairs; 0 reads none.
        pair_attr: The name of the padded attribute of pairs.

    Shapes:
        - **input:** a graph or batch, :math:`B` graphs and :math:`N` nodes.
        - **output:** ``[B, out_channels]``, ``[N, out_channels]`` or ``[B, n, n, out_channels]``.

    Raises:
        ValueError: If an argument is out of range, a graph too large, or an attribute missing.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(x=torch.ones(3, 1), edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> AdjacencyMLP(1, 4, max_nodes=5)(path).shape
        torch.Size([1, 4])
        >>> AdjacencyMLP(1, 4, max_nodes=5, output="pair")(path).shape
        torch.Size([1, 3, 3, 4])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        max_nodes: int,
        hidden_channels: int | Sequence[int] = 128,
        num_layers: int = 2,
        output: str = "graph",
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        node_attrs: Sequence[str] = ("x",),
        edge_channels: int = 0,
        edge_attr: str = "edge_attr",
        pair_channels: int = 0,
        pair_attr: str = "pair_attr",
    ) -> None:
        inputs = GraphInputs(in_channels, node_attrs, edge_channels, edge_attr, pair_channels, pair_attr)
        super().__init__(out_channels, output, max_nodes, inputs)
        self._at_least(0, num_layers=num_layers, dropout=dropout)
        widths = [hidden_channels] * num_layers if isinstance(hidden_channels, int) else list(hidden_channels)
        for width in widths:
            self._at_least(1, hidden_channels=width)
        self.hidden_channels = widths
        copies = {"graph": 1, "pair": max_nodes**2}.get(output, max_nodes)
        layers: list[torch.nn.Module] = []
        width = max_nodes * (max_nodes * inputs.channels + in_channels + 1)
        for hidden in widths:
            layers += [torch.nn.Linear(width, hidden), activation_function(self._name, activation)]
            layers += [torch.nn.Dropout(dropout)] if dropout > 0 else []
            width = hidden
        self.mlp = torch.nn.Sequential(*layers, torch.nn.Linear(width, copies * out_channels))

    def forward(self, data: GraphLike) -> Tensor:
        padding, weight, size = self.padding(data), next(self.parameters()), self.max_nodes
        pairs = self.inputs.pairs(data, padding, weight.dtype, size)
        nodes = self.inputs.nodes(data, weight.dtype)
        nodes = padding.to_dense(torch.cat([nodes, nodes.new_ones(padding.num_nodes, 1)], dim=1))
        nodes = torch.nn.functional.pad(nodes, (0, 0, 0, size - padding.width))
        out: Tensor = self.mlp(torch.cat([pairs.flatten(1), nodes.flatten(1)], dim=1))
        if self.output == "graph":
            return out
        if self.output == "pair":
            out = out.view(padding.num_graphs, size, size, self.out_channels)
            return padding.mask_pairs(out[:, : padding.width, : padding.width])
        return padding.to_nodes(out.view(padding.num_graphs, size, self.out_channels))

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, hidden_channels={self.hidden_channels}"
