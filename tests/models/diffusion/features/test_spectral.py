import networkx as nx
import numpy as np
import pytest
import torch

from pyg_symbreak.models.diffusion.features import SpectralProjectors

TIMES = (0.5, 2.0, 9.0)


def laplacian(g):
    """That of the graph alone, with zeros for nodes without edges."""
    return np.asarray(nx.normalized_laplacian_matrix(g, weight=None).todense()) if len(g) else np.zeros((0, 0))


def function_of(matrix, f):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * f(values)) @ vectors.T


def test_bands_of_the_heat_kernel(zoo, pad):
    nodes, pairs, _ = SpectralProjectors(4, times=TIMES, dtype=torch.float64)(pad(zoo, 8))
    row, col = np.triu_indices(8, 1)
    for b, g in enumerate(zoo):
        for k, time in enumerate(TIMES):
            band = function_of(laplacian(g), lambda v, t=time: np.exp(-t * v))
            if k + 1 < len(TIMES):
                band = band - function_of(laplacian(g), lambda v, t=TIMES[k + 1]: np.exp(-t * v))
            padded = np.zeros((8, 8))
            padded[: len(g), : len(g)] = band
            np.testing.assert_allclose(nodes[b, :, 1 + k], np.diagonal(padded), atol=1e-12)
            np.testing.assert_allclose(pairs[b, :, 1 + k], padded[row, col], atol=1e-12)


def test_components_and_eigenvalues(zoo, pad):
    nodes, pairs, whole = SpectralProjectors(4, num_values=6, dtype=torch.float64)(pad(zoo, 11))
    row, col = np.triu_indices(11, 1)
    for b, g in enumerate(zoo):
        parts = list(nx.connected_components(g))
        share, together = np.zeros(11), np.zeros((11, 11))
        for part in parts:
            share[list(part)] = len(part) / len(g)
            together[np.ix_(list(part), list(part))] = 1
        np.testing.assert_allclose(nodes[b, :, 0], share)
        np.testing.assert_array_equal(pairs[b, :, 0], together[row, col])
        values = np.linalg.eigvalsh(laplacian(g))[len(parts) :][:6]
        expected = [1 / len(parts) if parts else 0, *values, *[0] * (6 - len(values))]
        np.testing.assert_allclose(whole[b], expected, atol=1e-12)


def test_a_long_path_is_one_component(pad):
    _, pairs, whole = SpectralProjectors(2, num_values=2)(pad([nx.path_graph(150), nx.empty_graph(3)], 150))
    assert bool((pairs[0, :, 0] == 1).all())
    assert whole[:, 0].tolist() == [1, pytest.approx(1 / 3)]
    # The second-smallest eigenvalue of a path, which a threshold could take for zero.
    assert float(whole[0, 1]) == pytest.approx(1 - np.cos(np.pi / 149), abs=2e-6)
    assert not whole[1, 1:].any()


def test_repeated_eigenvalues_leave_no_choice(pad):
    """Symmetric nodes and pairs of a cube get the same numbers, whichever eigenvectors the solver returned."""
    nodes, pairs, _ = SpectralProjectors(2, dtype=torch.float64)(pad([nx.cubical_graph()], 8))
    assert float((nodes - nodes[:, :1]).abs().max()) < 1e-13
    distance = nx.floyd_warshall_numpy(nx.cubical_graph())[np.triu_indices(8, 1)]
    for steps in (1, 2, 3):
        same = pairs[0, distance == steps]
        assert float((same - same[0]).abs().max()) < 1e-13


def test_without_values_or_times(pad):
    graph = pad([nx.path_graph(3)], 3)
    nodes, pairs, whole = SpectralProjectors(2, num_values=0, times=())(graph)
    assert nodes.tolist() == [[[1], [1], [1]]]
    assert pairs.tolist() == [[[1], [1], [1]]]
    assert whole.tolist() == [[1]]


@pytest.mark.parametrize("times", [(0.0, 1.0), (2.0, 1.0), (1.0, 1.0), (-1.0,), (float("inf"),), (float("nan"),)])
def test_times_must_ascend(times):
    with pytest.raises(ValueError, match=r"'SpectralProjectors' expected 'times' ascending, positive and finite \(got"):
        SpectralProjectors(2, times=times)


def test_error():
    with pytest.raises(ValueError, match=r"'SpectralProjectors' expected 'num_values' of at least 0 \(got -1\)"):
        SpectralProjectors(2, num_values=-1)
