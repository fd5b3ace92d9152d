import itertools
import math

import pytest
import torch

from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.spins import ising_energy
from tests.models.spins.cases import uniform_bonds


def every_state(sizes, dtype):
    states = torch.tensor(list(itertools.product([1.0, -1.0], repeat=math.prod(sizes))), dtype=dtype)
    return states.view(-1, 1, *sizes)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_sums_over_all_states(dtype, tolerance):
    logits, field = torch.randn(2, 3, 3, dtype=dtype), torch.randn(2, 3, 3, dtype=dtype)
    bonds = torch.randn(2, 2, 3, 3, dtype=dtype)
    law, states = SpinDistribution(logits), every_state((3, 3), dtype).expand(-1, 2, 3, 3)
    log_prob = law.log_prob(states)
    prob = log_prob.exp()
    assert log_prob.shape == (512, 2)
    assert (prob.sum(0) - 1).abs().max() < tolerance
    assert ((prob.view(512, 2, 1, 1) * states).sum(0) - law.mean).abs().max() < tolerance
    assert (-(prob * log_prob).sum(0) - law.entropy()).abs().max() < 10 * tolerance
    energy = (prob * ising_energy(states, field, bonds)).sum(0)
    assert (energy - law.expected_energy(field, bonds)).abs().max() < 10 * tolerance
    assert torch.equal(law.log_prob(states[3]), log_prob[3])
    best = prob.argmax(0)
    assert torch.equal(law.mode().to(dtype), states[best, torch.arange(2)])


def test_samples_follow_the_law():
    law = SpinDistribution(torch.tensor([[0.0, 0.5, -1.0], [30.0, -30.0, 0.1]]))
    samples = law.sample(40000, generator=torch.Generator().manual_seed(0))
    assert samples.dtype == torch.int8
    assert samples.shape == (40000, 2, 3)
    assert samples.unique().tolist() == [-1, 1]
    assert (samples.float().mean(0) - law.mean).abs().max() < 4 / 200
    first, second = samples[:, 0, 1].float(), samples[:, 0, 2].float()
    assert abs(float((first * second).mean() - first.mean() * second.mean())) < 4 / 200  # independent


def test_a_generator_decides():
    law = SpinDistribution(torch.randn(2, 4, 4))
    one, two = (law.sample(3, generator=torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, two)


def test_mode_of_undecided_spins_is_a_fair_coin():
    law = SpinDistribution(torch.tensor([[3.0, 0.0, -1e-7, -0.1]]).expand(4000, 4))
    mode = law.mode(generator=torch.Generator().manual_seed(0)).float()
    assert mode[:, 0].unique().tolist() == [1]
    assert mode[:, 3].unique().tolist() == [-1]
    assert mode[:, 1:3].mean(0).abs().max() < 4 / 4000**0.5
    assert law.mode(tolerance=0.0)[:, 2].unique().tolist() == [-1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_certain_spins_stay_finite(dtype):
    logits = torch.tensor([[500.0, -500.0, 0.0]], dtype=dtype, requires_grad=True)
    law = SpinDistribution(logits)
    bonds = uniform_bonds([[1.0]], (3,), dtype)
    values = [law.log_prob(torch.tensor([[-1, -1, 1]])), law.entropy(), law.expected_energy(logits * 0, bonds)]
    assert values[0].item() == pytest.approx(-1000 - math.log(2))
    assert values[1].item() == pytest.approx(math.log(2))
    for value in values:
        (grad,) = torch.autograd.grad(value.sum(), logits, retain_graph=True)
        assert grad.isfinite().all()


def test_gradients():
    logits, field = torch.randn(1, 3, 3, dtype=torch.float64, requires_grad=True), torch.randn(1, 3, 3).double()
    bonds = torch.randn(1, 2, 3, 3).double()
    spins = torch.ones(1, 3, 3)

    def values(logits):
        law = SpinDistribution(logits)
        return law.log_prob(spins), law.entropy(), law.expected_energy(field, bonds)

    assert torch.autograd.gradcheck(values, logits)


def test_errors():
    with pytest.raises(ValueError, match=r"'SpinDistribution' expected 'logits' of shape \[B, \*sizes\] \(got \[3\]\)"):
        SpinDistribution(torch.zeros(3))
    law = SpinDistribution(torch.zeros(2, 4, 4))
    with pytest.raises(ValueError, match=r"'SpinDistribution.log_prob' expected 'spins' of shape \[…, 2, 4, 4\]"):
        law.log_prob(torch.ones(3, 4, 4))
    with pytest.raises(ValueError, match=r"'ising_energy' expected"):
        law.expected_energy(torch.zeros(2, 4, 4), torch.zeros(2, 4, 4))
