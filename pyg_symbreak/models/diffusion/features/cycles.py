r"""Counts of short cycles."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features.base import Parts, StructuralFeature

SHORTEST = 3
LONGEST = 6
LONGEST_OF_NODES = 5
HALF = 4.0


class CycleCounts(StructuralFeature):
    r"""Counts the cycles of each length up to ``max_length``: those through each node up to length 5, and those of the
    whole graph up to length 6.

    Closed formulas in the powers of the adjacency matrix take the closed walks that are no cycles off the diagonal of
    :math:`A^k`; for the whole graph compare Harary and Manvel, "On the number of cycles in a graph" (1971). The same
    counts are features of `DiGress <https://arxiv.org/abs/2209.14734>`_. A count :math:`c` is written as

    .. math::
        \frac{\log(1 + c)}{\log(1 + c) + \log 5} \in [0, 1],

    which is 0 without a cycle, :math:`1/2` with 4, and grows with every further one. Counts are computed in float64,
    where they are exact for graphs of up to some 300 nodes, complete graphs included.

    Args:
        num_edge_types: The number of real types of pairs; see
            :class:`~pyg_symbreak.models.diffusion.features.base.StructuralFeature`, also for shapes.
        max_length: The longest cycles, 3 to 6.
        dtype: The floating point type of the features.

    Raises:
        ValueError: If an argument is out of range.

    .. code-block:: python

        >>> square = DenseGraph(torch.zeros(1, 4, dtype=torch.long), torch.tensor([[1, 0, 1, 1, 0, 1]]),
        ...                     torch.ones(1, 4) > 0)
        >>> CycleCounts(num_edge_types=2).count(square)[1]
        tensor([[0., 1., 0., 0.]], dtype=torch.float64)
    """

    def __init__(self, num_edge_types: int, max_length: int = LONGEST, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(num_edge_types, dtype)
        if not SHORTEST <= max_length <= LONGEST:
            raise ValueError(f"'CycleCounts' expected 'max_length' between {SHORTEST} and {LONGEST} (got {max_length})")
        self.max_length = max_length
        self.graph_dim = max_length - SHORTEST + 1
        self.node_dim = min(max_length, LONGEST_OF_NODES) - SHORTEST + 1

    def count(self, graph: DenseGraph) -> tuple[Tensor, Tensor]:
        r"""Return the counts themselves, of the nodes ``[B, n, node_dim]`` and the graphs ``[B, graph_dim]``, in
        float64."""
        with torch.no_grad():
            return self._count(self.adjacency(graph))

    def compute(self, graph: DenseGraph, adjacency: Tensor) -> Parts:
        nodes, graphs = self._count(adjacency)
        return self._scaled(nodes), None, self._scaled(graphs)

    def _scaled(self, count: Tensor) -> Tensor:
        log = count.to(self.dtype).clamp_(min=0).log1p_()
        return log / (log + math.log1p(HALF))

    def _count(self, adjacency: Tensor) -> tuple[Tensor, Tensor]:
        a = adjacency.double()
        a2 = torch.bmm(a, a)
        a3 = torch.bmm(a2, a)
        degree, on_edges = a.sum(2), a * a2  # a * a2: triangles over each edge
        closed3, closed4 = on_edges.sum(2), a2.square().sum(2)
        nodes = [closed3 / 2]
        if self.max_length > 3:
            beside = _matvec(a, degree)
            nodes.append((closed4 - degree * (degree - 1) - beside) / 2)
        if self.max_length > 4:
            closed5 = (a2 * a3).sum(2)
            tails = 2 * degree * closed3 + 2 * _matvec(on_edges, degree) + _matvec(a, closed3)
            nodes.append((closed5 - tails + 5 * closed3) / 2)
        of_nodes = torch.stack(nodes, dim=2)
        length = torch.arange(SHORTEST, SHORTEST + len(nodes), device=a.device)
        of_graphs = of_nodes.sum(1) / length
        if self.max_length == LONGEST:
            six = _six_cycles(a, a2, a3, degree, closed3, closed4)
            of_graphs = torch.cat([of_graphs, six.unsqueeze(1)], dim=1)
        return of_nodes, of_graphs

    def extra_repr(self) -> str:
        return f"max_length={self.max_length}, num_edge_types={self.num_edge_types}"


def _matvec(matrix: Tensor, vector: Tensor) -> Tensor:
    return torch.bmm(matrix, vector.unsqueeze(2)).squeeze(2)


def _six_cycles(a: Tensor, a2: Tensor, a3: Tensor, degree: Tensor, closed3: Tensor, closed4: Tensor) -> Tensor:
    """Closed walks of length 6, less those whose trace is no hexagon, by the shape of the trace."""
    closed6 = a3.square().sum((1, 2))
    of_nodes = (
        -3 * closed3.square()
        - 6 * degree * closed4
        + 6 * closed4
        - 4 * closed3
        + 4 * degree**3
        - 12 * degree.square()
        + 4 * degree
    ).sum(1)
    of_pairs = (9 * a * a2.square() + 3 * a3).sum((1, 2))
    return (closed6 + of_nodes + of_pairs) / 12
