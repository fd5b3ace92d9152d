import pytest
import torch

from pyg_symbreak.models.spins import SpinDistribution
from pyg_symbreak.models.spins.batches import batch_lattices, sample_copies
from pyg_symbreak.spins import cut_boundary
from tests.models.spins.cases import random_batch


def test_lattices_of_a_batch():
    batch = random_batch(3)
    field, bonds = batch_lattices(batch, "Model")
    assert torch.equal(field, batch.field)
    assert torch.equal(bonds, batch.bonds)
    batch.bonds, batch.periodic = cut_boundary(batch.bonds), torch.tensor([True, False, False])
    with pytest.raises(ValueError, match=r"'Model' expected periodic boundaries \(got open ones\)"):
        batch_lattices(batch, "Model")
    with pytest.raises(ValueError, match=r"'Model' expected periodic boundaries \(got 1 of 3 lattices"):
        batch_lattices(batch, "Model", open_too=True)
    for closed in (False, torch.tensor(False), torch.tensor([False] * 3)):
        batch.periodic = closed
        assert batch_lattices(batch, "Model", open_too=True)[0] is batch.field


@pytest.mark.parametrize("at_once", [1, 96, 100, 10_000])
def test_copies_come_in_parts_and_in_order(at_once):
    batch, sizes = random_batch(3), []
    batch.field = torch.tensor([30.0, -30.0, 30.0]).view(3, 1, 1).expand(3, 4, 4)

    def predict(copies):
        sizes.append(copies.field.size(0) // 3)
        return SpinDistribution(copies.field)

    samples = sample_copies(predict, batch, 5, at_once)
    assert torch.equal(samples, batch.field.sign().to(torch.int8).expand(5, 3, 4, 4))
    assert sizes == {1: [1] * 5, 96: [2, 2, 1], 100: [2, 2, 1], 10_000: [5]}[at_once]
    assert sample_copies(predict, batch, 0, at_once).shape == (0, 3, 4, 4)
