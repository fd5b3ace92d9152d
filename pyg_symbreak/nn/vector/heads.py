r"""What a frame or an order is made from: vectors of graphs and scores of nodes."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr, segment_mean
from pyg_symbreak.nn.rank_pair import positive
from pyg_symbreak.nn.vector.linear import VectorLinear
from pyg_symbreak.nn.vector.network import VectorNetwork


class VectorFrame(torch.nn.Module):
    r"""Maps the vectors of nodes to :math:`d` vectors of their graph, for a
    :class:`~pyg_symbreak.canonicalizers.FrameCanonicalizer`.

    The scalars and vectors of a :class:`VectorNetwork` are averaged by a :class:`FrameHead`; the result is equivariant
    to :math:`O(d)` and invariant to permutations. A graph without nodes gets zero vectors.

    Args:
        in_vectors: The number of input vectors of a node.
        dim: The dimension :math:`d`, and the number of vectors of a graph.
        **kwargs: Further arguments of :class:`VectorNetwork`.

    Shapes:
        - **input:** a graph or batch, and vectors ``[N, in_vectors, d]``.
        - **output:** ``[B, d, d]``, whose row ``c`` is the ``c``-th vector.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> data = Data(pos=torch.randn(4, 3))
        >>> VectorFrame(1)(data, data.pos.unsqueeze(1)).shape
        torch.Size([1, 3, 3])
    """

    def __init__(self, in_vectors: int, dim: int = 3, **kwargs: int | float) -> None:
        super().__init__()
        self.network = VectorNetwork(in_vectors, **kwargs)  # type: ignore[arg-type]
        self.head = FrameHead(self.network.channels, self.network.vectors, dim)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        self.network.reset_parameters()
        self.head.reset_parameters()

    def forward(self, data: GraphLike, vectors: Tensor) -> Tensor:
        s, v = self.network(data, vectors)
        frame: Tensor = self.head(s, v, node_ptr(data))
        return frame


class ScoreAndFrame(torch.nn.Module):
    r"""Maps the vectors of nodes to a score of each node and :math:`d` vectors of each graph, with one network, for a
    :class:`~pyg_symbreak.canonicalizers.ProductCanonicalizer`.

    The vectors are those of :class:`VectorFrame`, and the scores are a linear map of the invariant scalars.

    Args:
        in_vectors: The number of input vectors of a node.
        dim: The dimension :math:`d`, and the number of vectors of a graph.
        **kwargs: Further arguments of :class:`VectorNetwork`.

    Shapes:
        - **input:** a graph or batch, and vectors ``[N, in_vectors, d]``.
        - **output:** scores ``[N]`` and vectors ``[B, d, d]``, whose row ``c`` is the ``c``-th vector.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> data = Data(pos=torch.randn(4, 3))
        >>> scores, frame = ScoreAndFrame(1)(data, data.pos.unsqueeze(1))
        >>> scores.shape, frame.shape
        (torch.Size([4]), torch.Size([1, 3, 3]))
    """

    def __init__(self, in_vectors: int, dim: int = 3, **kwargs: int | float) -> None:
        super().__init__()
        self.network = VectorNetwork(in_vectors, **kwargs)  # type: ignore[arg-type]
        self.head = FrameHead(self.network.channels, self.network.vectors, dim)
        self.score = torch.nn.Linear(self.network.channels, 1)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (self.network, self.head, self.score):
            module.reset_parameters()

    def forward(self, data: GraphLike, vectors: Tensor) -> tuple[Tensor, Tensor]:
        s, v = self.network(data, vectors)
        return self.score(s).view(-1), self.head(s, v, node_ptr(data))


class FrameHead(torch.nn.Module):
    r"""Averages weighted vectors over the nodes of each graph.

    .. math::
        f_c = \frac{1}{n} \sum_i (W V_i)_c + z_{ic} \, (U V_i)_c

    The weights :math:`z` are a linear map of the scalars, standardised within each graph: a plain mean of centred
    points is zero, and the nodes of a graph differ less from each other than from those of other graphs. Their standard
    deviation is bounded below by ``eps``, so that differences that are rounding errors stay small.

    Args:
        channels: The number of scalars of a node.
        vectors: The number of vectors of a node.
        dim: The number of vectors of a graph.
        eps: The standard deviation of weights below which they are not scaled to one.

    Raises:
        ValueError: If a size is not positive.

    .. code-block:: python

        >>> head = FrameHead(8, 4, 2)
        >>> head(torch.randn(5, 8), torch.randn(5, 4, 2), torch.tensor([0, 3, 3, 5])).shape
        torch.Size([3, 2, 2])
    """

    def __init__(self, channels: int, vectors: int, dim: int, eps: float = 1e-2) -> None:
        super().__init__()
        positive("FrameHead", channels=channels, dim=dim)
        self.eps = eps
        self.weigh = torch.nn.Linear(channels, dim, bias=False)
        self.mix = VectorLinear(vectors, 2 * dim)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        self.weigh.reset_parameters()
        self.mix.reset_parameters()

    def forward(self, s: Tensor, v: Tensor, ptr: Tensor) -> Tensor:
        r"""Average.

        Args:
            s: The scalars of the nodes, ``[N, channels]``.
            v: The vectors of the nodes, ``[N, vectors, d]``.
            ptr: The offsets of the graphs, ``[B + 1]``.

        Returns:
            ``[B, dim, d]``.
        """
        batch = node_batch(ptr)
        z = self.weigh(s)
        z = z - segment_mean(z, ptr)[batch]
        z = z * (segment_mean(z.square(), ptr) + self.eps**2).rsqrt()[batch]
        plain, weighted = self.mix(v).chunk(2, dim=1)
        return segment_mean(torch.addcmul(plain, z.unsqueeze(-1), weighted), ptr)

    def extra_repr(self) -> str:
        return f"eps={self.eps}"
