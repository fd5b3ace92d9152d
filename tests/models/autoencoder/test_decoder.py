import pytest
import torch

from pyg_symbreak.models.autoencoder import DECODERS, AutoencoderConfig
from pyg_symbreak.models.autoencoder.decoder import Reconstruction, latent_position, make_decoder, reconstruction_loss

PTR = torch.tensor([0, 4, 4, 5, 12])


def dense(found, num_nodes):
    out = torch.zeros(num_nodes, num_nodes, *found.edge_logits.shape[1:], dtype=found.edge_logits.dtype)
    i, j = found.pair_index
    out[i, j], out[j, i] = found.edge_logits, found.edge_logits
    return out


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("types", [0, 3])
def test_equivariant_and_graph_by_graph(name, types):
    config = AutoencoderConfig(decoder=name, num_node_types=types, num_edge_types=2 + types)
    decoder = make_decoder(config).double()
    z = torch.randn(12, 8, dtype=torch.double)
    found = decoder(z, PTR)
    pairs = 6 + 21
    assert found.edge_logits.shape == ((pairs, 5) if types else (pairs,))
    assert (found.node_logits is None) == (types == 0)
    order = torch.cat([torch.randperm(4), torch.tensor([4]), 5 + torch.randperm(7)])
    torch.testing.assert_close(dense(decoder(z[order], PTR), 12), dense(found, 12)[order][:, order])
    alone = decoder(z[5:], torch.tensor([0, 7]))
    torch.testing.assert_close(alone.edge_logits, found.edge_logits[6:])


@pytest.mark.parametrize("name", DECODERS)
def test_reset_and_gradients(name):
    decoder = make_decoder(AutoencoderConfig(decoder=name))
    z = torch.randn(12, 8, requires_grad=True)
    decoder(z, PTR).edge_logits.sum().backward()
    assert torch.isfinite(z.grad).all()
    decoder.reset_parameters()


def test_distance_decoder_is_that_of_the_reference():
    decoder = make_decoder(AutoencoderConfig(decoder="distance"))
    found = decoder(torch.tensor([[3.0] + [0.0] * 7, [0.0, 1.0] + [0.0] * 6]), torch.tensor([0, 2]))
    torch.testing.assert_close(found.edge_logits, torch.tensor([-100.0 + 10.0]))


def test_too_many_nodes():
    decoder = make_decoder(AutoencoderConfig(max_nodes=3))
    with pytest.raises(
        ValueError, match=r"'SortedDecoder' expected graphs of at most 'max_nodes' = 3 nodes .got .* 4."
    ):
        decoder(torch.zeros(4, 8), torch.tensor([0, 4]))


def test_ties_are_broken_uniformly():
    ptr = torch.arange(0, 3 * 3000 + 1, 3)
    batch = torch.arange(3000).repeat_interleave(3)
    position = latent_position(torch.zeros(9000), ptr, batch).view(-1, 3)
    assert torch.equal(position.sort(dim=1).values, torch.arange(3).expand(3000, 3))
    counts = torch.bincount(position[:, 0] * 3 + position[:, 1])[torch.tensor([1, 2, 3, 5, 6, 7])]
    assert float(((counts - 500) ** 2 / 500).sum()) < 25.7  # chi-square, 5 degrees of freedom, p = 10^-4


def test_loss_by_hand():
    pair = torch.tensor([[0, 0], [1, 2]])
    binary = Reconstruction(pair, torch.tensor([0.0, 100.0]), None)
    torch.testing.assert_close(reconstruction_loss(binary, torch.tensor([1, 1]), None), torch.tensor(2.0).log() / 2)
    typed = Reconstruction(pair, torch.zeros(2, 4), torch.zeros(3, 2))
    torch.testing.assert_close(
        reconstruction_loss(typed, torch.tensor([0, 3]), torch.tensor([1, 0, 0])), torch.tensor([4.0, 2.0]).log().sum()
    )
    empty = Reconstruction(pair[:, :0], torch.zeros(0), None)
    assert reconstruction_loss(empty, torch.zeros(0).long(), None) == 0
