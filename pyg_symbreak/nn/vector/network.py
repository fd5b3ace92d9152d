r"""A network whose nodes hold vectors and scalars."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike, node_pairs, node_ptr
from pyg_symbreak.nn.rank_pair import positive
from pyg_symbreak.nn.vector.conv import VectorConv, in_degree
from pyg_symbreak.nn.vector.linear import VectorLinear


class VectorNetwork(torch.nn.Module):
    r"""Maps the vectors of nodes to invariant scalars and equivariant vectors of nodes, by rounds of
    :class:`VectorConv`, with the vector neurons of `"Vector Neurons" <https://arxiv.org/abs/2104.12229>`_.

    .. math::
        (s, V Q^\top) = f(x, V_0 Q^\top, \ldots) \quad \text{for every } Q \in O(d)

    It is equivariant to permutations of the nodes as well, in any dimension :math:`d \geq 2`, and only sees the
    differences of vectors between nodes along edges, and the vectors themselves at the nodes.

    Messages run along ``data.edge_index``; a graph that has none (``None``, not an empty one) sends them between all
    pairs of different nodes of each graph.

    Args:
        in_vectors: The number of input vectors of a node.
        channels: The number of scalars of a node.
        vectors: The number of vectors of a node.
        num_layers: The number of rounds.
        in_channels: The number of node features (``data.x``) to read; they must be invariant.
        edge_dim: The number of edge attributes (``data.edge_attr``) to read; they must be invariant.
        edge_channels: The number of scalars of a message.
        edge_vectors: The number of vectors of a message.
        dropout: The probability that a vector of an update is dropped in training.

    Shapes:
        - **input:** a graph or batch with :math:`N` nodes, and vectors ``[N, in_vectors, d]``.
        - **output:** scalars ``[N, channels]`` and vectors ``[N, vectors, d]``.

    Raises:
        ValueError: If a size is out of range, or the input has other sizes.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> data = Data(pos=torch.randn(4, 3))
        >>> s, v = VectorNetwork(1, channels=8, vectors=4)(data, data.pos.unsqueeze(1))
        >>> s.shape, v.shape
        (torch.Size([4, 8]), torch.Size([4, 4, 3]))
    """

    def __init__(
        self,
        in_vectors: int,
        channels: int = 32,
        vectors: int = 16,
        num_layers: int = 2,
        *,
        in_channels: int = 0,
        edge_dim: int = 0,
        edge_channels: int = 16,
        edge_vectors: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        positive("VectorNetwork", num_layers=num_layers, in_channels=in_channels + 1)
        self.in_vectors, self.in_channels, self.edge_dim = in_vectors, in_channels, edge_dim
        self.channels, self.vectors = channels, vectors
        self.embed_vectors = VectorLinear(in_vectors, vectors)
        self.embed = torch.nn.Linear(in_channels + 1 + in_vectors, channels)
        self.convs = torch.nn.ModuleList(
            VectorConv(
                channels,
                vectors,
                edge_channels=edge_channels,
                edge_vectors=edge_vectors,
                edge_dim=edge_dim,
                dropout=dropout,
            )
            for _ in range(num_layers)
        )

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (self.embed_vectors, self.embed, *self.convs):
            module.reset_parameters()

    def forward(self, data: GraphLike, vectors: Tensor) -> tuple[Tensor, Tensor]:
        r"""Run the network.

        Args:
            data: One graph or a batch of graphs; ``x``, ``edge_index`` and ``edge_attr`` are read, positions are not.
            vectors: The vectors of the nodes, ``[N, in_vectors, d]``.
        """
        weight = self.embed.weight
        if vectors.dim() != 3 or vectors.size(1) != self.in_vectors:
            want = f"[N, {self.in_vectors}, d]"
            raise ValueError(f"'VectorNetwork' expected 'vectors' of shape {want} (got {list(vectors.shape)})")
        vectors = vectors.to(weight.dtype)
        edge_index: Tensor | None = data.edge_index
        if edge_index is None:
            edge_index = all_pairs(node_ptr(data))
        degree = in_degree(edge_index, vectors)
        scalars = [degree.log1p(), vectors.square().sum(-1).log1p()]
        if self.in_channels > 0:
            scalars.append(_features("data.x", data.x, vectors.size(0), self.in_channels).to(weight.dtype))
        s, v = self.embed(torch.cat(scalars, dim=-1)), self.embed_vectors(vectors)
        edge_attr = None
        if self.edge_dim > 0:
            edge_attr = _features("data.edge_attr", data.edge_attr, edge_index.size(1), self.edge_dim).to(weight.dtype)
        for conv in self.convs:
            s, v = conv(s, v, edge_index, edge_attr, degree)
        return s, v

    def extra_repr(self) -> str:
        return f"{self.in_vectors}, in_channels={self.in_channels}, edge_dim={self.edge_dim}"


def all_pairs(ptr: Tensor) -> Tensor:
    r"""List the ordered pairs of different nodes inside each graph, as edges ``[2, E]``.

    .. code-block:: python

        >>> all_pairs(torch.tensor([0, 2, 3]))
        tensor([[0, 1],
                [1, 0]])
    """
    pairs = node_pairs(ptr)
    return torch.cat([pairs, pairs.flip(0)], dim=1)


def _features(name: str, x: Tensor | None, count: int, width: int) -> Tensor:
    """Check the features of nodes or edges."""
    if x is None or x.numel() != count * width:
        got = "none" if x is None else list(x.shape)
        raise ValueError(f"'VectorNetwork' expected '{name}' of shape [{count}, {width}] (got {got})")
    return x.reshape(count, width)
