import pytest
import torch

from pyg_symbreak.models.backbones import Padding
from pyg_symbreak.models.backbones.padding import key_bias


def test_ragged_layout():
    padding = Padding(torch.tensor([0, 2, 2, 5]))
    assert (padding.num_graphs, padding.num_nodes, padding.width) == (3, 5, 3)
    assert padding.mask.tolist() == [[True, True, False], [False, False, False], [True, True, True]]
    assert padding.positions.tolist() == [0, 1, 0, 1, 2]
    x = torch.arange(1.0, 6.0)
    assert padding.to_dense(x).tolist() == [[1, 2, 0], [0, 0, 0], [3, 4, 5]]
    assert torch.equal(padding.to_nodes(padding.to_dense(x)), x)
    wider = torch.nn.functional.pad(padding.to_dense(x), (0, 2), value=9.0)
    assert torch.equal(padding.to_nodes(wider), x)
    assert padding.to_dense(x.view(5, 1, 1)).shape == (3, 3, 1, 1)


def test_one_size_needs_no_mask():
    padding = Padding(torch.tensor([0, 2, 4]))
    assert padding.mask is None
    assert padding.pair_mask.all()
    x = torch.randn(4, 3)
    assert padding.to_dense(x).data_ptr() == x.data_ptr() == padding.to_nodes(padding.to_dense(x)).data_ptr()
    pairs = torch.randn(2, 2, 2, 1)
    assert padding.mask_pairs(pairs) is pairs


@pytest.mark.parametrize("sizes", [[2, 0, 3], [2, 2]])
def test_means_are_those_of_the_graphs(sizes):
    padding = Padding(torch.tensor([0, *sizes]).cumsum(0))
    dense = torch.full((len(sizes), max(sizes), 2), 1e9)
    pairs = torch.full((len(sizes), max(sizes), max(sizes), 2), 1e9)
    nodes, blocks = [torch.randn(n, 2) for n in sizes], [torch.randn(n, n, 2) for n in sizes]
    for i, n in enumerate(sizes):
        dense[i, :n], pairs[i, :n, :n] = nodes[i], blocks[i]
    for mean, parts in ((padding.mean_nodes(dense), nodes), (padding.mean_pairs(pairs), blocks)):
        expected = [part.view(-1, 2).mean(0) if part.numel() > 0 else torch.zeros(2) for part in parts]
        torch.testing.assert_close(mean, torch.stack(expected))


@pytest.mark.parametrize("ptr", [[0], [0, 0], [0, 0, 0]])
def test_nothing_to_lay_out(ptr):
    padding = Padding(torch.tensor(ptr))
    assert padding.width == 0
    assert padding.mask is None
    dense = padding.to_dense(torch.empty(0, 3))
    assert dense.shape == (len(ptr) - 1, 0, 3)
    assert padding.to_nodes(dense).shape == (0, 3)
    assert padding.mean_nodes(dense).tolist() == [[0.0] * 3] * (len(ptr) - 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_padding_gets_no_weight_at_all(dtype):
    assert key_bias(None, dtype) is None
    bias = key_bias(torch.tensor([[True, False], [False, False]]), dtype)
    assert (bias.shape, bias.dtype) == ((2, 1, 1, 2), dtype)
    logits = torch.tensor([-1e4, 1e4], dtype=dtype).view(1, 1, 1, 2) + bias
    weight = logits.softmax(-1)
    assert weight[0].flatten().tolist() == [1.0, 0.0]
    assert bool(torch.isfinite(weight).all())
