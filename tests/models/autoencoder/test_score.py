import torch

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.models.autoencoder.score import ScoreNetwork


def test_scores_are_equivariant_and_see_types(typed_batch, relabelled):
    network = ScoreNetwork(AutoencoderConfig(num_node_types=3, num_edge_types=4)).double()
    moved, element = relabelled(typed_batch)
    score = network(typed_batch)
    torch.testing.assert_close(network(moved), element.act(score))
    typed_batch.edge_type = 4 - typed_batch.edge_type
    assert not torch.allclose(network(typed_batch), score)
    network.reset_parameters()
    assert not torch.allclose(network(moved), element.act(score))


def test_symmetric_nodes_have_one_score(cycles):
    score = ScoreNetwork(AutoencoderConfig()).double()(cycles)
    torch.testing.assert_close(score[:5], score[:1].expand(5))
