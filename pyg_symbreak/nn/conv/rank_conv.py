r"""Message passing whose messages see the canonical ranks of both ends."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch_geometric.nn.conv import MessagePassing
from torch_geometric.nn.dense.linear import Linear

from pyg_symbreak.groups import GroupElement
from pyg_symbreak.nn.rank_pair import EXTRAPOLATIONS, RankPairEmbedding, fit_ranks, permutation_of, positive


class RankConv(MessagePassing):  # type: ignore[misc]
    r"""Sends messages that know the ranks :math:`r_i, r_j` of both ends, the edge part of SymPE inside a layer.

    .. math::
        x'_i = W_1 x_i + W_2 \bigoplus_{j \in N(i)} \sigma\bigl(W_3 x_i + W_4 x_j + W_5 e_{ij} + v_{r_i r_j}\bigr)

    All maps but :math:`W_5` act on nodes, so an edge costs three look-ups, two sums and a ReLU. The layer is
    equivariant in the graph and its ranks together; with ranks that are equivariant in law, so is the layer.

    Args:
        in_channels: The number of input channels; ``-1`` to read it from the first input.
        out_channels: The number of output channels.
        max_nodes: The largest number of nodes of a graph.
        edge_dim: The number of edge attributes; none by default.
        mode: ``"pair"`` for one vector per pair of ranks, ``"difference"`` for one per difference of ranks.
        extrapolate: What to do with more than ``max_nodes`` nodes, as in :class:`~pyg_symbreak.nn.SymPE`.
        aggr: The aggregation over neighbours.
        **kwargs: Further arguments of :class:`torch_geometric.nn.conv.MessagePassing`.

    Raises:
        ValueError: If a size or an option is out of range, a graph has more than ``max_nodes`` nodes, or edge
            attributes are missing or not expected.

    .. code-block:: python

        >>> import torch
        >>> conv = RankConv(8, 16, max_nodes=4)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(torch.randn(3, 8), edge_index, torch.tensor([0, 2, 1])).shape
        torch.Size([3, 16])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        max_nodes: int,
        edge_dim: int | None = None,
        *,
        mode: str = "pair",
        extrapolate: str = "error",
        aggr: str = "mean",
        **kwargs: Any,
    ) -> None:
        super().__init__(aggr=aggr, **kwargs)
        positive("RankConv", out_channels=out_channels, edge_dim=1 if edge_dim is None else edge_dim)
        if extrapolate not in EXTRAPOLATIONS:
            raise ValueError(f"'RankConv' expected 'extrapolate' in {EXTRAPOLATIONS} (got '{extrapolate}')")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.max_nodes, self.edge_dim, self.extrapolate = max_nodes, edge_dim, extrapolate
        self.lin_nodes = Linear(in_channels, 3 * out_channels)  # root, target and source in one product
        self.lin_edge = None if edge_dim is None else Linear(edge_dim, out_channels, bias=False)
        self.lin_out = Linear(out_channels, out_channels, bias=False)
        self.pair = RankPairEmbedding(out_channels, max_nodes, mode)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        super().reset_parameters()
        for module in (self.lin_nodes, self.lin_edge, self.lin_out, self.pair):
            if module is not None:
                module.reset_parameters()

    def forward(
        self, x: Tensor, edge_index: Tensor, g: GroupElement | Tensor, edge_attr: Tensor | None = None
    ) -> Tensor:
        r"""Pass messages once.

        Args:
            x: Node features, ``[N, in_channels]``.
            edge_index: The edges, ``[2, E]``.
            g: The drawn permutations, or the ranks of the nodes, ``[N]`` int64 (their ``order``).
            edge_attr: Edge features, ``[E, edge_dim]``.

        Returns:
            Node features, ``[N, out_channels]``.
        """
        if (edge_attr is None) != (self.lin_edge is None):
            got = "no 'edge_attr'" if edge_attr is None else "'edge_attr'"
            raise ValueError(f"'RankConv' expected 'edge_attr' just if 'edge_dim' is set (got {got}, {self.edge_dim=})")
        rank = g if isinstance(g, Tensor) else permutation_of("RankConv", g).order
        rank = fit_ranks("RankConv", rank, self.max_nodes, self.extrapolate)
        pair = self.pair(rank[edge_index[1]], rank[edge_index[0]])
        if edge_attr is not None and self.lin_edge is not None:
            pair = pair + self.lin_edge(edge_attr)
        root, target, source = self.lin_nodes(x).chunk(3, dim=-1)
        out = self.propagate(edge_index, source=source, target=target, pair=pair)
        result: Tensor = root + self.lin_out(out)
        return result

    def message(self, source_j: Tensor, target_i: Tensor, pair: Tensor) -> Tensor:
        return (source_j + target_i).add_(pair).relu_()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.out_channels}, {self.extra_repr()})"

    def extra_repr(self) -> str:
        return f"max_nodes={self.max_nodes}, edge_dim={self.edge_dim}, mode={self.pair.mode!r}, aggr={self.aggr!r}"
