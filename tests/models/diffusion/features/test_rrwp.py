import networkx as nx
import numpy as np
import pytest
import torch

from pyg_symbreak.models.diffusion.features import RRWP


@pytest.mark.parametrize("num_steps", [1, 2, 3, 5, 8, 11])
def test_powers_of_the_walk(num_steps, zoo, pad):
    nodes, pairs, graphs = RRWP(num_steps, 4, dtype=torch.float64)(pad(zoo, 8))
    row, col = np.triu_indices(8, 1)
    assert graphs is None
    for b, g in enumerate(zoo):
        a = np.zeros((8, 8))
        a[: len(g), : len(g)] = nx.to_numpy_array(g, weight=None) if len(g) else 0
        walk = a / np.maximum(a.sum(1), 1)[:, None]
        for k in range(1, num_steps + 1):
            power = np.linalg.matrix_power(walk, k)
            np.testing.assert_allclose(pairs[b, :, k - 1], np.sqrt(power * power.T)[row, col], atol=1e-12)
            if k > 1:
                np.testing.assert_allclose(nodes[b, :, k - 2], np.diagonal(power), atol=1e-12)
    assert (nodes is None) == (num_steps == 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_all_lie_between_zero_and_one(dtype, pad):
    graphs = [nx.star_graph(7), nx.complete_graph(8), nx.path_graph(8), nx.complete_bipartite_graph(3, 5)]
    for part in RRWP(24, 2, dtype=dtype)(pad(graphs, 9))[:2]:
        assert float(part.min()) == 0
        assert 0.7 < float(part.max()) <= 1


def test_isolated_nodes(pad):
    g = nx.path_graph(2)
    g.add_node(2)
    nodes, pairs, _ = RRWP(3, 2)(pad([g], 3))
    assert nodes[0].tolist() == [[1, 0], [1, 0], [0, 0]]
    assert pairs[0].tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_error():
    with pytest.raises(ValueError, match=r"'RRWP' expected 'num_steps' of at least 1 \(got 0\)"):
        RRWP(0, 2)
