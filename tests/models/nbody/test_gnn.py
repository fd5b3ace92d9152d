import pytest
import torch

from pyg_symbreak.models.nbody import ParticleGNN
from pyg_symbreak.testing import assert_equivariant
from tests.models.nbody.cases import batch, motions, orders, particles

OPTIONS = [{}, {"moving": False}, {"radial": False}]


@pytest.mark.parametrize("options", OPTIONS)
def test_equivariant_to_orders_not_to_turns(options):
    model, data = ParticleGNN(16, 2, **options).double(), batch((5, 3, 1, 2))
    assert_equivariant(model, data, sample=orders)
    with pytest.raises(AssertionError, match="not equivariant"):
        assert_equivariant(model, data, sample=motions)


@pytest.mark.parametrize("options", OPTIONS)
def test_batch_is_graph_by_graph(options):
    model, data = ParticleGNN(16, 2, **options).double(), batch((5, 3, 1, 2))
    each = torch.cat([model(graph) for graph in data.to_data_list()])
    assert torch.allclose(model(data), each)


def test_translations_and_float32():
    model, data = ParticleGNN(16, 2), particles(dtype=torch.float32)
    moved = data.clone()
    moved.pos = data.pos + 3
    assert torch.allclose(model(moved), model(data) + 3, atol=1e-5)


def test_gradients_and_reset():
    model = ParticleGNN(16, 2)
    model(batch(dtype=torch.float32)).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    before = [p.clone() for p in model.parameters()]
    model.reset_parameters()
    assert sum(not torch.equal(a, b) for a, b in zip(before, model.parameters())) >= len(before) // 2
    assert "moving=True" in repr(model)
