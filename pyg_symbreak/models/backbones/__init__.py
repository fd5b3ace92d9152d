r"""Networks without any symmetry, to be made equivariant by a drawn group element."""

from __future__ import annotations

from pyg_symbreak.models.backbones.adjacency_mlp import AdjacencyMLP
from pyg_symbreak.models.backbones.adjacency_vit import AdjacencyViT
from pyg_symbreak.models.backbones.base import Backbone
from pyg_symbreak.models.backbones.block import TransformerBlock
from pyg_symbreak.models.backbones.identified_gin import IdentifiedGIN
from pyg_symbreak.models.backbones.inputs import GraphInputs
from pyg_symbreak.models.backbones.node_transformer import NodeTransformer
from pyg_symbreak.models.backbones.padding import Padding
from pyg_symbreak.models.backbones.pair_transformer import PairTransformer
from pyg_symbreak.models.backbones.vision_transformer import VisionTransformer

__all__ = [
    "AdjacencyMLP",
    "AdjacencyViT",
    "Backbone",
    "GraphInputs",
    "IdentifiedGIN",
    "NodeTransformer",
    "Padding",
    "PairTransformer",
    "TransformerBlock",
    "VisionTransformer",
]
