import math

import pytest
import torch

from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.models.spins.free_energy import free_energy
from tests.models.spins.cases import random_batch, uniform_batch


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_energy_and_entropy_by_definition(dtype):
    batch = random_batch(3, (3, 4), dtype)
    law = SpinDistribution(torch.randn(3, 3, 4, dtype=dtype))
    scale = batch.field.abs().sum((1, 2)) + batch.bonds.abs().sum((1, 2, 3))
    want = law.expected_energy(batch.field, batch.bonds) / scale
    assert torch.allclose(free_energy(law, batch.field, batch.bonds), want)
    assert torch.allclose(free_energy(law, batch.field, batch.bonds, 0.7), want - 0.7 * law.entropy() / 12)


@pytest.mark.parametrize("sizes", [(5,), (4, 4), (3, 4, 3)])
def test_independent_spins_order_at_two(sizes):
    couplings = [[1.0] * len(sizes), [0.2, 3.0, 1.0][: len(sizes)]]
    batch = uniform_batch(couplings, 0.0, sizes)
    for temperature, orders in ((2.02, False), (1.98, True)):
        order = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
        values = [
            free_energy(
                SpinDistribution(torch.full_like(batch.field, float(m.atanh()))), batch.field, batch.bonds, temperature
            )
            for m in order
        ]
        symmetric = -temperature * math.log(2)
        assert bool((torch.stack(values).amin(0) < symmetric - 1e-9).all()) == orders


def test_no_couplings_and_no_field():
    law = SpinDistribution(torch.ones(1, 4, 4, requires_grad=True))
    value = free_energy(law, torch.zeros(1, 4, 4), torch.zeros(1, 2, 4, 4), 1.0)
    assert torch.allclose(value, -law.entropy() / 16)
    value.sum().backward()
    assert law.logits.grad.isfinite().all()
