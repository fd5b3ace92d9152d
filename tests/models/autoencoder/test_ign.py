import pytest
import torch

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.models.autoencoder.breaking import Draw
from pyg_symbreak.models.autoencoder.ign import IGNEncoder
from pyg_symbreak.models.autoencoder.topology import Topology


@pytest.mark.parametrize("method", ["noise", "uniform"])
def test_equivariant_given_the_draw(small_batch, relabelled, method):
    config = AutoencoderConfig(encoder="ign", symmetry_breaking=method, hidden_dim=8, num_layers=2)
    encoder = IGNEncoder(config).double()
    moved, element = relabelled(small_batch)
    vectors = torch.randn(13, 8, dtype=torch.double)
    rank = torch.cat([torch.randperm(n) for n in small_batch.ptr.diff().tolist()]) if config.ranked else None
    z = encoder(Draw(vectors, rank), Topology.read(small_batch, config))
    assert z.shape == (13, 8)
    moved_rank = None if rank is None else element.act(rank)
    found = encoder(Draw(element.act(vectors), moved_rank), Topology.read(moved, config))
    torch.testing.assert_close(found, element.act(z), atol=1e-10, rtol=0)


def test_types_and_edges_are_seen(typed_batch):
    config = AutoencoderConfig(
        encoder="ign", symmetry_breaking="none", num_node_types=3, num_edge_types=4, hidden_dim=8
    )
    encoder, draw = IGNEncoder(config), Draw(torch.zeros(7, 8))
    z = encoder(draw, Topology.read(typed_batch, config))
    for name, value in (("edge_type", 4 - typed_batch.edge_type), ("node_type", 2 - typed_batch.node_type)):
        other = typed_batch.clone()
        other[name] = value
        assert not torch.allclose(encoder(draw, Topology.read(other, config)), z)


def test_the_rank_comes_first_and_parameters_are_drawn_afresh(small_batch):
    config = AutoencoderConfig(encoder="ign", symmetry_breaking="uniform", hidden_dim=8)
    encoder = IGNEncoder(config)
    rank = torch.tensor([3, 0, 4, 1, 2, 1, 0, 3, 2, 0, 2, 1, 0])
    draw, topology = Draw(torch.zeros(13, 8), rank), Topology.read(small_batch, config)
    z = encoder(draw, topology)
    torch.testing.assert_close(z[:, 0], 0.1 * (rank + 1) - 1)
    encoder.reset_parameters()
    assert not torch.allclose(encoder(draw, topology)[:, 1:], z[:, 1:])
