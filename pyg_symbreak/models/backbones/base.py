r"""What all backbones share: which outputs there are, how large a graph may be, how parameters are reset."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups.ragged import GraphLike, node_ptr
from pyg_symbreak.models.backbones.inputs import GraphInputs
from pyg_symbreak.models.backbones.padding import Padding


class Backbone(torch.nn.Module, ABC):
    r"""A network without any symmetry, which sees the nodes in the order in which they stand.

    By itself its output depends on that order; :class:`~pyg_symbreak.nn.Canonicalize` and
    :class:`~pyg_symbreak.nn.Symmetrize`, given the same ``output``, make it equivariant.

    Args:
        out_channels: The number of numbers that are returned for a graph, a node or a pair; the dimension of the
            vectors with ``output="vector"``.
        output: ``"graph"`` returns ``[B, out_channels]``; ``"node"`` and ``"vector"`` return ``[N, out_channels]``;
            ``"pair"`` returns ``[B, n, n, out_channels]``, zero on padding, :math:`n` being the largest graph's size.
        max_nodes: The size of the largest graph that can be read.
        inputs: The attributes that are read.

    Raises:
        ValueError: If an argument is out of range; when called, if a graph is larger than ``max_nodes``, is no graph,
            or lacks an attribute.
    """

    outputs: ClassVar[tuple[str, ...]] = ("graph", "node", "pair", "vector")

    def __init__(self, out_channels: int, output: str, max_nodes: int, inputs: GraphInputs) -> None:
        super().__init__()
        if output not in self.outputs:
            raise ValueError(f"'{self._name}' expected 'output' in {self.outputs} (got '{output}')")
        self._at_least(1, out_channels=out_channels, max_nodes=max_nodes)
        self.out_channels, self.output, self.max_nodes, self.inputs = out_channels, output, max_nodes, inputs

    @abstractmethod
    def forward(self, data: GraphLike) -> Tensor:
        r"""Run the backbone.

        Args:
            data: One graph or a batch of graphs, in canonical order; it stays as it is.
        """

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for child in self.children():
            reset(child)

    def padding(self, data: GraphLike) -> Padding:
        """The layout of the batch, after checking the sizes of its graphs."""
        padding = Padding(node_ptr(data))
        if padding.width > self.max_nodes:
            raise ValueError(
                f"'{self._name}' expected graphs of at most 'max_nodes' = {self.max_nodes} nodes "
                f"(got one of {padding.width})"
            )
        return padding

    def _at_least(self, low: float, **arguments: float) -> None:
        for name, value in arguments.items():
            if value < low:
                raise ValueError(f"'{self._name}' expected '{name}' to be at least {low} (got {value})")

    @property
    def _name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        inputs = self.inputs
        shown = [f"{inputs.in_channels}, {self.out_channels}, output={self.output!r}, max_nodes={self.max_nodes}"]
        if inputs.in_channels > 0:
            shown.append(f"node_attrs={inputs.node_attrs}")
        for kind in ("edge", "pair"):
            channels = getattr(inputs, f"{kind}_channels")
            if channels > 0:
                shown.append(f"{kind}_channels={channels}, {kind}_attr={getattr(inputs, f'{kind}_attr')!r}")
        return ", ".join(shown)


def activation_function(owner: str, name: str) -> torch.nn.Module:
    r"""Look an activation up by its name.

    Raises:
        ValueError: If there is none of that name.
    """
    kinds: dict[str, type[torch.nn.Module]] = {
        "relu": torch.nn.ReLU,
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
        "tanh": torch.nn.Tanh,
    }
    if name not in kinds:
        raise ValueError(f"'{owner}' expected 'activation' in {tuple(kinds)} (got '{name}')")
    return kinds[name]()
