r"""Models of the tasks on graphs: any draw of a permutation with any backbone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from pyg_symbreak.training.symmetrize.backbones import graph_backbone
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.draws import DRAWS, permutation_draw, split_method, symmetrized
from pyg_symbreak.training.symmetrize.examples import TaskData


@dataclass(frozen=True)
class GraphModels:
    r"""Builds models by the names of their methods, such as ``"lps+mlp"``.

    Args:
        in_channels: The number of node features.
        out_channels: The number of outputs of a graph or node.
        max_nodes: The size of the largest graph.
        backbones: The backbones there are, by name, and more arguments of each.
        output: ``"graph"`` or ``"node"``.

    .. code-block:: python

        >>> models = GraphModels(1, 2, 5, {"mlp": {}})
        >>> model = models("lps+mlp", SymmetrizeTrainConfig(draws=3), None)
        >>> type(model).__name__, model.num_draws
        ('Symmetrize', 3)
    """

    in_channels: int
    out_channels: int
    max_nodes: int
    backbones: Mapping[str, Mapping[str, Any]]
    output: str = "graph"

    def check(self, method: str) -> tuple[str, str]:
        r"""Take a method apart.

        Raises:
            ValueError: If there is no such method.
        """
        return split_method(method, DRAWS, self.backbones)

    def __call__(self, method: str, config: SymmetrizeTrainConfig, data: TaskData | None) -> torch.nn.Module:
        draw, name = self.check(method)
        options = self.backbones[name]
        backbone = graph_backbone(
            name, self.in_channels, self.out_channels, self.max_nodes, output=self.output, **options
        )
        canonicalizer = permutation_draw(draw, self.in_channels)
        return symmetrized(backbone, canonicalizer, config.draws, config.test_draws, self.output)


def crossed(draws: tuple[str, ...], backbones: Mapping[str, Any]) -> tuple[str, ...]:
    r"""Every draw with every backbone.

    .. code-block:: python

        >>> crossed(("exact", "lps"), {"mlp": {}})
        ('exact+mlp', 'lps+mlp')
    """
    return tuple(f"{draw}+{name}" for name in backbones for draw in draws)


def folder(task: str, root: str | None, name: str, file: str = "its raw file") -> str:
    r"""The folder of a data set that cannot be made without one.

    Raises:
        ValueError: If there is none.
    """
    if root is None:
        raise ValueError(f"'{task}' expected '--root', the folder above '{name}/raw' with {file} (got none)")
    return f"{root}/{name}"
