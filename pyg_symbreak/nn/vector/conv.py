r"""One round of messages between vectors and scalars."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from pyg_symbreak.nn.rank_pair import positive
from pyg_symbreak.nn.vector.activation import VectorLeakyReLU
from pyg_symbreak.nn.vector.dropout import VectorDropout
from pyg_symbreak.nn.vector.invariants import VectorInvariants
from pyg_symbreak.nn.vector.linear import VectorLinear
from pyg_symbreak.nn.vector.norm import VectorNorm


class VectorConv(torch.nn.Module):
    r"""Passes messages between nodes that hold scalars :math:`s_i` and vectors :math:`V_i`, with vector neurons
    (`"Vector Neurons" <https://arxiv.org/abs/2104.12229>`_) at the nodes.

    .. math::
        D_{ji} &= W (V_j - V_i), \qquad
        e_{ji} = \mathrm{SiLU}\bigl(A s_j + B s_i + C \log(1 + \|D_{ji}\|^2) + E a_{ji} + b\bigr) \\
        m_i &= \frac{1}{|N(i)|} \sum_{j} e_{ji}, \qquad
        M_i = \frac{1}{|N(i)|} \sum_{j} (F e_{ji}) \, D_{ji} \Big/ \sqrt{1 + \|D_{ji}\|^2}

    Scalars are updated from :math:`s_i`, :math:`m_i` and invariants of :math:`V_i`; vectors from :math:`V_i` and
    :math:`M_i`. All maps of vectors are free of biases, so the layer is equivariant to :math:`O(d)` in any dimension.
    Edges have fewer channels (``edge_channels``, ``edge_vectors``) than nodes, because there are more of them.

    Args:
        channels: The number of scalars of a node.
        vectors: The number of vectors of a node.
        edge_channels: The number of scalars of a message.
        edge_vectors: The number of vectors of a message.
        edge_dim: The number of edge attributes.
        dropout: The probability that a vector of an update is dropped in training.

    Raises:
        ValueError: If a size is out of range.

    .. code-block:: python

        >>> conv = VectorConv(16, 8)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> s, v = conv(torch.randn(3, 16), torch.randn(3, 8, 3), edge_index)
        >>> s.shape, v.shape
        (torch.Size([3, 16]), torch.Size([3, 8, 3]))
    """

    def __init__(
        self,
        channels: int,
        vectors: int,
        *,
        edge_channels: int = 16,
        edge_vectors: int = 4,
        edge_dim: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = {"channels": channels, "edge_channels": edge_channels, "edge_vectors": edge_vectors}
        positive("VectorConv", **sizes, edge_dim=edge_dim + 1)
        self.channels, self.vectors = channels, vectors
        self.edge_channels, self.edge_vectors, self.edge_dim = edge_channels, edge_vectors, edge_dim
        self.lin_message = VectorLinear(vectors, edge_vectors)
        self.lin_nodes = torch.nn.Linear(channels, 2 * edge_channels)
        self.lin_edges = torch.nn.Linear(edge_vectors + edge_dim, edge_channels, bias=False)
        self.lin_weight = torch.nn.Linear(edge_channels, edge_vectors)
        self.norm = VectorNorm(vectors, eps=1.0)  # a larger length is bounded, a smaller one never grows
        self.invariants = VectorInvariants(vectors, edge_channels)
        self.update = torch.nn.Sequential(
            torch.nn.LayerNorm(channels + 2 * edge_channels),
            torch.nn.Linear(channels + 2 * edge_channels, channels),
            torch.nn.SiLU(),
            torch.nn.Linear(channels, channels),
        )
        self.lin_update = VectorLinear(vectors + edge_vectors, vectors)
        self.activation = VectorLeakyReLU(vectors, share=True)
        self.dropout = VectorDropout(dropout)
        self.lin_out = VectorLinear(vectors, vectors)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (*self.children(), *self.update):
            reset = getattr(module, "reset_parameters", None)
            if reset is not None:
                reset()

    def forward(
        self,
        s: Tensor,
        v: Tensor,
        edge_index: Tensor,
        edge_attr: Tensor | None = None,
        degree: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        r"""Pass messages once.

        Args:
            s: The scalars of the nodes, ``[N, channels]``.
            v: The vectors of the nodes, ``[N, vectors, d]``.
            edge_index: The edges, ``[2, E]``, from the first row to the second.
            edge_attr: Invariant attributes of the edges, ``[E, edge_dim]``.
            degree: The numbers of incoming edges, ``[N, 1]``, if they are at hand.

        Returns:
            Scalars ``[N, channels]`` and vectors ``[N, vectors, d]``.
        """
        if (0 if edge_attr is None else edge_attr.size(-1)) != self.edge_dim:
            got = "none" if edge_attr is None else list(edge_attr.shape)
            raise ValueError(f"'VectorConv' expected {self.edge_dim} edge attributes (got {got})")
        if degree is None:
            degree = in_degree(edge_index, s)
        scalars, vectors = self._messages(s, v, edge_index, edge_attr, degree)
        normal = self.norm(v)
        s = s + self.update(torch.cat([s, scalars, self.invariants(normal)], dim=-1))
        both = torch.cat([normal.mT, vectors], dim=-1).mT
        return s, v + self.lin_out(self.dropout(self.activation(self.lin_update(both))))

    def _messages(
        self, s: Tensor, v: Tensor, edge_index: Tensor, edge_attr: Tensor | None, degree: Tensor
    ) -> tuple[Tensor, Tensor]:
        # Everything that an edge reads of a node stands side by side, so that one look-up each fetches it.
        num_nodes, dim, width = v.size(0), v.size(-1), self.edge_vectors
        flat = self.lin_message(v).mT.reshape(num_nodes, dim * width)
        source, target = self.lin_nodes(s).chunk(2, dim=-1)
        sources, targets = torch.cat([flat, source], dim=-1), torch.cat([-flat, target], dim=-1)
        both = sources.index_select(0, edge_index[0]) + targets.index_select(0, edge_index[1])
        offset = both[:, : dim * width].view(-1, dim, width)
        square = offset.square().sum(1)
        invariants = square.log1p()
        if edge_attr is not None:
            invariants = torch.cat([invariants, edge_attr.to(s.dtype)], dim=-1)
        edge = torch.nn.functional.silu(both[:, dim * width :] + self.lin_edges(invariants))
        weight = self.lin_weight(edge) * (square + 1).rsqrt()
        message = torch.cat([(offset * weight.unsqueeze(1)).flatten(1), edge], dim=-1)
        total = scatter(message, edge_index[1], dim=0, dim_size=num_nodes, reduce="sum") / degree.clamp(min=1)
        return total[:, dim * width :], total[:, : dim * width].view(num_nodes, dim, width)

    def extra_repr(self) -> str:
        return (
            f"{self.channels}, {self.vectors}, edge_channels={self.edge_channels}, edge_vectors={self.edge_vectors}, "
            f"edge_dim={self.edge_dim}"
        )


def in_degree(edge_index: Tensor, like: Tensor) -> Tensor:
    r"""Count the edges that arrive at every node, ``[N, 1]``, with the dtype of ``like`` (``[N, …]``).

    .. code-block:: python

        >>> in_degree(torch.tensor([[0, 1], [1, 1]]), torch.zeros(3))
        tensor([[0.],
                [2.],
                [0.]])
    """
    ones = like.new_ones(edge_index.size(1))
    return like.new_zeros(like.size(0)).index_add_(0, edge_index[1], ones).unsqueeze(-1)
