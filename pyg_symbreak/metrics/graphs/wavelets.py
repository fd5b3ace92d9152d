r"""The wavelet statistic of SPECTRE: how strongly graph wavelets at every scale respond at every node."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pyg_symbreak.metrics.graphs.descriptors import normalised_laplacian, stack_shares
from pyg_symbreak.metrics.graphs.sample import Adjacency, Graphs, adjacency_matrices

Floats = NDArray[np.float64]

WAVELET_FILTERS = 12
WAVELET_BINS = 100
_LARGEST = 2.0
_SMALLEST = _LARGEST / 20
_PEAK_AT = 2 - 1 / math.sqrt(3)
_PEAK = -5 + 11 * _PEAK_AT - 6 * _PEAK_AT**2 + _PEAK_AT**3


def wavelet_histogram(graphs: Graphs) -> Tensor:
    r"""Return the histograms of the norms of graph wavelets at all nodes, at twelve scales.

    The filters are the cubic splines of Hammond et al. ("Wavelets on graphs via spectral graph theory", Appl. Comput.
    Harmon. Anal. 2011): :math:`g(x) = x^2` up to 1, :math:`-5 + 11 x - 6 x^2 + x^3` up to 2 and :math:`4 / x^2`
    beyond, at eleven scales :math:`s` evenly spaced in the logarithm from 20 to 1/2, and a low pass
    :math:`\gamma \exp(-(x / 0.06)^4)` with the largest value :math:`\gamma` of :math:`g`; all of them functions of the
    normalised Laplacian :math:`L`. For node :math:`i` the squared norm :math:`(g(sL)^2)_{ii}` is taken, for each
    filter in 100 bins that part :math:`[0, \gamma]` evenly. As in the code of SPECTRE (arXiv 2204.01613), norms above
    :math:`\gamma` are left out, and the twelve histograms share one sum.

    Args:
        graphs: A sample of undirected graphs, a ``Batch`` or a list of ``Data``.

    Returns:
        Shares of shape ``[G, 1200]``, float64; zeros for a graph without nodes.

    Raises:
        TypeError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.
        ValueError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.

    .. code-block:: python

        >>> import torch
        >>> from torch_geometric.data import Data
        >>> edge = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        >>> wavelet_histogram([edge]).count_nonzero().item()
        12
    """
    return wavelet_shares(adjacency_matrices(graphs))


def wavelet_shares(matrices: list[Adjacency]) -> Tensor:
    r"""Do what :func:`wavelet_histogram` does, for adjacency matrices."""
    counts = []
    for matrix in matrices:
        values, vectors = np.linalg.eigh(normalised_laplacian(matrix))
        norms = vectors**2 @ wavelet_filters(np.clip(values, 0.0, _LARGEST)).T ** 2
        rows = [np.histogram(norm, WAVELET_BINS, (0.0, _PEAK))[0] for norm in norms.T]
        counts.append(np.concatenate(rows))
    return stack_shares(counts, WAVELET_FILTERS * WAVELET_BINS)


def wavelet_filters(values: Floats) -> Floats:
    r"""Return the values of the twelve filters, ``[12, n]``, at eigenvalues ``[n]``.

    .. code-block:: python

        >>> wavelet_filters(np.array([0.0, 2.0])).shape
        (12, 2)
    """
    low = _PEAK * np.exp(-((values / (0.6 * _SMALLEST)) ** 4))
    scales = np.geomspace(2 / _SMALLEST, 1 / _LARGEST, WAVELET_FILTERS - 1)
    x = scales[:, None] * values
    spline = -5 + 11 * x - 6 * x**2 + x**3
    band = np.where(x <= 1, x**2, np.where(x < 2, spline, 4 / np.maximum(x, 2) ** 2))
    return np.vstack([low, band])
