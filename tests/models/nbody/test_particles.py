import pytest
import torch

from pyg_symbreak.models.nbody.particles import Particles, num_scalars, pair_features
from tests.models.nbody.cases import batch, particles


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_layout(dtype):
    data = batch((5, 2, 1), dtype)
    laid = Particles.from_data(data)
    assert laid.pos.shape == laid.vel.shape == (3, 5, 3)
    assert laid.pos.dtype == laid.products.dtype == laid.others.dtype == dtype
    assert laid.pos[0].mean(0).abs().max() < 1e-6
    assert laid.pos[1, 2:].abs().max() == 0
    assert laid.pos[2].abs().max() == 0  # a single particle is its own centroid
    assert laid.others.sum((1, 2, 3)).tolist() == [20, 2, 0]
    assert laid.products[1, 2:].abs().max() == 0
    assert torch.equal(laid.products[0, 0, 1], data.charge[:1] * data.charge[1:2])


def test_back_keeps_what_stands_still():
    data = batch((5, 2))
    laid = Particles.from_data(data)
    assert torch.equal(laid.back(data, laid.pos), data.pos)
    assert torch.allclose(laid.back(data, laid.pos + 1), data.pos + 1)


def test_pair_features():
    pos, products = torch.tensor([[[0.0, 0.0], [3.0, 4.0]]]), torch.full((1, 2, 2, 1), -1.0)
    gap, scalars = pair_features(pos, products)
    assert gap[0, 0, 1].tolist() == [-3.0, -4.0]
    assert torch.allclose(scalars[0, 0, 1], torch.tensor([-1.0, 25.0, 5.0, 1 / 5.1, -1 / 25.05]))
    assert [pair_features(pos, products, radial)[1].size(-1) for radial in (True, False)] == [
        num_scalars(True),
        num_scalars(False),
    ]


def test_gradient_of_coincident_particles_is_finite():
    pos = torch.zeros(1, 3, 3, requires_grad=True)
    pair_features(pos, torch.ones(1, 3, 3, 1))[1].sum().backward()
    assert pos.grad.isfinite().all()


def test_errors():
    data = particles()
    del data.vel
    with pytest.raises(ValueError, match=r"'Particles' expected 'data.vel' of shape \[5, 3\] \(got none\)"):
        Particles.from_data(data)
    with pytest.raises(ValueError, match=r"'Particles' expected 'data.pos' of shape \[5, 2\] \(got \[5, 3\]\)"):
        Particles.from_data(particles(), dim=2)
