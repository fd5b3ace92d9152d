r"""A transformer whose tokens are the pairs of nodes, for small graphs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.backbones.base import Backbone
from pyg_symbreak.models.backbones.block import TransformerBlock
from pyg_symbreak.models.backbones.heads import Head
from pyg_symbreak.models.backbones.inputs import GraphInputs
from pyg_symbreak.models.backbones.padding import key_bias


class PairTransformer(Backbone):
    r"""A pre-norm transformer over all ordered pairs of nodes, the backbone that `"Learning Probabilistic
    Symmetrization for Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_ uses for n-body systems.

    Token :math:`(i, j)` gets a linear map of the inputs of its pair, on the diagonal also one of the node's, and
    a learned embedding of its position :math:`(i, j)`. Attention is between all :math:`n^2` tokens and costs
    :math:`n^4`: this is for graphs of a dozen nodes. Batches of graphs of one size run without a mask.

    Args:
        in_channels: The number of numbers per node; 0 reads none.
        out_channels: The number of numbers returned per graph, node or pair.
        max_nodes: The size of the largest graph; ``max_nodes**2`` positions are learned.
        hidden_channels: The width.
        num_layers: The number of blocks.
        heads: The number of attention heads.
        output: ``"graph"`` (read from the mean over the pairs), ``"node"`` and ``"vector"`` (from the diagonal), or
            ``"pair"``, as in :class:`Backbone`.
        mlp_ratio: The width of the perceptrons, relative to ``hidden_channels``.
        dropout: The share of updates and hidden units dropped in training.
        adjacency: Whether the adjacency matrix is read.
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
        >>> charges = Data(pos=torch.randn(5, 3), vel=torch.randn(5, 3), charges=torch.randn(1, 5, 5))
        >>> model = PairTransformer(
        ...     6, 3, max_nodes=5, output="vector", node_attrs=("pos", "vel"), pair_channels=1, pair_attr="charges"
        ... )
        >>> model(charges).shape
        torch.Size([5, 3])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        max_nodes: int,
        hidden_channels: int = 64,
        num_layers: int = 4,
        heads: int = 4,
        output: str = "graph",
        *,
        mlp_ratio: float = 2.0,
        dropout: float = 0.0,
        adjacency: bool = True,
        node_attrs: Sequence[str] = ("x",),
        edge_channels: int = 0,
        edge_attr: str = "edge_attr",
        pair_channels: int = 0,
        pair_attr: str = "pair_attr",
    ) -> None:
        inputs = GraphInputs(in_channels, node_attrs, edge_channels, edge_attr, pair_channels, pair_attr, adjacency)
        super().__init__(out_channels, output, max_nodes, inputs)
        self._at_least(1, hidden_channels=hidden_channels, num_layers=num_layers)
        self._at_least(0, dropout=dropout)
        self.hidden_channels, self.num_layers, self.heads = hidden_channels, num_layers, heads
        self.node = torch.nn.Linear(in_channels, hidden_channels) if in_channels > 0 else None
        self.pair = torch.nn.Linear(inputs.channels, hidden_channels) if inputs.channels > 0 else None
        self.position = torch.nn.Parameter(torch.empty(max_nodes, max_nodes, hidden_channels))
        self.blocks = torch.nn.ModuleList(
            TransformerBlock(hidden_channels, heads, mlp_ratio, dropout) for _ in range(num_layers)
        )
        self.norm = torch.nn.LayerNorm(hidden_channels)
        self.drop = torch.nn.Dropout(dropout)
        self.head = Head(hidden_channels, out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        super().reset_parameters()
        torch.nn.init.normal_(self.position)

    def forward(self, data: GraphLike) -> Tensor:
        padding, dtype = self.padding(data), self.position.dtype
        graphs, width = padding.num_graphs, padding.width
        h = self.position[:width, :width].expand(graphs, -1, -1, -1)
        if self.pair is not None:
            h = h + self.pair(self.inputs.pairs(data, padding, dtype))
        if self.node is not None:
            nodes = padding.to_dense(self.node(self.inputs.nodes(data, dtype)))
            h = h + torch.diag_embed(nodes.transpose(1, 2)).permute(0, 2, 3, 1)
        bias = None if padding.mask is None else key_bias(padding.pair_mask.flatten(1), dtype)
        h = self.drop(h.flatten(1, 2))
        rows = None
        if self.output in ("node", "vector"):  # read from the diagonal, so the last block computes nothing else
            rows = torch.arange(width, device=h.device) * (width + 1)
        for number, block in enumerate(self.blocks, start=1):
            h = block(h, bias, rows if number == len(self.blocks) else None)
        if rows is not None:
            h = padding.to_nodes(h)
        h = self.norm(h)
        if rows is None:
            h = h.view(graphs, width, width, self.hidden_channels)
            h = padding.mean_pairs(h) if self.output == "graph" else h
        out: Tensor = self.head(h)
        return padding.mask_pairs(out) if self.output == "pair" else out

    def extra_repr(self) -> str:
        return (
            f"{super().extra_repr()}, hidden_channels={self.hidden_channels}, num_layers={self.num_layers}, "
            f"heads={self.heads}, adjacency={self.inputs.adjacency}"
        )
