import torch

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.models.autoencoder.breaking import Draw
from pyg_symbreak.models.autoencoder.egnn import EGNNEncoder
from pyg_symbreak.models.autoencoder.topology import Topology

CONFIG = AutoencoderConfig(encoder="egnn", symmetry_breaking="noise", decoder="distance", hidden_dim=16)


def test_equivariant_to_permutations_rotations_and_translations(small_batch, relabelled):
    encoder = EGNNEncoder(CONFIG).double()
    moved, element = relabelled(small_batch)
    x = torch.randn(13, 8, dtype=torch.double)
    here = Topology.read(small_batch, CONFIG)
    z = encoder(Draw(x), here)
    assert not torch.allclose(z, x)
    torch.testing.assert_close(encoder(Draw(element.act(x)), Topology.read(moved, CONFIG)), element.act(z))
    h, rotation = torch.randn(13, 16, dtype=torch.double), torch.linalg.qr(torch.randn(8, 8, dtype=torch.double)).Q
    z = encoder.move(h, x, here)
    torch.testing.assert_close(encoder.move(h, x @ rotation + 1.5, here), z @ rotation + 1.5)


def test_points_that_coincide_stay_together(cycles):
    z = EGNNEncoder(CONFIG)(Draw(torch.zeros(26, 8)), Topology.read(cycles, CONFIG))
    assert not z.any()


def test_another_number_of_coordinates(small_batch):
    config = AutoencoderConfig(encoder="egnn", decoder="distance", embedding_dim=5, num_node_types=2)
    small_batch.node_type = torch.ones(13, dtype=torch.long)
    encoder = EGNNEncoder(config)
    encoder.reset_parameters()
    assert encoder(Draw(torch.randn(13, 8)), Topology.read(small_batch, config)).shape == (13, 5)
