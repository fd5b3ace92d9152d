r"""A transformer whose tokens are the nodes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.backbones.base import Backbone
from pyg_symbreak.models.backbones.block import TransformerBlock
from pyg_symbreak.models.backbones.heads import Head, PairHead
from pyg_symbreak.models.backbones.inputs import GraphInputs
from pyg_symbreak.models.backbones.padding import key_bias


class NodeTransformer(Backbone):
    r"""A pre-norm transformer over the nodes with a learned embedding of their positions, after `"Attention Is All You
    Need" <https://arxiv.org/abs/1706.03762>`_; the graph enters as a bias of the attention logits, one for every head
    and layer, as in `"Do Transformers Really Perform Bad for Graph Representation?"
    <https://arxiv.org/abs/2106.05234>`_.

    .. math::
        h_i^{(0)} = W x_i + t_{\mathrm{position}(i)}, \qquad
        \mathrm{logit}_{ij} = q_i \cdot k_j / \sqrt{d} + w \cdot (A_{ij}, e_{ij}, p_{ij})

    The embedding :math:`t` is what makes it depend on the order. Batches of graphs of one size run without a mask.

    Args:
        in_channels: The number of numbers per node; 0 reads none.
        out_channels: The number of numbers returned per graph, node or pair.
        max_nodes: The size of the largest graph.
        hidden_channels: The width.
        num_layers: The number of blocks.
        heads: The number of attention heads.
        output: ``"graph"`` (read from the mean over the nodes), ``"node"``, ``"pair"`` or ``"vector"``, as in
            :class:`Backbone`.
        mlp_ratio: The width of the perceptrons, relative to ``hidden_channels``.
        dropout: The share of updates and hidden units dropped in training.
        adjacency: Whether the attention sees the adjacency matrix.
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
        >>> path = Data(pos=torch.randn(3, 3), edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> model = NodeTransformer(3, 3, max_nodes=5, node_attrs=("pos",), output="vector")
        >>> model(path).shape
        torch.Size([3, 3])
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
        self.embed = torch.nn.Linear(in_channels, hidden_channels) if in_channels > 0 else None
        self.position = torch.nn.Parameter(torch.empty(max_nodes, hidden_channels))
        self.blocks = torch.nn.ModuleList(
            TransformerBlock(hidden_channels, heads, mlp_ratio, dropout) for _ in range(num_layers)
        )
        self.biases = torch.nn.ModuleList(
            torch.nn.Linear(inputs.channels, heads, bias=False) for _ in range(num_layers if inputs.channels else 0)
        )
        self.norm = torch.nn.LayerNorm(hidden_channels)
        self.drop = torch.nn.Dropout(dropout)
        self.head = PairHead(hidden_channels, out_channels) if output == "pair" else Head(hidden_channels, out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        super().reset_parameters()
        torch.nn.init.normal_(self.position)

    def forward(self, data: GraphLike) -> Tensor:
        padding, dtype = self.padding(data), self.position.dtype
        h = self.position[: padding.width].expand(padding.num_graphs, -1, -1)
        if self.embed is not None:
            h = h + padding.to_dense(self.embed(self.inputs.nodes(data, dtype)))
        pairs = self.inputs.pairs(data, padding, dtype) if len(self.biases) > 0 else None
        mask = key_bias(padding.mask, dtype)
        h = self.drop(h)
        for number, block in enumerate(self.blocks):
            bias = mask
            if pairs is not None:
                bias = self.biases[number](pairs).permute(0, 3, 1, 2)
                bias = bias if mask is None else bias + mask
            h = block(h, bias)
        h = self.norm(h)
        if self.output == "pair":
            return padding.mask_pairs(self.head(h))
        out: Tensor = self.head(padding.mean_nodes(h) if self.output == "graph" else padding.to_nodes(h))
        return out

    def extra_repr(self) -> str:
        return (
            f"{super().extra_repr()}, hidden_channels={self.hidden_channels}, num_layers={self.num_layers}, "
            f"heads={self.heads}, adjacency={self.inputs.adjacency}"
        )
