r"""The graph transformer that predicts the clean graph from a noisy one."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.layer import GraphShape, GraphTransformerLayer

TIME_DIM = 32


class GraphTransformer(torch.nn.Module):
    r"""Predicts the types of all nodes and pairs of a graph from its noisy types, a time and further vectors.

    Equivariant under permutations of the nodes, together with the vectors of nodes and pairs.

    Args:
        num_states: The numbers of states that nodes and pairs may have.
        num_classes: The numbers of types to predict.
        extra: The lengths of further vectors of nodes, pairs and graphs.
        dims: The widths of the three streams.
        num_layers: The number of layers.
        heads: The number of attention heads.
        dropout: The share of updates dropped in training.

    Shapes:
        - **input:** noisy graphs, times ``[B]`` in [0, 1] and vectors ``[B, n, *]``, ``[B, P, *]``, ``[B, *]``.
        - **output:** logits ``[B, n, Kx]`` and ``[B, P, Ke]``.

    .. code-block:: python

        >>> graph = DenseGraph(torch.zeros(2, 3).long(), torch.zeros(2, 3).long(), torch.ones(2, 3).bool())
        >>> network = GraphTransformer((4, 2), (4, 2), (0, 0, 0), (16, 8, 8), num_layers=1, heads=2)
        >>> x, e = network(graph, torch.zeros(2))
        >>> x.shape, e.shape
        (torch.Size([2, 3, 4]), torch.Size([2, 3, 2]))
    """

    def __init__(
        self,
        num_states: tuple[int, int],
        num_classes: tuple[int, int],
        extra: tuple[int, int, int],
        dims: tuple[int, int, int],
        num_layers: int,
        heads: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        node, pair, graph = dims
        self.node_type = torch.nn.Embedding(num_states[0], node)
        self.pair_type = torch.nn.Embedding(num_states[1], pair)
        self.node_extra = torch.nn.Linear(extra[0], node) if extra[0] else None
        self.pair_extra = torch.nn.Linear(extra[1], pair) if extra[1] else None
        self.graph_in = torch.nn.Sequential(
            torch.nn.Linear(TIME_DIM + 1 + extra[2], 2 * graph), torch.nn.SiLU(), torch.nn.Linear(2 * graph, graph)
        )
        self.layers = torch.nn.ModuleList(
            GraphTransformerLayer(node, pair, graph, heads, dropout=dropout) for _ in range(num_layers)
        )
        self.node_norm, self.pair_norm = torch.nn.LayerNorm(node), torch.nn.LayerNorm(pair)
        self.node_out = torch.nn.Linear(node, num_classes[0])
        self.pair_out = torch.nn.Linear(pair, num_classes[1])
        # The answer before anything is known: which type each state speaks for.
        self.node_prior = torch.nn.Embedding(num_states[0], num_classes[0])
        self.pair_prior = torch.nn.Embedding(num_states[1], num_classes[1])
        for table in (self.node_prior, self.pair_prior):
            torch.nn.init.zeros_(table.weight)

    def forward(
        self,
        graph: DenseGraph,
        time: Tensor,
        nodes: Tensor | None = None,
        pairs: Tensor | None = None,
        graphs: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        x, e = self.node_type(graph.x), self.pair_type(graph.e)
        shape = GraphShape(graph.mask, x.dtype)
        if self.node_extra is not None:
            x = x + self.node_extra(nodes)
        if self.pair_extra is not None:
            e = e + self.pair_extra(pairs)
        size = graph.num_nodes.to(x.dtype).unsqueeze(1) / 32
        inputs = [time_features(time.to(x.dtype)), size, *([] if graphs is None else [graphs])]
        y = self.graph_in(torch.cat(inputs, dim=-1))
        for layer in self.layers:
            x, e, y = layer(x, e, y, shape)
        x = self.node_out(F.silu(self.node_norm(x))) + self.node_prior(graph.x)
        return x, self.pair_out(F.silu(self.pair_norm(e))) + self.pair_prior(graph.e)


def time_features(time: Tensor) -> Tensor:
    r"""Cosines and sines of a time in [0, 1] at frequencies from a half to some hundred turns, ``[B, TIME_DIM]``.

    .. code-block:: python

        >>> time_features(torch.tensor([0.0])).unique()
        tensor([0., 1.])
    """
    rates = torch.logspace(0, 2.3, TIME_DIM // 2, device=time.device, dtype=time.dtype) * math.pi
    angles = time.unsqueeze(1) * rates
    return torch.cat([angles.cos(), angles.sin()], dim=1)
