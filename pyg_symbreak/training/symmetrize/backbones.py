r"""Backbones of graphs by name, of sizes that train in minutes on a CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch

from pyg_symbreak.models.backbones import (
    AdjacencyMLP,
    AdjacencyViT,
    IdentifiedGIN,
    NodeTransformer,
    PairTransformer,
)

BACKBONES: Final[dict[str, str]] = {
    "mlp": "a perceptron on the padded adjacency matrix",
    "gin-id": "a graph isomorphism network that sees the position of every node as a one-hot vector",
    "transformer": "a transformer over nodes whose attention reads the adjacency matrix",
    "pair-transformer": "a transformer over all pairs of nodes, for small graphs",
    "vit": "a small patch transformer on the adjacency image",
}
r"""The names of the backbones, and what they are."""


def graph_backbone(
    name: str, in_channels: int, out_channels: int, max_nodes: int, output: str = "graph", **options: Any
) -> torch.nn.Module:
    r"""Builds the backbone that a name stands for.

    Args:
        name: One of :data:`BACKBONES`.
        in_channels: The number of node features.
        out_channels: The number of outputs of a graph or node.
        max_nodes: The size of the largest graph.
        output: ``"graph"`` or ``"node"``.
        **options: More arguments of the class.

    Raises:
        ValueError: If the name is unknown.
    """
    classes: dict[str, Callable[..., torch.nn.Module]] = {
        "mlp": AdjacencyMLP,
        "gin-id": IdentifiedGIN,
        "transformer": NodeTransformer,
        "pair-transformer": PairTransformer,
        "vit": AdjacencyViT,
    }
    if name not in classes:
        raise ValueError(f"'graph_backbone' expected 'name' among {', '.join(classes)} (got {name!r})")
    small = {"hidden_channels": 64, "num_layers": 4, "heads": 4, "patch_size": 8} if name == "vit" else {}
    return classes[name](in_channels, out_channels, max_nodes, output=output, **{**small, **options})
