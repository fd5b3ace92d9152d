r"""A vision transformer that looks at the adjacency matrix as if it were an image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.backbones.base import Backbone
from pyg_symbreak.models.backbones.inputs import GraphInputs
from pyg_symbreak.models.backbones.padding import Padding
from pyg_symbreak.models.backbones.timm_weights import Source
from pyg_symbreak.models.backbones.vision_transformer import VisionTransformer


class AdjacencyViT(Backbone):
    r"""A patch transformer on the adjacency "image", after `"Learning Probabilistic Symmetrization for Architecture
    Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_, which makes vision transformers that were trained on
    photographs equivariant to permutations.

    Pixel :math:`(i, j)` holds the adjacency matrix, the channels of edges and pairs, and, on the diagonal, a one and
    the features of node :math:`i`; beyond the graph it is zero. The network is a :class:`VisionTransformer`.
    Gradients of all pixels reach a learned canonicalizer.

    Args:
        in_channels: The number of numbers per node; 0 reads none.
        out_channels: The number of numbers returned per graph, node or pair.
        max_nodes: The size of the largest graph; the image is that large, up to the next multiple of ``patch_size``.
        hidden_channels: The width of the tokens.
        num_layers: The number of blocks.
        heads: The number of attention heads.
        patch_size: The number of nodes along a side of a patch.
        output: ``"graph"`` (read from the class token), ``"pair"`` (from the patches), ``"node"`` and ``"vector"``
            (from the means of the patches over rows and over columns), as in :class:`Backbone`.
        image_size: The size of the image, if it should be larger.
        node_place: ``"diagonal"``, or ``"everywhere"``: pixel :math:`(i, j)` holds the features of both nodes.
        mlp_ratio: The width of the perceptrons, relative to ``hidden_channels``.
        dropout: The share of updates and hidden units dropped in training.
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
        >>> AdjacencyViT(1, 2, max_nodes=10, hidden_channels=12, num_layers=1, patch_size=4, output="node")(path).shape
        torch.Size([3, 2])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        max_nodes: int,
        hidden_channels: int = 192,
        num_layers: int = 12,
        heads: int = 3,
        patch_size: int = 16,
        output: str = "graph",
        *,
        image_size: int | None = None,
        node_place: str = "diagonal",
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
        node_attrs: Sequence[str] = ("x",),
        edge_channels: int = 0,
        edge_attr: str = "edge_attr",
        pair_channels: int = 0,
        pair_attr: str = "pair_attr",
    ) -> None:
        inputs = GraphInputs(in_channels, node_attrs, edge_channels, edge_attr, pair_channels, pair_attr)
        super().__init__(out_channels, output, max_nodes, inputs)
        self._at_least(1, hidden_channels=hidden_channels, patch_size=patch_size)
        self._at_least(0, dropout=dropout)
        if node_place not in ("diagonal", "everywhere"):
            raise ValueError(f"'{self._name}' expected 'node_place' as 'diagonal' or 'everywhere' (got '{node_place}')")
        smallest = -(-max_nodes // patch_size) * patch_size
        image_size = smallest if image_size is None else image_size
        self._at_least(max_nodes, image_size=image_size)
        self.patch_size, self.image_size, self.node_place = patch_size, image_size, node_place
        channels = inputs.channels + 1 + (in_channels if node_place == "diagonal" else 2 * in_channels)
        self.vit = VisionTransformer(
            channels, image_size, patch_size, hidden_channels, num_layers, heads, mlp_ratio, dropout
        )
        if output == "graph":
            self.head = torch.nn.Linear(hidden_channels, out_channels)
        elif output == "pair":
            self.head = torch.nn.Linear(hidden_channels, patch_size**2 * out_channels)
        else:  # one part of it for rows, one for columns
            self.head = torch.nn.Linear(2 * hidden_channels, patch_size * out_channels)

    def load_timm_state_dict(self, source: Source) -> None:
        r"""Load the weights of a vision transformer, see :meth:`VisionTransformer.load_timm_state_dict`.

        Args:
            source: A local file, ``.safetensors`` or ``.pth`` (no code in it is run), or a dictionary of tensors.
        """
        self.vit.load_timm_state_dict(source)

    def image(self, data: GraphLike) -> Tensor:
        r"""Draw the graphs, ``[B, channels, image_size, image_size]``."""
        return self._image(data, self.padding(data))

    def forward(self, data: GraphLike) -> Tensor:
        padding = self.padding(data)
        tokens = self.vit(self._image(data, padding), class_only=self.output == "graph")
        if self.output == "graph":
            out: Tensor = self.head(tokens[:, 0])
            return out
        grid, patch, graphs = self.vit.grid, self.patch_size, padding.num_graphs
        patches = tokens[:, 1:].reshape(graphs, grid, grid, tokens.size(2))
        if self.output == "pair":
            pixels = self.head(patches).view(graphs, grid, grid, patch, patch, self.out_channels).transpose(2, 3)
            pixels = pixels.reshape(graphs, self.image_size, self.image_size, self.out_channels)
            return padding.mask_pairs(pixels[:, : padding.width, : padding.width])
        share = self._share(padding, patches)
        rows, columns = (patches * share.unsqueeze(1)).sum(2), (patches * share.unsqueeze(2)).sum(1)
        nodes = self.head(torch.cat([rows, columns], dim=2)).view(graphs, self.image_size, self.out_channels)
        return padding.to_nodes(nodes)

    def _image(self, data: GraphLike, padding: Padding) -> Tensor:
        dtype, size = self.head.weight.dtype, self.image_size
        pairs = self.inputs.pairs(data, padding, dtype, size).permute(0, 3, 1, 2)
        x = self.inputs.nodes(data, dtype)
        ones = x.new_ones(padding.num_nodes, 1)
        rest = (0, size - padding.width)
        diagonal = ones if self.node_place == "everywhere" else torch.cat([ones, x], dim=1)
        diagonal = torch.nn.functional.pad(padding.to_dense(diagonal).transpose(1, 2), rest)
        channels = [pairs, torch.diag_embed(diagonal)]
        if self.node_place == "everywhere":
            dense = torch.nn.functional.pad(padding.to_dense(torch.cat([ones, x], dim=1)).transpose(1, 2), rest)
            real = dense[:, :1]
            channels += [dense[:, 1:].unsqueeze(3) * real.unsqueeze(2), dense[:, 1:].unsqueeze(2) * real.unsqueeze(3)]
        return torch.cat(channels, dim=1)

    def _share(self, padding: Padding, patches: Tensor) -> Tensor:
        """The weight of every row (or column) of patches in a mean over those that hold nodes, ``[B, grid, 1]``."""
        used = -(-padding.sizes // self.patch_size).unsqueeze(1)
        inside = torch.arange(self.vit.grid, device=used.device) < used
        return (inside.to(patches.dtype) / used.clamp(min=1)).unsqueeze(2)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, patch_size={self.patch_size}, node_place={self.node_place!r}"
