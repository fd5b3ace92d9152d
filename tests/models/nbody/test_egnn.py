import pytest
import torch

from pyg_symbreak.models.nbody import ParticleEGNN
from pyg_symbreak.testing import assert_equivariant
from tests.models.nbody.cases import batch, orders_and_motions


@pytest.mark.parametrize("radial", [False, True])
def test_equivariant(radial):
    model, data = ParticleEGNN(16, 3, radial=radial).double(), batch((5, 3, 1, 2))
    assert_equivariant(model, data, sample=orders_and_motions, output=lambda g, out: g.act_as(out, "point"), atol=1e-10)
    each = torch.cat([model(graph) for graph in data.to_data_list()])
    assert torch.allclose(model(data), each)


def test_float32_and_degenerate():
    model, data = ParticleEGNN(16, 3), batch(dtype=torch.float32)
    assert_equivariant(model, data, sample=orders_and_motions, output=lambda g, out: g.act_as(out, "point"), atol=1e-4)
    data.pos, data.vel = torch.zeros_like(data.pos), torch.zeros_like(data.vel).requires_grad_()
    out = model(data)
    out.sum().backward()
    assert torch.equal(out, data.pos)  # nothing points anywhere
    assert data.vel.grad.isfinite().all()


def test_reset():
    model = ParticleEGNN(16, 1)
    before = model.embed.weight.clone()
    model.reset_parameters()
    assert not torch.equal(before, model.embed.weight)
    assert "radial=True" in repr(model)
