"""Energies compared over the symmetries of lattices."""

import pytest
import torch

from pyg_symbreak.canonicalizers import (
    EnergyCanonicalizer,
    ExactLatticeCanonicalizer,
    RelaxedLatticeSymmetry,
    UniformFiniteCanonicalizer,
)
from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.nn import Canonicalize, Symmetrize
from pyg_symbreak.nn.lattice import LatticeNetwork
from pyg_symbreak.testing import assert_equivariant_draw, assert_equivariant_in_law, chi_square_uniform, replicate
from tests.canonicalizers.lattice_cases import (
    GREY,
    P2MM,
    P4,
    P4M,
    FieldNet,
    LatticeTemplate,
    batch_of,
    named,
    random_symmetry,
)


class Scores(torch.nn.Module):
    """A lattice network that scores the elements."""

    def __init__(self, group):
        super().__init__()
        self.network = LatticeNetwork({"spin": 1, "bond": 1}, 4, 1, group, "elements")

    def forward(self, data):
        return self.network({"spin": data.field.unsqueeze(1), "bond": data.bonds.unsqueeze(1)})


def canonicalizers(group, dtype=torch.float64, **kwargs):
    torch.manual_seed(0)
    return {
        "copies": EnergyCanonicalizer(FieldNet(group), group, **kwargs).to(dtype),
        "template": EnergyCanonicalizer(LatticeTemplate(group), group, logits=True, **kwargs).to(dtype),
        "network": EnergyCanonicalizer(Scores(group), group, logits=True, **kwargs).to(dtype),
    }


@pytest.mark.parametrize("temperature", [0.0, 0.5])
@pytest.mark.parametrize("group", [P4M, P2MM, GREY, LatticeGroup.p1(5)], ids=repr)
def test_equivariant_exactly_under_one_noise(group, temperature):
    data = batch_of(*named(group, torch.float64).values())
    for canonicalizer in canonicalizers(group, temperature=temperature).values():
        assert_equivariant_draw(canonicalizer, data, sample=random_symmetry(group))


@pytest.mark.parametrize("group", [P4, GREY], ids=repr)
def test_scores_move_by_the_regular_representation(group):
    data = named(group, torch.float64)["random"]
    h = LatticeSymmetry.random(1, group)
    shape = (1, group.num_parts, *group.sizes)
    for canonicalizer in canonicalizers(group).values():
        energy = canonicalizer.energies(data).view(shape)
        moved = canonicalizer.energies(h.act_data(data)).view(shape)
        torch.testing.assert_close(moved, h.act_regular(energy))
        back = LatticeSymmetry(torch.tensor([7]), group).inverse().act_data(data)
        torch.testing.assert_close(canonicalizer.energies(back)[:, 0], energy.flatten(1)[:, 7])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("group", [P4M, GREY], ids=repr)
def test_symmetric_lattices_are_drawn_uniformly_over_a_coset_of_their_stabiliser(group, dtype):
    exact = ExactLatticeCanonicalizer(group)
    for name, canonicalizer in canonicalizers(group, dtype).items():
        for case in ("uniform", "stripes", "striped field") if name == "network" else ("striped field",):
            data = named(group, dtype)[case]
            order = int(exact.stabilizer_order(data))
            many = replicate(data, 20 * order)
            drawn = canonicalizer.requires_grad_(False)(many).index.bincount(minlength=len(group))
            seen = drawn.nonzero().view(-1)
            assert seen.numel() == order, (name, case)
            assert chi_square_uniform(drawn[seen]) > 1e-5
            # Every element that was drawn makes the same copy.
            form = LatticeSymmetry(seen, group).inverse().act_data(replicate(data, order))
            assert torch.equal(form.field, form.field[:1].expand_as(form.field))
            assert torch.equal(form.bonds, form.bonds[:1].expand_as(form.bonds))


def test_equivariant_in_law():
    for canonicalizer in canonicalizers(P4, temperature=0.5).values():
        with torch.no_grad():
            assert_equivariant_in_law(
                canonicalizer.requires_grad_(False),
                named(P4, torch.float64)["stripes"],
                sample=random_symmetry(P4),
                num_samples=3,
            )


def test_scores_that_are_not_equivariant_are_rejected():
    canonicalizer = EnergyCanonicalizer(FieldNet(P4, len(P4)).double(), P4, logits=True)
    with pytest.raises(AssertionError, match="the draw is not equivariant"):
        assert_equivariant_draw(canonicalizer, named(P4, torch.float64)["random"], sample=random_symmetry(P4))


def test_probabilities():
    batch = batch_of(*(named(P4M, torch.float64)[name] for name in ("uniform", "stripes", "random")))
    orders = torch.tensor([128.0, 64.0, 1.0], dtype=torch.float64)
    for canonicalizer in canonicalizers(P4M).values():
        g = canonicalizer(batch)
        torch.testing.assert_close(canonicalizer.log_prob(batch, g), -orders.log())
    for canonicalizer in canonicalizers(P4M, temperature=0.3).values():
        one = named(P4M, torch.float64)["random"]
        law = canonicalizer.log_prob(replicate(one, 128), canonicalizer.elements(one)).exp()
        torch.testing.assert_close(law.sum(), torch.ones((), dtype=torch.float64))
        assert canonicalizer.num_elements == 128


def test_gradients_reach_the_scores_through_whatever_is_moved():
    batch = batch_of(*named(GREY, torch.float64).values())
    field = torch.randn(len(batch), 3, 4, 4, dtype=torch.float64)
    for canonicalizer in canonicalizers(GREY, temperature=1.0).values():
        g = canonicalizer(batch)
        assert isinstance(g, RelaxedLatticeSymmetry)
        moved = g.act_spins(field)
        assert torch.equal(moved, g.detach().act_spins(field))
        probe = torch.randn_like(moved)
        (moved * probe).sum().backward()
        parameters = list(canonicalizer.parameters())
        assert all(p.grad is None or torch.isfinite(p.grad).all() for p in parameters)
        assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in parameters)
        assert torch.isfinite(canonicalizer.prior_loss(g))
        hard = EnergyCanonicalizer(canonicalizer.network, GREY, logits=canonicalizer.logits, straight_through=False)
        assert type(hard(batch)) is LatticeSymmetry


def test_the_mean_over_all_elements_is_invariant():
    class Corner(torch.nn.Module):
        def forward(self, data):
            return data.field[:, 0, 0] * data.bonds[:, 0, 1, 0]

    batch = batch_of(*named(P4M, torch.float64).values())
    model = Symmetrize(Corner(), UniformFiniteCanonicalizer(P4M), "all", output="graph")
    plain = model(batch)
    h = LatticeSymmetry.random(len(batch), P4M)
    torch.testing.assert_close(model(h.act_data(batch)), plain)
    assert (Corner()(h.act_data(batch)) - Corner()(batch)).abs().max() > 1e-3
    sampled = Symmetrize(Corner(), UniformFiniteCanonicalizer(P4M), 4000, output="graph")(batch)
    torch.testing.assert_close(sampled, plain, rtol=0, atol=0.1)


def test_canonicalization_makes_any_backbone_equivariant():
    class Backbone(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(16, 16, dtype=torch.float64)

        def forward(self, data):
            return self.linear(data.field.flatten(1)).view(-1, 4, 4)

    batch = batch_of(*(named(P4M, torch.float64)[name] for name in ("random", "random field")))
    for canonicalizer in (*canonicalizers(P4M).values(), ExactLatticeCanonicalizer(P4M)):
        model = Canonicalize(Backbone(), canonicalizer, "spin")
        h = LatticeSymmetry.random(2, P4M)
        noise = canonicalizer.noise(batch)["gumbel"]
        g = canonicalizer(batch, noise={"gumbel": noise})
        moved = canonicalizer(h.act_data(batch), noise={"gumbel": h.act_regular(noise)})
        torch.testing.assert_close(model(h.act_data(batch), g=moved), h.act_spins(model(batch, g=g)))
