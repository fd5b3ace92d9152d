import copy

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.models.spins.model import METHODS, SpinModel
from pyg_symbreak.testing import assert_equivariant_in_law
from tests.models.spins.cases import random_batch, uniform_batch

P4M = LatticeGroup.p4m(4, spin_flip=True)
SMALL = {"width": 3, "num_layers": 1}


def shaken(model):
    """All parameters away from their special starts, in double precision."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model.double()


def every(group, count):
    for number in range(len(group)):
        yield LatticeSymmetry(torch.full((count,), number), group)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("group", [LatticeGroup.p4m(3, spin_flip=True), LatticeGroup.p2mm(3, 4)], ids=repr)
def test_exactly_equivariant_given_the_draw(method, group):
    model, batch = shaken(SpinModel(method, group, **SMALL)), random_batch(2, group.sizes)
    noise = torch.randn(2, model.noise_channels, *group.sizes).double() if method == "noise" else None
    g = model.draw(batch)
    assert (g is None) == (method in ("none", "noise"))
    plain = model(batch, g, noise=noise).logits
    assert plain.std() > 1e-3
    for h in every(group, 2):
        moved_noise = None if noise is None else h.act_spins(noise)
        moved = model(h.act_data(batch), None if g is None else h @ g, noise=moved_noise).logits
        assert (moved - h.act_spins(plain)).abs().max() < 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_equivariant_in_law(method):
    group = LatticeGroup.p4m(3, spin_flip=True)
    model, batch = shaken(SpinModel(method, group, **SMALL)), uniform_batch([[1.0, -2.0]], 0.0, (3, 3))
    assert_equivariant_in_law(
        lambda data: model.sample(data, generator=None)[0].long(),
        batch.get_example(0),
        sample=lambda _, generator: LatticeSymmetry.random(1, group, generator),
        output=lambda g, out: g.act_spins(out),
        num_draws=500,
        num_samples=4,
    )


def test_the_check_in_law_sees_a_fixed_draw():
    group = LatticeGroup.p4m(3, spin_flip=True)
    model, batch = shaken(SpinModel("sympe-exact", group, **SMALL)), uniform_batch([[1.0, -2.0]], 0.0, (3, 3))
    with pytest.raises(AssertionError, match="not equivariant in law"):
        assert_equivariant_in_law(
            lambda data: model(data, LatticeSymmetry.identity(data.num_graphs, group)).mode().long(),
            batch.get_example(0),
            sample=lambda _, generator: LatticeSymmetry.random(1, group, generator),
            output=lambda g, out: g.act_spins(out),
            num_draws=300,
            num_samples=4,
        )


COUPLINGS = [[1.0, 2.0], [-1.0, -1.0], [1.0, -2.0], [-2.0, 1.0], [-1.0, 0.0]]


def test_without_symmetry_breaking_all_phases_are_disordered():
    model = shaken(SpinModel("none", P4M, **SMALL))
    mean = model(uniform_batch(COUPLINGS, 0.0)).mean
    assert mean.abs().max() < 1e-12  # no field: reversing all spins changes nothing
    in_field = model(uniform_batch(COUPLINGS, 0.7)).mean
    assert (in_field - in_field[:, :1, :1]).abs().max() < 1e-12  # the same at all sites
    assert in_field.abs().max() > 1e-3
    parity = torch.tensor([1.0, -1.0]).double().repeat(2)
    for order in (parity.expand(4, 4), parity.view(4, 1).expand(4, 4), parity * parity.view(4, 1)):
        assert (in_field * order).sum((1, 2)).abs().max() < 1e-12


@pytest.mark.parametrize("method", ["noise", "uniform", "sympe-exact", "sympe-energy"])
def test_symmetry_breaking_orders(method):
    mean = SpinModel(method, P4M, **SMALL)(uniform_batch(COUPLINGS, 0.0, dtype=torch.float32)).mean
    assert (mean.flatten(1).std(1) > 1e-4).all()


def no_lattices():
    ptr, batch = torch.zeros(1, dtype=torch.long), torch.zeros(0, dtype=torch.long)
    return Batch(field=torch.zeros(0, 4, 4), bonds=torch.zeros(0, 2, 4, 4), ptr=ptr, batch=batch)


@pytest.mark.parametrize("method", METHODS)
def test_samples(method):
    model = SpinModel(method, P4M, **SMALL)
    batch = uniform_batch(COUPLINGS, 0.5, dtype=torch.float32)
    samples = model.sample(batch, 7, generator=torch.Generator().manual_seed(0))
    assert samples.shape == (7, 5, 4, 4)
    assert samples.dtype == torch.int8
    assert samples.unique().tolist() == [-1, 1]
    assert torch.equal(samples, model.sample(batch, 7, generator=torch.Generator().manual_seed(0)))
    assert model.sample(batch, 0).shape == (0, 5, 4, 4)
    assert model(no_lattices()).logits.shape == (0, 4, 4)


def test_uniform_draws_are_those_of_the_group():
    model, batch = SpinModel("uniform", P4M, **SMALL), random_batch(50, dtype=torch.float32)
    drawn = model.draw(batch, generator=torch.Generator().manual_seed(3))
    assert torch.equal(drawn.index, LatticeSymmetry.random(50, P4M, torch.Generator().manual_seed(3)).index)


def test_many_samples_come_in_parts(monkeypatch):
    monkeypatch.setattr("pyg_symbreak.models.spins.model.SITES_AT_ONCE", 2 * 5 * 16)
    samples = SpinModel("uniform", P4M, **SMALL).sample(uniform_batch(COUPLINGS, 0.5, dtype=torch.float32), 5)
    assert samples.shape == (5, 5, 4, 4)
    assert torch.unique(samples.flatten(1), dim=0).size(0) == 5  # each with a draw of its own


def test_gradients_reach_all_parameters():
    for method in METHODS:
        model = SpinModel(method, P4M, **SMALL)
        batch = uniform_batch(COUPLINGS, 0.5, dtype=torch.float32)
        model(batch).expected_energy(batch.field, batch.bonds).mean().backward()
        grads = {name: parameter.grad for name, parameter in model.named_parameters()}
        assert all(grad is not None and grad.isfinite().all() for grad in grads.values()), method
        assert all(grad.abs().max() > 0 for name, grad in grads.items() if not name.endswith("bias")), method


def test_other_sizes_without_a_learned_field():
    model = SpinModel("noise", P4M, **SMALL)
    batch = uniform_batch([[1.0, -1.0]], 0.0, (6, 6), torch.float32)
    assert model(batch).logits.shape == (1, 6, 6)
    assert model.symmetries(batch) == LatticeGroup.p4m(6, spin_flip=True)


def test_three_dimensions():
    model = SpinModel("sympe-exact", LatticeGroup.cubic(3), width=2, num_layers=1)
    assert model(uniform_batch([[1.0, -1.0, 2.0]], 0.5, (3, 3, 3), torch.float32)).logits.shape == (1, 3, 3, 3)


def test_noise_beside_a_learned_field():
    model, batch = SpinModel("sympe-exact", P4M, noise_channels=1, **SMALL), random_batch(1, dtype=torch.float32)
    assert not torch.equal(model(batch).logits, model(batch).logits)  # nothing but the noise is random here
    noise = torch.randn(1, 1, 4, 4)
    assert torch.equal(model(batch, noise=noise).logits, model(batch, noise=noise).logits)


def test_reset_parameters_and_copies():
    for method in METHODS:
        model, batch = SpinModel(method, P4M, **SMALL), random_batch(1, dtype=torch.float32)
        noise, g = torch.zeros(1, model.noise_channels, 4, 4), model.draw(batch)
        before = model(batch, g, noise=noise).logits
        assert torch.equal(copy.deepcopy(model)(batch, g, noise=noise).logits, before)
        model.reset_parameters()
        assert not torch.equal(model(batch, g, noise=noise).logits, before)
    assert "method='sympe-energy', group=LatticeGroup(\"p4m1'\", 4x4)" in repr(SpinModel("sympe-energy", P4M))


def test_white_noise_start():
    field = SpinModel("uniform", LatticeGroup.p4m(8), cell=None).sympe.weight
    assert (field - field.roll(2, 1)).abs().mean() > 0.8
    start = SpinModel("uniform", LatticeGroup.p4m(8)).sympe.weight
    assert (start - start.roll(2, 1)).abs().mean() < 0.3


def test_errors():
    with pytest.raises(ValueError, match=r"'SpinModel' expected 'method' to be one of none, noise.* \(got 'exact'\)"):
        SpinModel("exact", P4M)
    with pytest.raises(TypeError, match=r"'SpinModel' expected 'group' as a 'LatticeGroup' \(got 'str'\)"):
        SpinModel("none", "p4m")
    for method, channels in (("none", 1), ("noise", 0), ("uniform", -1)):
        with pytest.raises(ValueError, match=rf"'SpinModel' expected 'noise_channels' .*\(got {channels} for"):
            SpinModel(method, P4M, noise_channels=channels)
    model, batch = SpinModel("sympe-exact", P4M), random_batch(2, dtype=torch.float32)
    with pytest.raises(ValueError, match=r"of the size of its learned field, 4x4 \(got 6x6\)"):
        model(random_batch(1, (6, 6), torch.float32))
    with pytest.raises(ValueError, match="axes of equal size"):
        SpinModel("none", P4M)(random_batch(1, (4, 6), torch.float32))
    with pytest.raises(ValueError, match=r"expected 'noise' of shape \[2, 4, 4, 4\] \(got \[2, 1, 4, 4\]\)"):
        SpinModel("noise", P4M)(batch, noise=torch.zeros(2, 1, 4, 4))
    with pytest.raises(ValueError, match=r"expected a batch with 'field' and 'bonds' \(got none as 'bonds'\)"):
        model(Batch(field=batch.field, ptr=batch.ptr, batch=batch.batch))
    batch.periodic = torch.tensor([True, False])
    with pytest.raises(ValueError, match=r"'SpinModel' expected periodic boundaries \(got open ones\)"):
        model(batch)
    for one in (False, torch.tensor(False)):
        batch.periodic = one
        with pytest.raises(ValueError, match=r"'SpinModel' expected periodic boundaries \(got open ones\)"):
            model(batch)
    batch.periodic = True
    assert model(batch).logits.shape == (2, 4, 4)
    batch.bonds = batch.bonds[:, :1]
    with pytest.raises(ValueError, match="'SpinModel' expected 'bonds' of shape"):
        model(batch)
