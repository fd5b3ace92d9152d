r"""What structural features have in common."""

from __future__ import annotations

import abc

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.pairs import pair_index, pair_number

Parts = tuple[Tensor | None, Tensor | None, Tensor | None]


class StructuralFeature(torch.nn.Module, abc.ABC):
    r"""Base class of features that a denoiser reads off its noisy graph.

    A subclass sets ``node_dim``, ``pair_dim`` and ``graph_dim`` and writes :meth:`compute`. Features have no weights,
    need no gradients and are computed at full precision under autocast. They are equivariant up to rounding: nodes
    that move take their features along.

    Args:
        num_edge_types: The number :math:`K` of real types of pairs. Pairs of the types :math:`1, \dots, K - 1` are
            edges; type 0 and types from :math:`K` on, such as the mask state of absorbing noise, are none.
        dtype: The floating point type of the features.

    Shapes:
        - **input:** a :class:`~pyg_symbreak.models.diffusion.dense.DenseGraph` of :math:`B` graphs.
        - **output:** features of the nodes ``[B, n, node_dim]``, the pairs ``[B, P, pair_dim]`` and the graphs
          ``[B, graph_dim]``, zero on padding; ``None`` in place of a part of length 0.

    Raises:
        ValueError: If ``num_edge_types`` is below 2 or ``dtype`` is neither float32 nor float64.
    """

    node_dim: int = 0
    pair_dim: int = 0
    graph_dim: int = 0

    def __init__(self, num_edge_types: int, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        if num_edge_types < 2:
            raise ValueError(
                f"'{type(self).__name__}' expected 'num_edge_types' of at least 2, 'no edge' included "
                f"(got {num_edge_types})"
            )
        if dtype not in (torch.float32, torch.float64):
            raise ValueError(f"'{type(self).__name__}' expected 'dtype' as float32 or float64 (got {dtype})")
        self.num_edge_types, self.dtype = num_edge_types, dtype

    @torch.no_grad()
    def forward(self, graph: DenseGraph) -> Parts:
        with torch.autocast(graph.x.device.type, enabled=False):
            return self.compute(graph, self.adjacency(graph))

    def adjacency(self, graph: DenseGraph) -> Tensor:
        r"""Return where edges are, as symmetric matrices ``[B, n, n]`` of zeros and ones."""
        edge = (graph.e > 0) & (graph.e < self.num_edge_types) & graph.pair_mask
        return pair_matrix(edge.to(self.dtype), graph.x.size(1))

    @abc.abstractmethod
    def compute(self, graph: DenseGraph, adjacency: Tensor) -> Parts:
        r"""Compute the features; ``adjacency`` is what :meth:`adjacency` returns."""


def pair_matrix(value: Tensor, num_nodes: int) -> Tensor:
    r"""Write numbers of pairs ``[B, P]`` as symmetric matrices ``[B, n, n]`` with a diagonal of zeros."""
    number = pair_number(num_nodes, value.device).reshape(-1)
    return torch.nn.functional.pad(value, (0, 1)).index_select(1, number).view(value.size(0), num_nodes, num_nodes)


def pair_entries(blocks: Tensor, count: int) -> Tensor:
    r"""Read the entries of pairs, ``[B, P, K]``, off ``K`` symmetric matrices side by side, ``[B, n, K * n]``."""
    n = blocks.size(1)
    row, col = pair_index(n, blocks.device)
    return _read(blocks, row, col, count)


def node_entries(blocks: Tensor, count: int) -> Tensor:
    r"""Read the diagonals, ``[B, n, K]``, off ``K`` matrices side by side, ``[B, n, K * n]``."""
    node = torch.arange(blocks.size(1), device=blocks.device)
    return _read(blocks, node, node, count)


def _read(blocks: Tensor, row: Tensor, col: Tensor, count: int) -> Tensor:
    n = blocks.size(1)
    start = torch.arange(count, device=blocks.device) * n
    entry = (row * (count * n) + col).unsqueeze(1) + start
    return blocks.flatten(1).index_select(1, entry.view(-1)).view(blocks.size(0), row.numel(), count)
