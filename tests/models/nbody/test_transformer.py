import pytest
import torch

from pyg_symbreak.models.nbody import ParticleTransformer
from pyg_symbreak.testing import assert_equivariant
from tests.models.nbody.cases import batch, motions, orders, particles

OPTIONS = [{}, {"moving": False}, {"radial": False}]


def make(**options):
    return ParticleTransformer(5, 16, 2, heads=2, pair_channels=8, **options)


@pytest.mark.parametrize("sample", [orders, motions])
def test_no_symmetry_but_translations(sample):
    model, data = make().double(), batch((5, 3))
    with pytest.raises(AssertionError, match="not equivariant"):
        assert_equivariant(model, data, sample=sample)
    moved = data.clone()
    moved.pos = data.pos + 3
    assert torch.allclose(model(moved), model(data) + 3)


def test_the_order_enters_by_the_embedding_only():
    model = make().double()
    torch.nn.init.zeros_(model.position)
    assert_equivariant(model, batch((5, 3)), sample=orders)


@pytest.mark.parametrize("options", OPTIONS)
def test_batch_is_graph_by_graph(options):
    model, data = make(**options).double(), batch((5, 3, 1, 2))
    each = torch.cat([model(graph) for graph in data.to_data_list()])
    assert torch.allclose(model(data), each)


def test_gradients_and_reset():
    model = make()
    model(batch(dtype=torch.float32)).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    before = model.position.clone()
    model.reset_parameters()
    assert not torch.equal(before, model.position)
    assert "heads=2" in repr(model)


def test_errors():
    with pytest.raises(
        ValueError, match=r"'ParticleTransformer' expected 'channels' as a multiple of 3 heads \(got 16\)"
    ):
        ParticleTransformer(5, 16, heads=3)
    with pytest.raises(
        ValueError, match=r"'ParticleTransformer' expected graphs of at most 5 particles \(got one of 6\)"
    ):
        make()(particles(6, dtype=torch.float32))
