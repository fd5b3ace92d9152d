import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import Canonicalizer, ExactLatticeCanonicalizer
from pyg_symbreak.groups import FiniteOrthogonal, LatticeGroup, LatticeSymmetry, PointGroup
from pyg_symbreak.labeling import lattice_ranks
from pyg_symbreak.testing import (
    assert_equivariant_draw,
    assert_equivariant_in_law,
    chi_square_uniform,
    replicate,
)
from tests.canonicalizers.lattice_cases import (
    CUBIC,
    GREY,
    GROUPS,
    P2MM,
    P4,
    P4M,
    batch_of,
    every_copy,
    lattice,
    named,
    random_symmetry,
)


class FirstMinimum(ExactLatticeCanonicalizer):
    """Planted: of the least copies the one of the lowest number, with nothing random."""

    def forward(self, data, *, noise=None, generator=None):
        return LatticeSymmetry(lattice_ranks(data, self.group).argmin(1), self.group)


class Subgroup(Canonicalizer):
    """Planted: the inversion kernel of fewer symmetries."""

    def __init__(self, group, small):
        super().__init__()
        self.group, self.inner = group, ExactLatticeCanonicalizer(small)

    def forward(self, data, *, generator=None):
        # The parts of the smaller group are the first of the larger one, rotations before reflections.
        return LatticeSymmetry(self.inner(data, generator=generator).index, self.group)


def coset_counts(canonicalizer, data, group, count=None, seed=0):
    """How often each element was drawn, and which of them make the least copy, found by comparing all of them."""
    copies = every_copy(data, group)
    inside = (torch.unique(copies, dim=0, return_inverse=True)[1] == 0).nonzero().view(-1)
    count = count or max(1500, 10 * inside.numel())
    drawn = canonicalizer(replicate(data, count), generator=torch.Generator().manual_seed(seed)).index
    return drawn.bincount(minlength=len(group)), inside


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("group", [*GROUPS, CUBIC], ids=repr)
def test_uniform_on_the_coset_of_the_stabiliser(group, dtype):
    canonicalizer = ExactLatticeCanonicalizer(group)
    for name, data in named(group, dtype).items():
        if group is CUBIC and name != "striped field":  # the larger ones take many draws
            continue
        counts, inside = coset_counts(canonicalizer, data, group)
        assert int(counts.sum()) == int(counts[inside].sum()), name
        assert int(canonicalizer.stabilizer_order(data)) == inside.numel()
        assert chi_square_uniform(counts[inside]) > 1e-5, name


def test_the_first_minimum_is_not_uniform():
    for name, data in named(P4M).items():
        counts, inside = coset_counts(FirstMinimum(P4M), data, P4M)
        assert int(counts[inside].sum()) == int(counts.sum())
        assert (chi_square_uniform(counts[inside]) < 1e-4) == (inside.numel() > 1), name


def test_too_small_a_group_is_not_uniform():
    small = Subgroup(P4M, P4)
    counts, inside = coset_counts(small, named(P4M)["uniform"], P4M, 4000)
    assert chi_square_uniform(counts[inside]) < 1e-4
    # Without reflections the canonical form is not that of all copies.
    counts, inside = coset_counts(small, named(P4M, seed=1)["random"], P4M)
    mirrored = LatticeSymmetry(torch.tensor([4 * 16]), P4M).act_data(named(P4M, seed=1)["random"])
    forms = [small(x).inverse().act_data(x) for x in (named(P4M, seed=1)["random"], mirrored)]
    assert not torch.equal(forms[0].field, forms[1].field)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("group", [*GROUPS, CUBIC], ids=repr)
def test_equivariant_exactly_under_one_noise(group, dtype):
    canonicalizer = ExactLatticeCanonicalizer(group)
    assert_equivariant_draw(canonicalizer, batch_of(*named(group, dtype).values()), sample=random_symmetry(group))


@pytest.mark.parametrize("group", [P4, P4M, P2MM, GREY], ids=repr)
def test_equivariant_in_law(group):
    for name in ("stripes", "staggered", "striped field", "random bonds"):
        data = named(group)[name]
        assert_equivariant_in_law(
            ExactLatticeCanonicalizer(group), data, sample=random_symmetry(group), num_samples=3, num_draws=1500
        )


def test_the_checkers_reject_planted_mistakes():
    data = named(P4M)["stripes"]
    with pytest.raises(AssertionError, match="not equivariant in law"):
        assert_equivariant_in_law(FirstMinimum(P4M), data, sample=random_symmetry(P4M), num_samples=3)
    with pytest.raises(AssertionError, match="not equivariant in law"):
        assert_equivariant_in_law(Subgroup(P4M, P4), data, sample=random_symmetry(P4M), num_samples=3)
    with pytest.raises(AssertionError, match="the draw is not equivariant"):
        assert_equivariant_draw(FirstMinimum(P4M), data, sample=random_symmetry(P4M))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("group", [*GROUPS, CUBIC], ids=repr)
def test_moved_copies_have_one_canonical_form(group, dtype):
    canonicalizer = ExactLatticeCanonicalizer(group)
    for data in named(group, dtype).values():
        many = replicate(data, 20)
        moved = LatticeSymmetry.random(20, group).act_data(many)
        form = canonicalizer(moved).inverse().act_data(moved)
        plain = canonicalizer(data).inverse().act_data(data)
        assert torch.equal(form.field, plain.field.expand_as(form.field))
        assert torch.equal(form.bonds, plain.bonds.expand_as(form.bonds))


def test_different_lattices_have_different_forms():
    canonicalizer = ExactLatticeCanonicalizer(P4M)
    forms = []
    for data in named(P4M).values():
        form = canonicalizer(data).inverse().act_data(data)
        forms.append(torch.cat([form.field.flatten(), form.bonds.flatten()]) + 0.0)
    distinct = torch.unique(torch.stack(forms), dim=0)
    assert len(distinct) == len(forms) - 1  # minus zero is zero


def test_probabilities():
    canonicalizer = ExactLatticeCanonicalizer(P4M)
    batch = batch_of(*(named(P4M)[name] for name in ("uniform", "stripes", "random")))
    g = canonicalizer(batch)
    orders = torch.tensor([128.0, 64.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(canonicalizer.log_prob(batch, g), -orders.log())
    other = g @ LatticeSymmetry(torch.tensor([1, 1, 1]), P4M)
    assert canonicalizer.log_prob(batch, other).tolist() == [
        pytest.approx(-math.log(128)),
        pytest.approx(-math.log(64)),
        -math.inf,
    ]
    every = canonicalizer.elements(batch)
    assert canonicalizer.num_elements == 128
    law = canonicalizer.log_prob(Batch.from_data_list(batch.to_data_list() * 128), every).exp()
    torch.testing.assert_close(law.view(128, 3).sum(0), torch.ones(3, dtype=torch.float64))


def test_the_stabiliser_leaves_the_lattice_as_it_is():
    canonicalizer = ExactLatticeCanonicalizer(GREY)
    data = named(GREY)["staggered"]
    inside = canonicalizer.stabilizer(data)[0].nonzero().view(-1)
    moved = LatticeSymmetry(inside, GREY).act_data(replicate(data, inside.numel()))
    assert torch.equal(moved.field, data.field.expand_as(moved.field))
    assert torch.equal(moved.bonds, data.bonds.expand_as(moved.bonds))


def test_targets_and_rounding():
    data = named(P4M)["uniform"]
    data.spins = torch.ones(1, 4, 4, dtype=torch.int8)
    data.spins[0, 0, 0] = -1
    assert int(ExactLatticeCanonicalizer(P4M).stabilizer_order(data)) == 128  # a target says nothing about the input
    inputs = {"field": "spin", "bonds": "bond", "spins": "spin"}
    assert int(ExactLatticeCanonicalizer(P4M, inputs).stabilizer_order(data)) == 8
    data.field[0, 2, 1] = 1e-9
    assert int(ExactLatticeCanonicalizer(P4M).stabilizer_order(data)) == 8
    assert int(ExactLatticeCanonicalizer(P4M, decimals=6).stabilizer_order(data)) == 128


def test_tensors_generators_and_empty_batches():
    canonicalizer = ExactLatticeCanonicalizer(P4M)
    x = torch.randn(5, 3, 4, 4)
    g = canonicalizer(x)
    h = LatticeSymmetry.random(5, P4M)
    assert torch.equal(canonicalizer(h.act_dense(x)).index, (h @ g).index)
    data = named(P4M)["uniform"]
    draws = [canonicalizer(replicate(data, 50), generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(draws[0].index, draws[1].index)
    assert canonicalizer(torch.zeros(0, 4, 4)).num_graphs == 0
    learned = lattice(torch.zeros(4, 4, requires_grad=True), torch.ones(2))
    assert int(canonicalizer.stabilizer_order(learned)) == 128
    assert canonicalizer(learned).num_graphs == 1


def test_repr():
    assert repr(ExactLatticeCanonicalizer(P4M)) == "ExactLatticeCanonicalizer(group=LatticeGroup('p4m', 4x4))"
    assert "inputs={'field': 'dense'}, decimals=3)" in repr(
        ExactLatticeCanonicalizer(P4M, {"field": "dense"}, decimals=3)
    )


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_device():
    for group in (*GROUPS, CUBIC):
        canonicalizer, batch = ExactLatticeCanonicalizer(group), batch_of(*named(group).values())
        noise = canonicalizer.noise(batch)
        expected = canonicalizer(batch, noise=noise)
        found = canonicalizer(batch.to("cuda"), noise={name: x.cuda() for name, x in noise.items()})
        assert found.index.is_cuda
        assert torch.equal(found.index.cpu(), expected.index)
        assert canonicalizer(batch, generator=torch.Generator().manual_seed(0)).index.is_cuda


def test_errors():
    data = named(P4M)["random"]
    with pytest.raises(TypeError, match=r"'ExactLatticeCanonicalizer' expected 'group' .* \(got 'PointGroup'\)"):
        ExactLatticeCanonicalizer(PointGroup.cyclic(4))
    canonicalizer = ExactLatticeCanonicalizer(P4M)
    with pytest.raises(ValueError, match=r"expected the noise 'gumbel' of shape \[1, 8, 4, 4\] \(got \[1, 128\]\)"):
        canonicalizer(data, noise={"gumbel": torch.zeros(1, 128)})
    with pytest.raises(TypeError, match=r"'ExactLatticeCanonicalizer.log_prob' expected 'g' as elements of Latt"):
        canonicalizer.log_prob(data, Data())
    with pytest.raises(ValueError, match=r"expected elements of .*4x4.* \(got .*6x6.*\)"):
        canonicalizer.log_prob(data, LatticeSymmetry.identity(1, LatticeGroup.p4m(6)))
    with pytest.raises(ValueError, match=r"expected elements of"):
        canonicalizer.log_prob(data, FiniteOrthogonal.identity(torch.tensor([0, 16]), PointGroup.dihedral(4)))
