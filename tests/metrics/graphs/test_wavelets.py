"""The histograms' relabelling, dtype and tiny graphs are tested with the other descriptors."""

import math

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.utils import from_networkx

from pyg_symbreak.metrics.graphs.wavelets import wavelet_filters, wavelet_histogram

PEAK = max(-5 + 11 * x - 6 * x**2 + x**3 for x in np.linspace(1, 2, 100_001))


def test_filters_by_hand():
    # Scales 20, …, 1/2: the first sees 0.05 as 1, 0.1 as 2 and 2 as 40. At 0 only the low pass is on.
    values = wavelet_filters(np.array([0.0, 0.05, 0.1, 2.0]))
    assert values.shape == (12, 4)
    assert values[:, 0] == pytest.approx([PEAK] + [0.0] * 11)
    assert values[1] == pytest.approx([0.0, 1.0, 1.0, 4 / 40**2])
    assert values[11, 3] == pytest.approx(1.0)  # scale 1/2
    assert values[0, 1:] == pytest.approx([PEAK * math.exp(-((v / 0.06) ** 4)) for v in (0.05, 0.1, 2.0)])


def test_filters_are_smooth_and_their_peak_is_reached():
    x = np.linspace(0, 2, 20_001)
    values = wavelet_filters(x)
    assert np.abs(np.diff(values, axis=1)).max() < 5e-3
    assert values.max() == pytest.approx(PEAK)
    ratio = 40 ** (1 / 10)  # between neighbouring scales
    assert wavelet_filters(x[:1000])[3] == pytest.approx(wavelet_filters(x[:1000] / ratio)[2])


def test_filters_of_the_toolbox():
    pygsp = pytest.importorskip("pygsp")

    class Spectrum:
        lmax = 2.0

    values = np.linspace(0.0, 2.0, 501)
    expected = pygsp.filters.Abspline(Spectrum(), 12).evaluate(values)
    assert wavelet_filters(values) == pytest.approx(expected, abs=1e-8)


def test_norms_of_the_filters_rows():
    net = nx.gnp_random_graph(20, 0.2, seed=0)
    laplacian = nx.normalized_laplacian_matrix(net).toarray()
    values, vectors = np.linalg.eigh(laplacian)
    counts = []
    for filtered in wavelet_filters(np.clip(values, 0, 2)):
        matrix = vectors @ np.diag(filtered) @ vectors.T
        counts.append(np.histogram((matrix**2).sum(axis=1), bins=100, range=(0.0, PEAK))[0])
    counts = np.concatenate(counts)
    expected = torch.from_numpy(counts / counts.sum())
    assert torch.allclose(wavelet_histogram([from_networkx(net)])[0], expected)


def test_eigenvectors_of_repeated_eigenvalues_do_not_matter():
    # All nodes of these graphs are alike: whatever basis is found, each filter has its nodes in one bin.
    for net in (nx.complete_graph(9), nx.cycle_graph(12), nx.petersen_graph(), nx.hypercube_graph(4)):
        row = wavelet_histogram([from_networkx(nx.convert_node_labels_to_integers(net))])[0].reshape(12, 100)
        assert bool(((row > 0).sum(dim=1) <= 1).all())
