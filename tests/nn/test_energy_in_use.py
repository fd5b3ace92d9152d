"""The energy canonicalizer in use: trained with a backbone, carried back, averaged over the group."""

import pytest
import torch

from pyg_symbreak.canonicalizers import EnergyCanonicalizer, RelaxedFiniteOrthogonal
from pyg_symbreak.groups import FiniteOrthogonal, PointGroup
from pyg_symbreak.nn import Canonicalize, Symmetrize
from tests.canonicalizers.finite_cases import ImageNet, PointNet, Template, clouds, images, move, random_element

C4, D4, D3 = PointGroup.cyclic(4), PointGroup.dihedral(4), PointGroup.dihedral(3)


@pytest.mark.parametrize("logits", [False, True])
def test_a_canonicalizer_learns_through_the_backbone(logits):
    # Straight-through: only the backbone's loss tells the canonicalizer which way up images are. The backbone is fixed.
    torch.manual_seed(0)
    upright = torch.randn(6, 6)
    network = Template(C4) if logits else ImageNet()
    canonicalizer = EnergyCanonicalizer(network, C4, logits=logits)

    class Loss(torch.nn.Module):
        def forward(self, image):
            return (image[:, 0] - upright).square().mean((1, 2))

    model = Canonicalize(Loss(), canonicalizer, output="graph")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        h = FiniteOrthogonal.random(torch.arange(33), C4)
        x = h.act_dense(upright + 0.1 * torch.randn(32, 1, 6, 6))
        loss = model(x).mean()
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[0] > 0.5
    assert losses[-1] < 0.1


@pytest.mark.parametrize("temperature", [0.0, 0.5])
def test_the_prior_pulls_to_the_identity(temperature):
    torch.manual_seed(1)
    canonicalizer = EnergyCanonicalizer(ImageNet(), D4, temperature=temperature)
    x = images(16, dtype=torch.float32)
    optimizer = torch.optim.Adam(canonicalizer.parameters(), lr=0.02)
    first = None
    for _ in range(80):
        g = canonicalizer(x)
        loss = canonicalizer.prior_loss(g)
        first = float(loss.detach()) if first is None else first
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.2 < first
    with torch.no_grad():
        g = canonicalizer(x)
        assert type(g) is FiniteOrthogonal
        assert (g.index == 0).float().mean() > 0.8
    expected = -torch.log_softmax(-canonicalizer.energies(x) / (temperature or 1.0), 1)[:, 0].mean()
    torch.testing.assert_close(canonicalizer.prior_loss(canonicalizer(x)), expected)


def test_straight_through_can_be_turned_off():
    x = images()
    canonicalizer = EnergyCanonicalizer(ImageNet().double(), D4)
    assert isinstance(canonicalizer(x), RelaxedFiniteOrthogonal)
    assert type(EnergyCanonicalizer(canonicalizer.network, D4, straight_through=False)(x)) is FiniteOrthogonal


@pytest.mark.parametrize("kind", ["image", "points"])
def test_average_over_the_whole_group(kind):
    if kind == "image":
        x, canonicalizer, backbone = images(), EnergyCanonicalizer(ImageNet(), D4), ImageNet(out=3).double()
    else:
        x, canonicalizer, backbone = clouds(), EnergyCanonicalizer(PointNet(), D3), PointNet(out=3).double()
    model = Symmetrize(backbone, canonicalizer, num_draws="all", output="graph")
    expected = 0
    for k in range(len(canonicalizer.group)):
        every = canonicalizer.elements(x)
        count = every.num_graphs // len(canonicalizer.group)
        ptr = every.ptr[: count + 1]
        g = FiniteOrthogonal(torch.full((count,), k), canonicalizer.group, ptr)
        expected = expected + backbone(move(g.inverse(), x)) / len(canonicalizer.group)
    out = model(x)
    torch.testing.assert_close(out, expected)
    for _ in range(4):
        torch.testing.assert_close(model(move(random_element(canonicalizer, x), x)), out)
    assert canonicalizer.num_elements == len(canonicalizer.group)


def test_used_on_grids_that_come_back():
    class Shade(torch.nn.Module):
        """An image for an image, darker to the right."""

        def forward(self, image):
            return image * torch.linspace(1, 2, image.size(-1), dtype=image.dtype)

    model = Canonicalize(Shade(), EnergyCanonicalizer(ImageNet().double(), D4), output="dense")
    x = images()
    out = model(x)
    for _ in range(5):
        h = FiniteOrthogonal.random(torch.arange(6), D4)
        torch.testing.assert_close(model(h.act_dense(x)), h.act_dense(out))


def test_used_on_points_whose_vectors_come_back():
    class Push(torch.nn.Module):
        def forward(self, data):
            return data.pos * torch.tensor([1.0, 3.0], dtype=data.pos.dtype) + data.pos.square()

    model = Canonicalize(Push(), EnergyCanonicalizer(PointNet().double(), D3), output="vector")
    data = clouds()
    out = model(data)
    for _ in range(5):
        h = FiniteOrthogonal.random(data.ptr, D3)
        torch.testing.assert_close(model(h.act_data(data)), h.act(out))
