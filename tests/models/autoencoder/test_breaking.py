import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.models.autoencoder import SYMMETRY_BREAKING, AutoencoderConfig
from pyg_symbreak.models.autoencoder.breaking import make_breaking


def make(name, **options):
    return make_breaking(AutoencoderConfig(symmetry_breaking=name, **options))


@pytest.mark.parametrize("name", SYMMETRY_BREAKING)
def test_shapes_repeat_under_a_seed_and_fresh_draws(name, small_batch):
    breaking = make(name)
    first, again, other = (breaking(small_batch, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert first.vectors.shape == (13, 8)
    assert torch.isfinite(first.vectors).all()
    assert torch.equal(first.vectors, again.vectors)
    assert (first.rank is not None) == AutoencoderConfig(symmetry_breaking=name).ranked
    assert torch.equal(first.vectors, other.vectors) == (name == "none")


@pytest.mark.parametrize("name", SYMMETRY_BREAKING)
def test_graphs_without_nodes_or_edges(name):
    for data in (Data(num_nodes=0), Data(num_nodes=2), Batch.from_data_list([Data(num_nodes=0), Data(num_nodes=1)])):
        data.edge_index = torch.empty((2, 0), dtype=torch.long)
        assert make(name)(data).vectors.shape == (data.num_nodes, 8)


def test_wl_noise_falls_on_confused_nodes_only(small_batch):
    noisy = (make("wl-noise")(small_batch).vectors != 0).all(dim=1)
    # The ring and the triangle are regular; of the path with a lone node, the two ends are alike.
    assert noisy.tolist() == [True] * 5 + [True, False, True, False] + [False] + [True] * 3


def test_wl_noise_sees_types(typed_batch):
    typed = make("wl-noise", num_node_types=3, num_edge_types=4)(typed_batch).vectors
    assert not typed.any()
    assert make("wl-noise")(typed_batch).vectors.any()


def test_laplacian_vectors_are_eigenvectors(small_batch):
    ring = small_batch[0]
    vectors = make("laplacian", vector_dim=4)(ring).vectors.double()
    adjacency = torch.zeros(5, 5, dtype=torch.double)
    adjacency[ring.edge_index[0], ring.edge_index[1]] = 1
    laplacian = torch.eye(5).double() - adjacency / 2
    values = (vectors * (laplacian @ vectors)).sum(0) / 5
    torch.testing.assert_close(laplacian @ vectors, vectors * values, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(vectors.t() @ vectors / 5, torch.eye(4).double(), atol=1e-5, rtol=1e-5)


def test_laplacian_law_does_not_depend_on_the_order_of_the_nodes(small_batch):
    # On a ring all nodes are alike: so must be the mean squares of their first coordinates.
    breaking = make("laplacian", vector_dim=1)
    rings = Batch.from_data_list([small_batch[0]] * 2000)
    squares = breaking(rings).vectors.square().view(2000, 5)
    torch.testing.assert_close(squares.mean(0), torch.ones(5), atol=0.1, rtol=0.0)


def test_laplacian_of_a_batch_is_that_of_its_graphs(small_batch):
    together = make("laplacian")(small_batch).vectors.abs().sum(1)
    assert torch.equal(together[9], torch.tensor(0.0))
    path = make("laplacian", vector_dim=2)(small_batch[3]).vectors
    assert path.shape == (3, 2)
    assert (path.norm(dim=0) > 1.7).all()


def test_learned_ranks_get_gradients(small_batch):
    breaking = make("sympe-learned")
    breaking(small_batch).vectors.square().sum().backward()
    assert breaking.canonicalizer.network.head.weight.grad.abs().sum() > 0
    assert breaking.sympe.weight.grad.abs().sum() > 0
    breaking.reset_parameters()
