import itertools
import math

import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.groups.copies import repeat_data
from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.models.spins.likelihood import (
    marginal_log_likelihood,
    spin_correlation,
    stabilizer_log_likelihood,
)
from pyg_symbreak.models.spins.model import SpinModel
from tests.models.spins.cases import uniform_batch

GROUPS = [
    LatticeGroup.p4m(3, spin_flip=True),
    LatticeGroup.p4m(4),
    LatticeGroup.p2mm(3, 4, spin_flip=True),
    LatticeGroup.p1(5),
    LatticeGroup.cubic(3),
]


def moved(values, group):
    """Every element applied to spins ``[B, *sizes]`` site by site, ``[B, |G|, n]``, from the definition."""
    coordinates = group.coordinates()
    flat, out = values.flatten(1), []
    for part in range(group.num_parts):
        for shift in coordinates:
            target = group.site_number(coordinates @ group.matrices[part].t() + shift)
            out.append(torch.empty_like(flat).index_copy(1, target, flat) * group.signs[part])
    return torch.stack(out, 1)


@pytest.mark.parametrize("group", GROUPS, ids=repr)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-12)])
def test_correlation_is_the_overlap_with_every_moved_copy(group, dtype, tolerance):
    spins = torch.randint(0, 2, (2, *group.sizes)) * 2 - 1
    logits = torch.randn(2, *group.sizes, dtype=dtype)
    want = (moved(logits, group) * spins.flatten(1).unsqueeze(1)).sum(2)
    got = spin_correlation(spins, logits, group)
    assert got.dtype == dtype
    assert got.shape == (2, len(group))
    assert (got - want).abs().max() < tolerance


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_likelihood_is_the_mean_over_the_stabilizer(group):
    generator = torch.Generator().manual_seed(0)
    spins = torch.randint(0, 2, (3, *group.sizes), generator=generator) * 2 - 1
    logits = torch.randn(3, *group.sizes, dtype=torch.float64, generator=generator, requires_grad=True)
    stabilizer = torch.rand(3, len(group), generator=generator) < 0.4
    stabilizer[:, 0] = True
    stabilizer[2, 1:] = False  # only the identity
    got = stabilizer_log_likelihood(SpinDistribution(logits), spins, group, stabilizer)
    copies = moved(logits, group).transpose(0, 1).reshape(len(group), 3, *group.sizes)
    each = torch.stack([SpinDistribution(copy).log_prob(spins) for copy in copies], 1).exp()
    want = ((each * stabilizer).sum(1) / stabilizer.sum(1)).log()
    assert (got - want).abs().max() < 1e-10
    assert (got[2] - SpinDistribution(logits).log_prob(spins)[2]).abs() < 1e-10
    first, second = (torch.autograd.grad(value.sum(), logits)[0] for value in (got, want))
    assert first.abs().max() > 0.1
    assert (first - second).abs().max() < 1e-10


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_certain_logits_stay_finite(dtype):
    group = LatticeGroup.p1(4, 4, spin_flip=True)
    neel = torch.tensor([[1.0, -1.0], [-1.0, 1.0]], dtype=dtype).repeat(2, 2).unsqueeze(0)
    logits = (100 * neel).requires_grad_()
    alike = torch.ones(1, len(group), dtype=torch.bool)
    value = stabilizer_log_likelihood(SpinDistribution(logits), -neel, group, alike)
    assert value.item() == pytest.approx(-math.log(2), abs=1e-3)  # two ground states, each from half of the elements
    value.sum().backward()
    assert logits.grad.isfinite().all()


def test_errors():
    group, law = LatticeGroup.p1(3, 3), SpinDistribution(torch.zeros(2, 3, 3))
    spins, mask = torch.ones(2, 3, 3), torch.ones(2, 9, dtype=torch.bool)
    with pytest.raises(ValueError, match=r"'spin_correlation' expected 'spins' and 'logits' of shape \[B, 3, 3\]"):
        spin_correlation(torch.ones(2, 4, 4), torch.ones(2, 4, 4), group)
    with pytest.raises(ValueError, match=r"'stabilizer_log_likelihood' expected 'stabilizer' of shape \[2, 9\]"):
        stabilizer_log_likelihood(law, spins, group, mask[:, :8])
    with pytest.raises(ValueError, match=r"and dtype bool \(got \[2, 9\] and torch.float32\)"):
        stabilizer_log_likelihood(law, spins, group, mask.float())
    mask[1, 0] = False
    with pytest.raises(ValueError, match="expected the identity in every stabiliser"):
        stabilizer_log_likelihood(law, spins, group, mask)


@pytest.mark.parametrize("couplings", [[1.0, -2.0], [-1.0, -1.0]])
def test_marginal_likelihood_is_the_mean_over_all_draws(couplings):
    group = LatticeGroup.p4m(3, spin_flip=True)
    model = SpinModel("sympe-exact", group, width=3, num_layers=1).double()
    batch = uniform_batch([couplings], 0.0, (3, 3))
    spins = torch.randint(0, 2, (1, 3, 3)) * 2 - 1
    one, two = (marginal_log_likelihood(model, batch, spins) for _ in range(2))  # whatever was drawn
    every = LatticeSymmetry.all(1, group)
    kernel = model.canonicalizer.log_prob(repeat_data(batch, len(group)), every)
    each = model(repeat_data(batch, len(group)), every).log_prob(spins.expand(len(group), 3, 3))
    want = (kernel + each).logsumexp(0)
    assert (one - want).abs().max() < 1e-10
    assert (two - want).abs().max() < 1e-10
    parameters = list(model.parameters())
    gradients = zip(torch.autograd.grad(one.sum(), parameters), torch.autograd.grad(want, parameters))
    assert all((first - second).abs().max() < 1e-10 for first, second in gradients)


@torch.no_grad()
@pytest.mark.parametrize("method", ["noise", "uniform"])
def test_marginal_likelihood_is_a_bound_for_wider_draws(method):
    group = LatticeGroup.p4m(3, spin_flip=True)
    model = SpinModel(method, group, width=3, num_layers=1).double()
    batch, spins = uniform_batch([[1.0, -2.0]], 0.0, (3, 3)), torch.ones(400, 3, 3)
    many = repeat_data(batch, 400)
    bounds = marginal_log_likelihood(model, many, spins)
    every = torch.stack([model(many).log_prob(spins) for _ in range(20)]).exp()
    slack = 4 * float(every.std()) / every.numel() ** 0.5
    assert bounds.mean() < (every.mean() + slack).log()
    assert abs(bounds.exp().mean() - every.mean()) < slack + 4 * float(bounds.exp().std()) / 20  # in the mean, exact


def test_probabilities_sum_to_one():
    group = LatticeGroup.p2mm(3, 3)
    model = SpinModel("sympe-exact", group, width=3, num_layers=1).double()
    states = torch.tensor(list(itertools.product([1, -1], repeat=9))).view(-1, 3, 3)
    batch = repeat_data(uniform_batch([[1.0, -2.0]], 0.3, (3, 3)), 512)
    assert abs(marginal_log_likelihood(model, batch, states).exp().sum() - 1) < 1e-10
