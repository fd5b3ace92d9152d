import pytest
import torch

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.models.autoencoder.layer import GNNLayer, count_codes, cyclic_offset
from pyg_symbreak.models.autoencoder.topology import Topology


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 10])
def test_offsets_on_the_circle(size):
    rank = torch.arange(size)
    sizes = torch.full((size, size), size)
    step = cyclic_offset(rank.view(-1, 1).expand(size, size), rank.expand(size, size), sizes, max_nodes=10)
    assert int(step.min()) >= 0
    assert int(step.max()) < 10
    for row in step:
        assert row.unique().numel() == size  # from one node, every other node has its own step
    signed = torch.where(step > 5, step - 10, step)
    antipodal = 2 * signed == size
    assert torch.equal(signed[~antipodal], -signed.t()[~antipodal])
    assert torch.equal(signed[antipodal], signed.t()[antipodal])


def test_codes_count_the_arcs(small_batch):
    topology = Topology.read(small_batch, AutoencoderConfig())
    degree = torch.bincount(topology.target, minlength=13)
    assert torch.equal(count_codes(topology, None, 20, 2)[:, 1], degree)
    rank = torch.cat([torch.arange(n) for n in topology.ptr.diff().tolist()])
    counts = count_codes(topology, rank, 20, 40)
    assert torch.equal(counts.sum(1), degree)
    assert counts[:5].nonzero().tolist() == [[i, 20 + step] for i in range(5) for step in (1, 19)]  # a ring in order


def test_the_layer_is_equivariant(small_batch, relabelled):
    moved, element = relabelled(small_batch)
    layer, config = GNNLayer(8, 2, 2).double(), AutoencoderConfig()
    h = torch.randn(13, 8, dtype=torch.double)
    here, there = Topology.read(small_batch, config), Topology.read(moved, config)
    out = layer(h, here, count_codes(here, None, 20, 2).double())
    torch.testing.assert_close(layer(element.act(h), there, count_codes(there, None, 20, 2).double()), element.act(out))
