import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.diffusion.layer import GraphShape, GraphTransformerLayer
from pyg_symbreak.models.diffusion.pairs import pair_index, pair_number


def streams(dtype, sizes=(5, 3, 1), width=5):
    mask = torch.arange(width) < torch.tensor(sizes).unsqueeze(1)
    x = torch.randn(len(sizes), width, 8, dtype=dtype)
    e = torch.randn(len(sizes), width * (width - 1) // 2, 6, dtype=dtype)
    return x, e, torch.randn(len(sizes), 4, dtype=dtype), mask


def layer(dtype):
    module = GraphTransformerLayer(8, 6, 4, heads=2).to(dtype)
    for weight in module.parameters():
        torch.nn.init.normal_(weight, std=0.3)  # the modulation starts at zero, where errors would hide
    return module


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-11)])
def test_equivariant(dtype, tolerance):
    torch.manual_seed(0)
    module = layer(dtype)
    x, e, y, mask = streams(dtype, sizes=(5, 5))
    shape = GraphShape(mask, dtype)
    order = torch.randperm(5)
    first, second = pair_index(5)
    pairs = pair_number(5)[order[first], order[second]]
    out = module(x, e, y, shape)
    moved = module(x[:, order], e[:, pairs], y, shape)
    for one, other in zip((out[0][:, order], out[1][:, pairs], out[2]), moved):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)
    assert Permutation(order).order.argsort().tolist() == order.tolist()


def test_padding_and_other_graphs_change_nothing():
    torch.manual_seed(0)
    module = layer(torch.float64)
    x, e, y, mask = streams(torch.float64)
    full = module(x, e, y, GraphShape(mask, torch.float64))
    first, second = pair_index(3)
    kept = pair_number(5)[first, second]
    alone = module(x[1:2, :3], e[1:2][:, kept], y[1:2], GraphShape(mask[1:2, :3], torch.float64))
    torch.testing.assert_close(full[0][1:2, :3], alone[0])
    torch.testing.assert_close(full[1][1:2][:, kept], alone[1])
    torch.testing.assert_close(full[2][1:2], alone[2])


def test_one_node_has_no_pairs():
    x, e, y, mask = streams(torch.float32, sizes=(1,), width=1)
    out = layer(torch.float32)(x, e, y, GraphShape(mask))
    assert [list(part.shape) for part in out] == [[1, 1, 8], [1, 0, 6], [1, 4]]
    assert all(bool(torch.isfinite(part).all()) for part in out)


def test_every_weight_gets_a_gradient():
    module = layer(torch.float32)
    x, e, y, mask = streams(torch.float32)
    sum(part.square().sum() for part in module(x, e, y, GraphShape(mask))).backward()
    assert all(bool(weight.grad.abs().sum() > 0) for weight in module.parameters())


def test_dropout_only_in_training():
    module = GraphTransformerLayer(8, 6, 4, heads=2, dropout=0.5)
    x, e, y, mask = streams(torch.float32)
    shape = GraphShape(mask)
    assert not torch.equal(module(x, e, y, shape)[0], module(x, e, y, shape)[0])
    module.eval()
    assert torch.equal(module(x, e, y, shape)[0], module(x, e, y, shape)[0])


def test_compiles_as_one_graph():
    module = layer(torch.float32)
    x, e, y, mask = streams(torch.float32)
    shape = GraphShape(mask)
    compiled = torch.compile(lambda *parts: module(*parts, shape), backend="eager", fullgraph=True)
    for one, other in zip(compiled(x, e, y), module(x, e, y, shape)):
        torch.testing.assert_close(one, other)


def test_errors():
    with pytest.raises(
        ValueError, match=r"'GraphTransformerLayer' expected 'node_dim' to be a multiple of 3 heads \(got"
    ):
        GraphTransformerLayer(8, 6, 4, heads=3)
