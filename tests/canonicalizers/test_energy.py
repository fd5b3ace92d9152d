import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import EnergyCanonicalizer
from pyg_symbreak.groups import FiniteOrthogonal, Orthogonal, PointGroup
from pyg_symbreak.groups.copies import repeat_input
from pyg_symbreak.groups.ragged import node_batch
from pyg_symbreak.testing import chi_square_two_sample, chi_square_uniform
from tests.canonicalizers.finite_cases import ImageNet, PointNet, Template, clouds, images, move, random_element

C4, D4, D3 = PointGroup.cyclic(4), PointGroup.dihedral(4), PointGroup.dihedral(3)


def cases(dtype=torch.float64):
    for group in (C4, D4, PointGroup.dihedral(1)):
        yield EnergyCanonicalizer(ImageNet(), group).to(dtype), images(dtype=dtype)
    for group in (D4, D3, PointGroup.cyclic(7)):
        yield EnergyCanonicalizer(PointNet(), group).to(dtype), clouds(dtype)
    yield EnergyCanonicalizer(Template(D4), D4, logits=True).to(dtype), images(dtype=dtype)
    yield EnergyCanonicalizer(ImageNet(), D4, temperature=0.5).to(dtype), images(dtype=dtype)
    yield EnergyCanonicalizer(PointNet(), D3, temperature=2.0).to(dtype), clouds(dtype)
    yield EnergyCanonicalizer(Template(C4), C4, logits=True, temperature=1.0).to(dtype), images(dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("training", [True, False])
def test_equivariant_exactly_under_one_noise(dtype, training):
    for canonicalizer, data in cases(dtype):
        canonicalizer.train(training)
        noise = canonicalizer.noise(data)
        g = canonicalizer(data, noise=noise)
        assert set(canonicalizer.noise_kinds) == set(noise)
        for _ in range(8):
            h = random_element(canonicalizer, data)
            moved = {name: h.act_as(x, canonicalizer.noise_kinds[name]) for name, x in noise.items()}
            out = canonicalizer(move(h, data), noise=moved)
            assert torch.equal(out.index, (h @ g).index)
            again = canonicalizer(data, noise=noise)
            assert torch.equal(again.index, g.index)


def test_energies_are_those_of_the_moved_copies_and_move_themselves():
    canonicalizer = EnergyCanonicalizer(ImageNet().double(), D4)
    x = images()
    energy = canonicalizer.energies(x)
    for k in range(8):
        back = FiniteOrthogonal(torch.full((5,), k), D4).inverse()
        torch.testing.assert_close(energy[:, k], canonicalizer.network(back.act_dense(x)).squeeze(1))
    h = FiniteOrthogonal.random(torch.arange(6), D4)
    torch.testing.assert_close(canonicalizer.energies(h.act_dense(x)), h.act_regular(energy))


def test_the_canonical_form_is_invariant():
    canonicalizer, x = EnergyCanonicalizer(ImageNet().double(), D4), images()
    form = canonicalizer(x).inverse().act_dense(x)
    for k in range(8):
        y = FiniteOrthogonal(torch.full((5,), k), D4).act_dense(x)
        torch.testing.assert_close(canonicalizer(y).inverse().act_dense(y), form)


def plus(size=5):
    x = torch.zeros(1, 1, size, size, dtype=torch.float64)
    x[..., size // 2, 1:-1] = x[..., 1:-1, size // 2] = 1
    return x


def bar(size=5):
    x = torch.zeros(1, 1, size, size, dtype=torch.float64)
    x[..., 1, :] = 1
    return x


SYMMETRIC = {"plus": (plus(), 8), "constant": (torch.ones(1, 1, 5, 5).double(), 8), "bar": (bar(), 2)}


@pytest.mark.parametrize("temperature", [0.0, 0.3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetric_images_are_drawn_uniformly_over_cosets_of_their_stabiliser(name, dtype, temperature):
    image, stabiliser = SYMMETRIC[name]
    canonicalizer = EnergyCanonicalizer(ImageNet(5), D4, temperature=temperature).to(dtype)
    x = image.to(dtype).expand(4000, -1, -1, -1)
    counts = canonicalizer(x, generator=torch.Generator().manual_seed(0)).index.bincount(minlength=8)
    forms = FiniteOrthogonal.all(torch.arange(2), D4).inverse().act_dense(image.expand(8, -1, -1, -1)).flatten(1)
    cosets = [[j for j in range(8) if torch.equal(forms[j], forms[k])] for k in range(8)]
    assert all(len(coset) == stabiliser for coset in cosets)
    drawn = {tuple(coset) for coset in cosets if counts[coset].sum() > 0}
    assert len(drawn) == 1 or temperature > 0
    for coset in drawn:
        assert chi_square_uniform(counts[list(coset)]) > 1e-4


def test_points_at_the_origin_are_drawn_uniformly():
    data = Batch.from_data_list([Data(pos=torch.zeros(3, 2))] * 3000)
    counts = EnergyCanonicalizer(PointNet(), D3)(data).index.bincount(minlength=6)
    assert chi_square_uniform(counts) > 1e-4


def test_rounding_decides_nothing():
    class Noisy(torch.nn.Module):
        """The right energies, but for an error of single precision that depends on the place in the batch."""

        def forward(self, image):
            return image.sum((1, 2, 3)) + 1e-7 * torch.arange(image.size(0)) / image.size(0)

    x = torch.ones(4000, 1, 4, 4) / 16
    assert chi_square_uniform(EnergyCanonicalizer(Noisy(), C4)(x).index.bincount(minlength=4)) > 1e-4
    strict = EnergyCanonicalizer(Noisy(), C4, resolution=1e-12)
    assert chi_square_uniform(strict(x).index.bincount(minlength=4)) < 1e-4  # a test that fails when it should


def test_the_law_at_a_temperature_is_that_of_boltzmann():
    canonicalizer = EnergyCanonicalizer(ImageNet().double(), D4, temperature=0.2)
    x = images(1)
    count = 20_000
    law = torch.softmax(-canonicalizer.energies(x)[0] / 0.2, 0).detach()
    drawn = canonicalizer(x.expand(count, -1, -1, -1)).index.bincount(minlength=8)
    assert float(((drawn - count * law) ** 2 / (count * law)).sum()) < 31  # χ², 7 degrees: p > 6e-5
    every = canonicalizer.elements(x)
    log_prob = canonicalizer.log_prob(x.expand(8, -1, -1, -1), FiniteOrthogonal(every.index, D4))
    torch.testing.assert_close(log_prob.exp(), law)
    log_prob[0].backward()
    assert all(p.grad.abs().sum() > 0 for p in canonicalizer.network.layers[1].parameters())


def test_equivariant_in_law_without_noise():
    canonicalizer = EnergyCanonicalizer(ImageNet().double(), D4, temperature=0.3)
    x = images(1)
    count = 6000

    def histogram(y, h):
        g = canonicalizer(y.expand(count, -1, -1, -1))
        return (FiniteOrthogonal(torch.full((count,), h), D4).inverse() @ g).index.bincount(minlength=8)

    plain = histogram(x, 0)
    for h in range(1, 8):
        moved = FiniteOrthogonal(torch.tensor([h]), D4).act_dense(x)
        assert chi_square_two_sample(plain, histogram(moved, h)) > 1e-5
        assert chi_square_two_sample(plain, histogram(x, h)) < 1e-5  # the wrong law is told apart


def test_log_prob_without_temperature():
    canonicalizer = EnergyCanonicalizer(ImageNet(5).double(), D4)
    x = torch.cat([plus(), bar()])
    g = canonicalizer(x)
    torch.testing.assert_close(canonicalizer.log_prob(x, g).exp(), torch.tensor([1 / 8, 1 / 2], dtype=torch.float64))
    turned = g @ FiniteOrthogonal(torch.tensor([1, 1]), D4)
    assert canonicalizer.log_prob(x, turned).tolist() == [pytest.approx(-math.log(8)), -math.inf]


def test_other_attributes_are_moved_as_told():
    class Pixel(torch.nn.Module):
        def forward(self, data):
            return data.picture[:, -1, 0]

    data = Batch.from_data_list([Data(num_nodes=1, picture=torch.randn(1, 3, 3)) for _ in range(4)])
    canonicalizer = EnergyCanonicalizer(Pixel(), C4, inputs={"picture": "dense"})
    g = canonicalizer(data)
    corner = g.inverse().act_data(data, {"picture": "dense"}).picture[:, -1, 0]
    corners = data.picture[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert torch.equal(corner, corners.amin(1))


def test_one_graph_an_empty_batch_and_a_generator():
    canonicalizer = EnergyCanonicalizer(PointNet(), D4)
    single = Data(pos=torch.randn(3, 2))
    assert canonicalizer(single).ptr.tolist() == [0, 3]
    assert EnergyCanonicalizer(ImageNet(), D4)(torch.zeros(0, 1, 6, 6)).num_graphs == 0
    zeros = torch.zeros(50, 1, 6, 6)
    draws = [EnergyCanonicalizer(ImageNet(), D4)(zeros, generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(draws[0].index, draws[1].index)
    copies = repeat_input(single, 2)
    assert torch.equal(node_batch(canonicalizer(copies).ptr), copies.batch)


def test_reset_and_repr():
    canonicalizer = EnergyCanonicalizer(ImageNet(), C4)
    before = canonicalizer.network.layers[1].weight.clone()
    canonicalizer.reset_parameters()
    assert not torch.equal(before, canonicalizer.network.layers[1].weight)
    assert "group=C4, temperature=0.0, resolution=1e-05, softness=1.0, straight_through=True" in repr(canonicalizer)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_device():
    for canonicalizer, data in cases():
        noise = canonicalizer.noise(data)
        expected = canonicalizer(data, noise=noise)
        canonicalizer.cuda()
        g = canonicalizer(data.to("cuda"), noise={name: x.cuda() for name, x in noise.items()})
        assert torch.equal(g.index.cpu(), expected.index)
        assert g.index.is_cuda
        move(g.inverse(), data.to("cuda"))
        canonicalizer.prior_loss(g).backward()
        assert canonicalizer(data.to("cuda"), generator=torch.Generator().manual_seed(0)).index.is_cuda


def test_errors():
    x = images(2, dtype=torch.float32)

    class Bad(torch.nn.Module):
        def __init__(self, out):
            super().__init__()
            self.out = out

        def forward(self, data):
            return self.out

    with pytest.raises(TypeError, match=r"expected 'group' as a 'PointGroup' or a 'LatticeGroup' \(got 'str'\)"):
        EnergyCanonicalizer(ImageNet(), "C4")
    with pytest.raises(ValueError, match=r"'EnergyCanonicalizer' expected 'temperature' to be at least 0 \(got -1\)"):
        EnergyCanonicalizer(ImageNet(), C4, temperature=-1)
    with pytest.raises(ValueError, match=r"'EnergyCanonicalizer' expected 'resolution' to be positive \(got 0\)"):
        EnergyCanonicalizer(ImageNet(), C4, resolution=0)
    with pytest.raises(ValueError, match=r"'EnergyCanonicalizer' expected 'softness' to be positive \(got 0\)"):
        EnergyCanonicalizer(ImageNet(), C4, softness=0)
    with pytest.raises(ValueError, match=r"expected 'network' to return a tensor of shape \[8\] \(got \[8, 2\]\)"):
        EnergyCanonicalizer(ImageNet(out=2), C4)(x)
    with pytest.raises(ValueError, match=r"expected 'network' to return a tensor of shape \[2, 4\] \(got \[2, 2\]\)"):
        EnergyCanonicalizer(ImageNet(out=2), C4, logits=True)(x)
    with pytest.raises(ValueError, match=r"expected 'network' to return finite numbers \(got NaN or infinity\)"):
        EnergyCanonicalizer(Bad(torch.full((8,), float("nan"))), C4)(x)
    canonicalizer = EnergyCanonicalizer(ImageNet(), C4)
    with pytest.raises(ValueError, match=r"expected the noise 'gumbel' of shape \[2, 4\] \(got \[2, 3\]\)"):
        canonicalizer(x, noise={"gumbel": torch.zeros(2, 3)})
    with pytest.raises(TypeError, match=r"'EnergyCanonicalizer.log_prob' expected 'g' .* \(got 'Orthogonal'\)"):
        canonicalizer.log_prob(x, Orthogonal.identity(torch.arange(3), 2))
    with pytest.raises(
        ValueError, match=r"'EnergyCanonicalizer.log_prob' expected elements of .*'C4'.* \(got .*'D4'.*\)"
    ):
        canonicalizer.log_prob(x, FiniteOrthogonal.identity(torch.arange(3), D4))
    with pytest.raises(TypeError, match=r"'EnergyCanonicalizer.prior_loss' expected an element as drawn"):
        canonicalizer.prior_loss(canonicalizer(x).detach())
    with pytest.raises(TypeError, match=r"expected a canonicalizer that draws permutations"):
        canonicalizer.rank(x)
