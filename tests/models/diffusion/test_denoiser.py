import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.diffusion.denoiser import TIME_DIM, GraphTransformer, time_features
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.pairs import pair_index, pair_number


def graphs(sizes=(4, 4), width=4):
    mask = torch.arange(width) < torch.tensor(sizes).unsqueeze(1)
    empty = DenseGraph(torch.zeros(mask.shape).long(), torch.zeros(len(sizes), width * (width - 1) // 2).long(), mask)
    return empty.with_types(torch.randint(0, 3, mask.shape), torch.randint(0, 2, empty.e.shape))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
def test_equivariant_together_with_its_vectors(dtype, tolerance):
    torch.manual_seed(0)
    network = GraphTransformer((3, 2), (3, 2), (5, 4, 2), (16, 8, 8), num_layers=2, heads=2).to(dtype)
    graph, time = graphs(), torch.tensor([0.1, 0.9], dtype=dtype)
    nodes, pairs, whole = (torch.randn(2, *shape, dtype=dtype) for shape in ((4, 5), (6, 4), (2,)))
    order = torch.randperm(4)
    g = Permutation.from_order(order.repeat(2), torch.tensor([0, 4, 8]))
    first, second = pair_index(4)
    moved = pair_number(4)[order[first], order[second]]
    x, e = network(graph, time, nodes, pairs, whole)
    x_moved, e_moved = network(graph.move(g), time, nodes[:, order], pairs[:, moved], whole)
    torch.testing.assert_close(x[:, order], x_moved, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(e[:, moved], e_moved, rtol=tolerance, atol=tolerance)


def test_everything_that_goes_in_matters():
    torch.manual_seed(0)
    network = GraphTransformer((3, 2), (3, 2), (5, 4, 2), (16, 8, 8), num_layers=1, heads=2)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)  # time and properties only act once the modulation has left zero
    graph, time = graphs(), torch.zeros(2)
    inputs = {"nodes": torch.zeros(2, 4, 5), "pairs": torch.zeros(2, 6, 4), "graphs": torch.zeros(2, 2)}
    base = network(graph, time, **inputs)[1]
    for name, value in inputs.items():
        assert not torch.allclose(base, network(graph, time, **{**inputs, name: value + 1})[1]), name
    assert not torch.allclose(base, network(graph, time + 0.5, **inputs)[1])
    assert not torch.allclose(base, network(graph.with_types((graph.x + 1) % 3, graph.e), time, **inputs)[1])


def test_time_features_tell_the_steps_of_a_chain_apart():
    features = time_features(torch.arange(501, dtype=torch.float64) / 500)
    assert list(features.shape) == [501, TIME_DIM]
    distance = torch.cdist(features, features) + 10 * torch.eye(501, dtype=torch.float64)
    assert float(distance.min()) > 0.05
