r"""Invariant and equivariant networks on graphs, from tensors over their nodes."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.nn.ign.activation import OrbitActivation
from pyg_symbreak.nn.ign.linear import EquivariantLinear
from pyg_symbreak.nn.ign.product import PairProduct
from pyg_symbreak.nn.ign.tuples import Tuples
from pyg_symbreak.nn.rank_pair import positive

OUTPUTS = {"graph": 0, "node": 1, "pair": 2}


def graph_tensor(
    data: GraphLike, tuples: Tuples, in_channels: int = 0, edge_dim: int = 0, dtype: torch.dtype = torch.float32
) -> Tensor:
    r"""Write graphs as tensors of order two: the numbers of edges from node to node, the sums of their attributes, and
    the attributes of the nodes on the diagonal.

    Args:
        data: A graph or batch of graphs.
        tuples: Its tuples.
        in_channels: The number of channels of ``data.x``; 0 does not read it.
        edge_dim: The number of channels of ``data.edge_attr``; 0 does not read it.
        dtype: The type of the numbers.

    Returns:
        ``[tuples.count(2), 1 + edge_dim + in_channels]``.

    Raises:
        ValueError: If an attribute is missing or has another shape.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> edge = Data(x=torch.tensor([[5.0], [6.0]]), edge_index=torch.tensor([[0], [1]]))
        >>> graph_tensor(edge, Tuples.of(edge), in_channels=1)
        tensor([[0., 5.],
                [1., 0.],
                [0., 0.],
                [0., 6.]])
    """
    out = torch.zeros(tuples.count(2), 1 + edge_dim + in_channels, dtype=dtype, device=tuples.ptr.device)
    edge_index: Tensor | None = data.edge_index
    num_edges = 0 if edge_index is None else edge_index.size(1)
    nodes = _attribute(data, "x", tuples.count(1), in_channels, out)
    edges = _attribute(data, "edge_attr", num_edges, edge_dim, out)
    if edge_index is not None and num_edges > 0:
        graph = tuples.graph(1)[edge_index[0]]
        row = tuples.number(graph, [end - tuples.ptr[graph] for end in edge_index.long()])
        out[:, : 1 + edge_dim].index_add_(0, row, torch.cat([edges.new_ones(num_edges, 1), edges], dim=1))
    if in_channels > 0:
        out[tuples.diagonal(2, ((0, 1),)), 1 + edge_dim :] = nodes
    return out


def _attribute(data: GraphLike, name: str, count: int, channels: int, like: Tensor) -> Tensor:
    if channels == 0:
        return like.new_zeros(count, 0)
    value: Tensor | None = data.get(name)
    shape = [count, channels]
    if value is None or list(value.shape) not in (shape, shape[:1] if channels == 1 else shape):
        got = "none" if value is None else list(value.shape)
        raise ValueError(f"'graph_tensor' expected 'data.{name}' of shape {shape} (got {got})")
    return value.view(shape).to(like.dtype)


class InvariantGraphBlock(torch.nn.Module):
    r"""One round: :math:`x + \sigma(L \bar x)`, or :math:`x + \sigma(L \bar x + P \bar x)` with a matrix product
    (:class:`PairProduct`), where :math:`\bar x` is the layer norm of the channels of every entry: a product squares the
    scale, and would do so again in every block.

    Args:
        order: The order of the tensors.
        channels: The number of channels.
        product: Whether to add a matrix product (order 2 only).
        activation: The activation of entries off the diagonals and on them, see :class:`OrbitActivation`.
        normalize: See :class:`EquivariantLinear`.

    Raises:
        ValueError: If an argument is out of range.

    .. code-block:: python

        >>> block = InvariantGraphBlock(2, 8, product=True)
        >>> block(torch.randn(13, 8), Tuples(torch.tensor([0, 2, 5]))).shape
        torch.Size([13, 8])
    """

    def __init__(
        self,
        order: int,
        channels: int,
        *,
        product: bool = False,
        activation: OrbitActivation | None = None,
        normalize: str = "mean",
    ) -> None:
        super().__init__()
        if product and order != 2:
            raise ValueError(f"'InvariantGraphBlock' expected the order 2 with a product (got {order})")
        self.norm = torch.nn.LayerNorm(channels)
        self.linear = EquivariantLinear(order, order, channels, channels, normalize=normalize)
        self.product = PairProduct(channels, channels) if product else None
        self.activation = OrbitActivation(order, torch.nn.SiLU()) if activation is None else activation

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        self.norm.reset_parameters()
        self.linear.reset_parameters()
        self.activation.reset_parameters()
        if self.product is not None:
            self.product.reset_parameters()

    def forward(self, x: Tensor, tuples: Tuples) -> Tensor:
        r"""Run the round, ``[T, channels]`` → ``[T, channels]``."""
        normal = self.norm(x)
        out: Tensor = self.linear(normal, tuples)
        if self.product is not None:
            out = out + self.product(normal, tuples)
        return x + cast(Tensor, self.activation(out, tuples))


class InvariantGraphNetwork(torch.nn.Module):
    r"""A network on graphs from equivariant linear maps and point-wise activations, `"Invariant and Equivariant Graph
    Networks" <https://arxiv.org/abs/1812.09902>`_, with the matrix product of `"Provably Powerful Graph Networks"
    <https://arxiv.org/abs/1905.11136>`_ if wanted.

    The graph is a tensor of order two (:func:`graph_tensor`); the first layer maps it to order :math:`k`, blocks
    (:class:`InvariantGraphBlock`) follow, and the last layer maps to one vector a graph, node or pair.

    *What it can tell apart.* Let :math:`k`-WL be the test that refines the colour of a tuple by the multisets of the
    colours of its neighbours, axis by axis (the oblivious one: 2-WL is as strong as colour refinement, 1-WL), and
    :math:`k`-FWL the one that refines it by the multiset of the vectors of these colours (the folklore one, as strong
    as :math:`(k + 1)`-WL). Without a product, order :math:`k` is as strong as :math:`k`-WL (`Geerts, 2020
    <https://arxiv.org/abs/2007.12035>`_): order 2 cannot tell a hexagon from two triangles, nor regular graphs of one
    size and degree from one another; order 3 can, and no more than 3-WL does. With the product, order 2 is as strong
    as 2-FWL, which is 3-WL: neither it nor order 3 tells strongly regular graphs with the same parameters apart.

    Args:
        in_channels: The number of channels of ``data.x``; 0 does not read it.
        out_channels: The number of channels of the output.
        hidden_channels: The number of channels in between.
        num_layers: The number of blocks.
        order: The order of the tensors, 2 or 3.
        edge_dim: The number of channels of ``data.edge_attr``; 0 does not read it.
        output: ``"graph"`` returns ``[B, out_channels]``, ``"node"`` returns ``[N, out_channels]``, and ``"pair"``
            returns ``[B, n, n, out_channels]``, zero on padding.
        product: Whether blocks have a matrix product (order 2 only).
        activations: The activation of all entries, or one for every orbit (:class:`OrbitActivation`); SiLU by default.
        normalize: See :class:`EquivariantLinear`.

    Raises:
        ValueError: If an argument is out of range, or the graph lacks an attribute.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> data = Data(x=torch.randn(4, 3), edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]))
        >>> InvariantGraphNetwork(3, 2)(data).shape
        torch.Size([1, 2])
        >>> InvariantGraphNetwork(3, 2, output="pair", product=True)(data).shape
        torch.Size([1, 4, 4, 2])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        hidden_channels: int = 32,
        num_layers: int = 3,
        order: int = 2,
        edge_dim: int = 0,
        output: str = "graph",
        product: bool = False,
        activations: torch.nn.Module | list[torch.nn.Module] | None = None,
        normalize: str = "mean",
    ) -> None:
        super().__init__()
        positive("InvariantGraphNetwork", out_channels=out_channels, hidden_channels=hidden_channels)
        positive("InvariantGraphNetwork", in_channels=in_channels + 1, edge_dim=edge_dim + 1, num_layers=num_layers)
        if order not in (2, 3):
            raise ValueError(f"'InvariantGraphNetwork' expected 'order' in (2, 3) (got {order})")
        if output not in OUTPUTS:
            raise ValueError(f"'InvariantGraphNetwork' expected 'output' in {tuple(OUTPUTS)} (got '{output}')")
        self.in_channels, self.edge_dim, self.output, self.order = in_channels, edge_dim, output, order
        width, chosen = hidden_channels, torch.nn.SiLU() if activations is None else activations
        self.start = EquivariantLinear(2, order, 1 + edge_dim + in_channels, width, normalize=normalize)
        self.blocks = torch.nn.ModuleList(
            InvariantGraphBlock(
                order,
                width,
                product=product,
                activation=OrbitActivation(order, copy.deepcopy(chosen)),
                normalize=normalize,
            )
            for _ in range(num_layers)
        )
        self.end = EquivariantLinear(order, OUTPUTS[output], width, width, normalize=normalize)
        self.head = torch.nn.Sequential(torch.nn.SiLU(), torch.nn.Linear(width, out_channels))

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for module in (self.start, *self.blocks, self.end, self.head[1]):
            module.reset_parameters()

    def forward(self, data: GraphLike, tuples: Tuples | None = None) -> Tensor:
        r"""Run the network.

        Args:
            data: A graph or batch of graphs.
            tuples: Its tuples, if they are at hand.
        """
        tuples = Tuples.of(data) if tuples is None else tuples
        dtype = self.start.weight.dtype
        x = self.start(graph_tensor(data, tuples, self.in_channels, self.edge_dim, dtype), tuples)
        for block in self.blocks:
            x = block(x, tuples)
        out: Tensor = self.head(self.end(x, tuples))
        return tuples.pad(out, 2) if self.output == "pair" else out
