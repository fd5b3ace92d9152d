import pytest
import torch

from pyg_symbreak.groups import Euclidean, Permutation, Product
from pyg_symbreak.models.nbody.draws import NBODY_DRAWS, NoisyCharges, nbody_draw
from pyg_symbreak.testing import assert_equivariant_draw
from tests.models.nbody.cases import batch, motions, orders_and_motions, particles


@pytest.mark.parametrize("order", [False, True])
@pytest.mark.parametrize("name", [name for name in NBODY_DRAWS if name != "none"])
def test_group(name, order):
    g = nbody_draw(name, order)(batch((5, 5), torch.float32))
    pose = g.parts[1] if order else g
    assert isinstance(pose, Euclidean)
    assert isinstance(g, Product) == order
    if order:
        assert isinstance(g.parts[0], Permutation)


@pytest.mark.parametrize(("order", "sample"), [(False, motions), (True, orders_and_motions)])
@pytest.mark.parametrize("name", ["learned", "lps"])
def test_learned_draws_are_equivariant_given_their_noise(name, order, sample):
    assert_equivariant_draw(nbody_draw(name, order).double(), batch(), sample=sample, atol=1e-8)


def test_charges_are_seen():
    draw, data = nbody_draw("learned", order=False), particles(dtype=torch.float32)
    flipped = data.clone()
    flipped.charge = -data.charge
    assert not torch.allclose(draw(data).rotation.matrix, draw(flipped).rotation.matrix, atol=1e-3)
    assert "x" not in data


def test_noisy_charges():
    seen = []

    class Network(torch.nn.Module):
        def forward(self, data, vectors):
            seen.append(data.x)
            return vectors

    data, wrapped = particles(), NoisyCharges(Network(), 2)
    vectors = torch.randn(5, 4, 3)
    assert torch.equal(wrapped(data, vectors), vectors[:, :2] + vectors[:, 2:])
    assert torch.equal(wrapped(data, vectors[:, :2]), vectors[:, :2])
    assert torch.equal(seen[0], data.charge.unsqueeze(1))


def test_unknown():
    assert nbody_draw("none", order=True) is None
    with pytest.raises(ValueError, match=r"'nbody_draw' expected 'name' among none, .*, lps \(got 'best'\)"):
        nbody_draw("best", order=True)
