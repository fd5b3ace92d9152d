r"""How often every node stands in every orbit of the graphlets with two to four nodes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pyg_symbreak.metrics.graphs.sample import Adjacency, Graphs, adjacency_matrices

_CHUNK = 1 << 22


def orbit_counts(adjacency: Adjacency) -> Tensor:
    r"""Count, for every node, the induced subgraphs with two to four nodes that hold it, by its place in them.

    The places are the 15 automorphism orbits of the connected graphs with up to four nodes, numbered as by Pržulj
    ("Biological network comparison using graphlet degree distribution", Bioinformatics 2007), and so as in ORCA:

    ======  ==========================  ======  ==================================
    orbit   place                       orbit   place
    ======  ==========================  ======  ==================================
    0       end of an edge              8       4-cycle
    1, 2    3-path: end, middle         9       triangle with a tail: the tail
    3       triangle                    10, 11  …: degree 2, degree 3
    4, 5    4-path: end, inner          12, 13  diamond: degree 2, degree 3
    6, 7    star: leaf, centre          14      complete graph of four nodes
    ======  ==========================  ======  ==================================

    All follow from the degrees, the triangles on every edge, the numbers of common neighbours of all pairs, and the
    complete graphs on every edge: copies that need not be induced are counted by products of matrices, and those that
    lie in denser subgraphs are taken off, from the complete graph downwards. :math:`O(n^3 + m n^2)` operations at the
    speed of dense products, exact while the counts stay below :math:`2^{53}`.

    Args:
        adjacency: Symmetric boolean matrix with an empty diagonal, ``[n, n]``.

    Returns:
        Counts of shape ``[n, 15]``, int64.

    .. code-block:: python

        >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
        >>> orbit_counts(path)[:, :4]
        tensor([[1, 1, 0, 0],
                [2, 0, 1, 0],
                [1, 1, 0, 0]])
    """
    a = adjacency.astype(np.float64)
    d = a.sum(axis=1)
    common = a @ a
    on_edge = a * common  # triangles on every edge
    full = _complete_on_edges(adjacency, a)
    triangle = on_edge.sum(axis=1) / 2
    out = np.zeros((d.size, 15))
    out[:, 0] = d
    out[:, 1] = a @ (d - 1) - 2 * triangle
    out[:, 2] = d * (d - 1) / 2 - triangle
    out[:, 3] = triangle
    out[:, 14] = full.sum(axis=1) / 3
    k4 = out[:, 14]
    out[:, 13] = (on_edge * (on_edge - 1) / 2 - full).sum(axis=1)
    out[:, 12] = ((a @ on_edge) * a).sum(axis=1) / 2 - triangle - 3 * k4
    np.fill_diagonal(common, 0)
    out[:, 8] = (common * (common - 1) / 2).sum(axis=1) - out[:, 12] - out[:, 13] - 3 * k4
    out[:, 11] = triangle * (d - 2) - 2 * out[:, 13] - 3 * k4
    out[:, 10] = on_edge @ (d - 2) - 2 * out[:, 12] - 2 * out[:, 13] - 6 * k4
    out[:, 9] = a @ triangle - 2 * triangle - 2 * out[:, 12] - 3 * k4
    out[:, 7] = d * (d - 1) * (d - 2) / 6 - out[:, 11] - out[:, 13] - k4
    out[:, 6] = a @ ((d - 1) * (d - 2) / 2) - out[:, 9] - out[:, 10] - 2 * out[:, 12] - out[:, 13] - 3 * k4
    within = 2 * out[:, 8] + out[:, 10] + 6 * k4 + 2 * triangle
    out[:, 5] = (d - 1) * (a @ (d - 1)) - within - 2 * out[:, 11] - 2 * out[:, 12] - 4 * out[:, 13]
    out[:, 4] = a @ (a @ (d - 1)) - d * (d - 1) - within - 2 * out[:, 9] - 4 * out[:, 12] - 2 * out[:, 13]
    return torch.from_numpy(out.round().astype(np.int64))


def mean_orbits(graphs: Graphs) -> Tensor:
    r"""Return the mean orbit counts of every graph, over its nodes: the descriptor of the orbit MMD.

    Args:
        graphs: A sample of undirected graphs, a ``Batch`` or a list of ``Data``.

    Returns:
        Means of shape ``[G, 15]``, float64; zeros for a graph without nodes.

    Raises:
        TypeError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.
        ValueError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> triangle = Data(edge_index=torch.tensor([[0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1]]), num_nodes=3)
        >>> mean_orbits([triangle])[0, :4]
        tensor([2., 0., 0., 1.], dtype=torch.float64)
    """
    return orbit_means(adjacency_matrices(graphs))


def orbit_means(matrices: list[Adjacency]) -> Tensor:
    r"""Do what :func:`mean_orbits` does, for adjacency matrices."""
    out = torch.zeros((len(matrices), 15), dtype=torch.float64)
    for row, matrix in zip(out, matrices):
        row += orbit_counts(matrix).sum(dim=0) / max(1, len(matrix))
    return out


def _complete_on_edges(adjacency: Adjacency, a: NDArray[np.float64]) -> NDArray[np.float64]:
    """The number of complete graphs of four nodes on every edge: of edges among the common neighbours of its ends."""
    out = np.zeros_like(a)
    source, target = np.triu(adjacency).nonzero()
    step = max(1, _CHUNK // max(1, len(a)))
    for start in range(0, source.size, step):
        i, j = source[start : start + step], target[start : start + step]
        both = a[i] * a[j]
        out[i, j] = out[j, i] = ((both @ a) * both).sum(axis=1) / 2
    return out
