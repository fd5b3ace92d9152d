from dataclasses import replace

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.models.autoencoder import DECODERS, ENCODERS, SYMMETRY_BREAKING, AutoencoderConfig, GraphAutoencoder

SMALL = AutoencoderConfig(hidden_dim=16, decoder_dim=32, max_nodes=9)


@pytest.mark.parametrize("method", SYMMETRY_BREAKING)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_method_with_every_encoder(method, encoder, small_batch):
    decoder = "distance" if encoder == "egnn" else "sorted"
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking=method, encoder=encoder, decoder=decoder))
    assert model.encode(small_batch).shape == (13, 8)
    loss = model.loss(small_batch)
    loss.backward()
    assert loss.shape == ()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert grads
    assert all(torch.isfinite(grad).all() for grad in grads)
    model.reset_parameters()


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_decoder_with_types(decoder, typed_batch):
    config = replace(SMALL, symmetry_breaking="uniform", decoder=decoder, num_node_types=3, num_edge_types=4)
    model = GraphAutoencoder(config)
    found = model(typed_batch)
    assert found.edge_logits.shape == (9, 4)
    assert found.node_logits.shape == (7, 3)
    assert torch.isfinite(model.loss(typed_batch))


def test_decode_sees_embeddings_and_sizes_only(small_batch):
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking="uniform"))
    z = model.encode(small_batch)
    found = model.decode(z, small_batch.ptr)
    lone = Batch.from_data_list([Data(num_nodes=n) for n in (5, 4, 1, 3)])
    assert torch.equal(model.decode(z, lone.ptr).edge_logits, found.edge_logits)


@pytest.mark.parametrize("method", ["none", "sympe-exact"])
def test_a_batch_is_its_graphs(method, small_batch):
    # Without symmetries the exact draw is one, so that the embeddings are a function of the graph.
    arcs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (1, 3)]
    pairs = torch.tensor(arcs).t()
    rigid = Data(edge_index=torch.cat([pairs, pairs.flip(0)], 1), num_nodes=6)
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking=method)).double()
    batch = Batch.from_data_list([small_batch[0], rigid, small_batch[3]])
    torch.testing.assert_close(model.encode(batch)[5:11], model.encode(rigid))


def test_repeats_under_a_generator(small_batch):
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking="noise"))
    first, again, other = (model.encode(small_batch, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def fit(model, batch, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        loss = model.loss(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def same_edges(a, b):
    key = [(g.edge_index[0] * g.num_nodes + g.edge_index[1]).sort().values for g in (a, b)]
    return torch.equal(*key)


def test_only_broken_symmetries_let_rings_be_rebuilt(cycles):
    broken = fit(GraphAutoencoder(replace(SMALL, symmetry_breaking="sympe-refinement")), cycles, 250)
    assert same_edges(broken.reconstruct(cycles), cycles)
    plain = fit(GraphAutoencoder(replace(SMALL, symmetry_breaking="none", decoder="inner")), cycles, 60)
    with torch.no_grad():
        found = plain(cycles)
    batch = cycles.batch[found.pair_index[0]]
    for ring in range(4):  # all nodes of a ring have one embedding, so all its pairs have one logit
        logits = found.edge_logits[batch == ring]
        torch.testing.assert_close(logits, logits[:1].expand_as(logits), atol=1e-3, rtol=1e-3)


def test_types_are_rebuilt(typed_batch):
    config = replace(SMALL, symmetry_breaking="uniform", num_node_types=3, num_edge_types=4)
    model = fit(GraphAutoencoder(config), typed_batch, 300)
    rebuilt = model.reconstruct(typed_batch)
    assert torch.equal(rebuilt.node_type, typed_batch.node_type)
    order = torch.argsort(typed_batch.edge_index[0] * 7 + typed_batch.edge_index[1])
    assert torch.equal(rebuilt.edge_index, typed_batch.edge_index[:, order])
    assert torch.equal(rebuilt.edge_type, typed_batch.edge_type[order])


def test_a_reconstruction_falls_apart_into_its_graphs(small_batch, typed_batch):
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking="none", decoder="distance"))
    rebuilt = model.reconstruct(small_batch)  # the untrained decoder joins nearby nodes
    parts = rebuilt.to_data_list()
    assert [part.num_nodes for part in parts] == [5, 4, 1, 3]
    assert torch.equal(Batch.from_data_list(parts).edge_index, rebuilt.edge_index)
    config = replace(SMALL, symmetry_breaking="none", num_node_types=3, num_edge_types=4)
    typed = GraphAutoencoder(config).reconstruct(typed_batch)
    assert [part.num_nodes for part in typed.to_data_list()] == [4, 3]


def test_latent_noise_in_training_only(small_batch):
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking="none", decoder="distance", latent_noise=0.5))
    assert model.loss(small_batch) != model.loss(small_batch)
    model.eval()
    assert model.loss(small_batch) == model.loss(small_batch)


@pytest.mark.parametrize("method", ["noise", "uniform"])
def test_too_many_nodes(method, cycles):
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking=method, decoder="inner", max_nodes=7))
    with pytest.raises(ValueError, match=r"expected graphs of at most 'max_nodes' = 7 nodes .got one of 8."):
        model.encode(cycles)


def test_no_graphs_and_no_nodes():
    model = GraphAutoencoder(replace(SMALL, symmetry_breaking="uniform"))
    empty = Data(edge_index=torch.empty((2, 0), dtype=torch.long), num_nodes=0)
    assert model.loss(empty) == 0
    assert model.reconstruct(empty).num_nodes == 0
