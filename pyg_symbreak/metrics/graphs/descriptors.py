r"""Histograms that stand for a graph when samples are compared: degrees, clustering, spectrum."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pyg_symbreak.metrics.graphs.sample import Adjacency, Graphs, adjacency_matrices

CLUSTERING_BINS = 100
SPECTRUM_BINS = 200


def degree_histogram(graphs: Graphs) -> Tensor:
    r"""Return the share of the nodes of every graph that have degree 0, 1, 2, ….

    Args:
        graphs: A sample of undirected graphs, a ``Batch`` or a list of ``Data``.

    Returns:
        Shares of shape ``[G, D]``, float64, where ``D`` is one more than the largest degree of the sample (at least
        1). A graph without nodes has a row of zeros.

    Raises:
        TypeError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.
        ValueError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=4)
        >>> degree_histogram([path])
        tensor([[0.2500, 0.5000, 0.2500]], dtype=torch.float64)
    """
    return degree_shares(adjacency_matrices(graphs))


def clustering_histogram(graphs: Graphs, bins: int = CLUSTERING_BINS) -> Tensor:
    r"""Return the histogram of the local clustering coefficients of every graph.

    The coefficient of a node of degree :math:`d` in :math:`t` triangles is :math:`2 t / (d (d - 1))`, 0 for
    :math:`d < 2`. The bins part :math:`[0, 1]` evenly, by default into 100 as in GraphRNN (arXiv 1802.08773).

    Args:
        graphs: A sample of undirected graphs, a ``Batch`` or a list of ``Data``.
        bins: Number of bins.

    Returns:
        Shares of shape ``[G, bins]``, float64; zeros for a graph without nodes.

    Raises:
        TypeError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.
        ValueError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> triangle = Data(edge_index=torch.tensor([[0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1]]), num_nodes=4)
        >>> clustering_histogram([triangle], bins=4)
        tensor([[0.2500, 0.0000, 0.0000, 0.7500]], dtype=torch.float64)
    """
    return clustering_shares(adjacency_matrices(graphs), bins)


def spectrum_histogram(graphs: Graphs, bins: int = SPECTRUM_BINS) -> Tensor:
    r"""Return the histogram of the eigenvalues of the normalised Laplacian of every graph.

    The eigenvalues of :math:`I - D^{-1/2} A D^{-1/2}` lie in :math:`[0, 2]`; a node without edges gives an eigenvalue
    0. The bins part :math:`[-10^{-5}, 2]` evenly, by default into 200 as in GRAN (arXiv 1910.00760) and SPECTRE (arXiv
    2204.01613), so that 0, 1 and 2, which are common, lie clear of the ends of bins. An eigenvalue that rounding puts
    above 2 counts as 2; the code of these papers loses it, and with it the same histogram for the same bipartite graph
    on another machine.

    Args:
        graphs: A sample of undirected graphs, a ``Batch`` or a list of ``Data``.
        bins: Number of bins.

    Returns:
        Shares of shape ``[G, bins]``, float64; zeros for a graph without nodes.

    Raises:
        TypeError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.
        ValueError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> edge = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        >>> spectrum_histogram([edge], bins=4)
        tensor([[0.5000, 0.0000, 0.0000, 0.5000]], dtype=torch.float64)
    """
    return spectrum_shares(adjacency_matrices(graphs), bins)


def degree_shares(matrices: list[Adjacency]) -> Tensor:
    r"""Do what :func:`degree_histogram` does, for adjacency matrices."""
    degrees = [matrix.sum(axis=1) for matrix in matrices]
    width = 1 + max((int(degree.max()) for degree in degrees if degree.size), default=0)
    return stack_shares([np.bincount(degree, minlength=width) for degree in degrees], width)


def clustering_shares(matrices: list[Adjacency], bins: int = CLUSTERING_BINS) -> Tensor:
    r"""Do what :func:`clustering_histogram` does, for adjacency matrices."""
    return stack_shares([np.histogram(_clustering(matrix), bins, (0.0, 1.0))[0] for matrix in matrices], bins)


def spectrum_shares(matrices: list[Adjacency], bins: int = SPECTRUM_BINS) -> Tensor:
    r"""Do what :func:`spectrum_histogram` does, for adjacency matrices."""
    return stack_shares([np.histogram(_spectrum(matrix), bins, (-1e-5, 2.0))[0] for matrix in matrices], bins)


def normalised_laplacian(matrix: Adjacency) -> NDArray[np.float64]:
    r"""Return :math:`I - D^{-1/2} A D^{-1/2}`, with zeros for nodes without edges."""
    degree = matrix.sum(axis=1)
    scale = np.where(degree > 0, 1 / np.sqrt(np.maximum(1, degree)), 0.0)
    return np.asarray(np.diag((degree > 0).astype(np.float64)) - scale[:, None] * matrix * scale)


def _spectrum(matrix: Adjacency) -> NDArray[np.float64]:
    return np.clip(np.linalg.eigvalsh(normalised_laplacian(matrix)), 0.0, 2.0)


def _clustering(matrix: Adjacency) -> NDArray[np.float64]:
    a = matrix.astype(np.float64)
    degree = a.sum(axis=1)
    return (a * (a @ a)).sum(axis=1) / np.maximum(1.0, degree * (degree - 1))  # type: ignore[no-any-return]


def stack_shares(counts: list[NDArray[np.int64]], width: int) -> Tensor:
    r"""Return the shares of counts, row by row; zeros where nothing was counted."""
    out = torch.zeros((len(counts), width), dtype=torch.float64)
    for row, count in zip(out, counts):
        row += torch.from_numpy(count / max(1, count.sum()))
    return out
