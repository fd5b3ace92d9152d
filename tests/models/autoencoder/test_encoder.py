import pytest
import torch

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.models.autoencoder.breaking import Draw
from pyg_symbreak.models.autoencoder.encoder import GNNEncoder
from pyg_symbreak.models.autoencoder.topology import Topology


@pytest.mark.parametrize("method", ["noise", "uniform"])
@pytest.mark.parametrize("decoder", ["distance", "sorted"])
def test_equivariant_given_the_draw(small_batch, relabelled, method, decoder):
    config = AutoencoderConfig(symmetry_breaking=method, decoder=decoder)
    encoder = GNNEncoder(config).double()
    moved, element = relabelled(small_batch)
    vectors = torch.randn(13, 8, dtype=torch.double)
    rank = torch.cat([torch.randperm(n) for n in small_batch.ptr.diff().tolist()]) if config.ranked else None
    z = encoder(Draw(vectors, rank), Topology.read(small_batch, config))
    assert z.shape == (13, 8)
    moved_rank = None if rank is None else element.act(rank)
    torch.testing.assert_close(
        encoder(Draw(element.act(vectors), moved_rank), Topology.read(moved, config)), element.act(z)
    )


def test_the_first_number_increases_with_the_rank(small_batch):
    config = AutoencoderConfig(symmetry_breaking="uniform")
    encoder = GNNEncoder(config)
    torch.nn.init.normal_(encoder.steps, std=3.0)
    rank = torch.tensor([3, 0, 4, 1, 2, 1, 0, 3, 2, 0, 2, 1, 0])
    first = encoder(Draw(torch.zeros(13, 8), rank), Topology.read(small_batch, config))[:, 0]
    assert (first[rank.argsort()].diff()[rank.sort().values.diff() > 0] > 0).all()
    encoder.reset_parameters()
    start = encoder(Draw(torch.zeros(13, 8), rank), Topology.read(small_batch, config))[:, 0]
    torch.testing.assert_close(start, 0.1 * (rank + 1) - 1)


def test_edge_types_are_seen(typed_batch):
    config = AutoencoderConfig(symmetry_breaking="none", num_node_types=3, num_edge_types=4)
    encoder, draw = GNNEncoder(config), Draw(torch.zeros(7, 8))
    z = encoder(draw, Topology.read(typed_batch, config))
    typed_batch.edge_type = 4 - typed_batch.edge_type
    assert not torch.allclose(encoder(draw, Topology.read(typed_batch, config)), z)
