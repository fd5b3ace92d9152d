import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import RandomBondIsing
from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.models.spins.free_energy import free_energy
from pyg_symbreak.models.spins.likelihood import marginal_log_likelihood
from pyg_symbreak.models.spins.recurrent import RecurrentSpinModel
from pyg_symbreak.spins import cut_boundary
from tests.models.spins.cases import random_batch


@pytest.mark.parametrize(
    "group", [LatticeGroup.p4m(3, spin_flip=True), LatticeGroup.p2mm(3, 4, spin_flip=True)], ids=repr
)
def test_exactly_equivariant_given_the_noise(group):
    model, batch = RecurrentSpinModel(3, 5, 4).double(), random_batch(2, group.sizes)
    noise = torch.randn(2, *group.sizes, 3).double()
    plain = model(batch, noise=noise).logits
    assert plain.std() > 1e-3
    for number in range(len(group)):
        h = LatticeSymmetry(torch.full((2,), number), group)
        moved_noise = h.act_spins(noise.movedim(-1, 1)).movedim(1, -1)
        moved = model(h.act_data(batch), noise=moved_noise).logits
        assert (moved - h.act_spins(plain)).abs().max() < 1e-10


def test_a_cube():
    group = LatticeGroup.cubic(3, spin_flip=True)
    model, batch = RecurrentSpinModel(2, 4, 3).double(), random_batch(1, group.sizes)
    noise = torch.randn(1, *group.sizes, 2).double()
    plain = model(batch, noise=noise).logits
    for _ in range(20):
        h = LatticeSymmetry.random(1, group)
        moved = model(h.act_data(batch), noise=h.act_spins(noise.movedim(-1, 1)).movedim(1, -1)).logits
        assert (moved - h.act_spins(plain)).abs().max() < 1e-10
    assert model.symmetries(batch) == group


def test_the_boundary_of_an_open_lattice_is_not_crossed():
    batch = random_batch(1, (4, 5))
    batch.bonds, batch.periodic = cut_boundary(batch.bonds), torch.tensor([False])
    model = RecurrentSpinModel(3, 5, 2).double()
    noise = torch.randn(1, 4, 5, 3).double()
    noise.requires_grad_(True)
    model(batch, noise=noise).logits[0, 0, 0].backward()
    reached = noise.grad[0].abs().sum(-1) > 0
    near = torch.tensor([[abs(i) + abs(j) <= 2 for j in range(5)] for i in range(4)])
    assert torch.equal(reached, near)


def test_a_few_steps_lower_the_energy():
    torch.manual_seed(0)
    batch = Batch.from_data_list(list(RandomBondIsing(split="train", size=4, num_graphs=64, exact=False)))
    model = RecurrentSpinModel(8, 16, 8)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(40):
        loss = free_energy(model(batch), batch.field, batch.bonds).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < -0.55  # ground states have about -0.7


def test_samples_and_seeds():
    model, batch = RecurrentSpinModel(2, 3, 2).double(), random_batch(3)
    draws = [model.sample(batch, 4, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert draws[0].shape == (4, 3, 4, 4)
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert model.sample(batch, 0).shape == (0, 3, 4, 4)
    assert marginal_log_likelihood(model, batch, draws[0][0]).shape == (3,)


def test_reset():
    model = RecurrentSpinModel(2, 3, 2)
    before = model.start.clone()
    model.reset_parameters()
    assert not torch.equal(before, model.start)
    assert torch.equal(model.step, torch.ones(2))


@pytest.mark.parametrize("name", ["width", "hidden", "num_rounds"])
def test_bad_options(name):
    with pytest.raises(ValueError, match=rf"'RecurrentSpinModel' expected '{name}' to be at least 1 \(got 0\)"):
        RecurrentSpinModel(**{name: 0})


def test_bad_lattices():
    batch = random_batch(2)
    batch.bonds = batch.bonds[:, :1]
    with pytest.raises(ValueError, match="'RecurrentSpinModel' expected 'bonds' of shape"):
        RecurrentSpinModel()(batch)
    batch = random_batch(2)
    with pytest.raises(ValueError, match=r"expected 'noise' of shape \[2, 4, 4, 2\] \(got \[2, 4, 4, 3\]\)"):
        RecurrentSpinModel(2).double()(batch, noise=torch.zeros(2, 4, 4, 3).double())
    with pytest.raises(ValueError, match=r"'RecurrentSpinModel' expected a batch .* \(got none as 'bonds'\)"):
        RecurrentSpinModel()(Batch(field=batch.field, ptr=batch.ptr, batch=batch.batch))
    batch.periodic = False
    with pytest.raises(ValueError, match="'RecurrentSpinModel' expected an open lattice to have no bonds across"):
        RecurrentSpinModel()(batch)
