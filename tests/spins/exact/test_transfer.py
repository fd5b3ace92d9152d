import math

import pytest
import torch

from pyg_symbreak.spins import cut_boundary, exhaustive_ground_states, ising_energy, transfer_ground_states
from pyg_symbreak.spins.exact import transfer
from pyg_symbreak.testing import chi_square_uniform

SIZES = [(5,), (3, 3), (3, 4), (4, 3), (4, 4), (3, 5)]
KINDS = ["gaussian", "double", "signs", "diluted"]


def lattice(sizes, kind, seed=0):
    rng = torch.Generator().manual_seed(seed)
    d = len(sizes)
    if kind in ("gaussian", "double"):
        dtype = torch.float32 if kind == "gaussian" else torch.float64
        return (torch.randn(*shape, generator=rng, dtype=dtype) for shape in (sizes, (d, *sizes)))
    if kind == "signs":
        return torch.zeros(sizes), torch.randint(2, (d, *sizes), generator=rng) * 2.0 - 1
    return (torch.randint(-1, 2, shape, generator=rng).float() for shape in (sizes, (d, *sizes)))


def as_set(states):
    return {tuple(state) for state in states.flatten(1).tolist()}


def check_against_trial(field, bonds, periodic=True):
    found, want = (f(field, bonds, periodic) for f in (transfer_ground_states, exhaustive_ground_states))
    assert found.energy == pytest.approx(want.energy, rel=1e-12)
    assert found.bound == pytest.approx(want.energy, rel=1e-12)
    assert found.count == want.count
    assert len(found.all()) == want.count
    assert as_set(found.all()) == as_set(want.all())
    assert as_set(found.sample(20)) <= as_set(want.all())


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_finds_what_trial_finds(sizes, kind):
    for seed in range(3):
        field, bonds = lattice(sizes, kind, seed)
        check_against_trial(field, bonds)
        check_against_trial(field, cut_boundary(bonds[None])[0], periodic=False)


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_competing_couplings(scale):
    # A tenth is no binary number, but ties must be found all the same.
    for x, y, h in [(-1, -1, 0), (-1, -1, 1), (-1, -1, 4), (-2, -1, 6), (-1, 1, 2), (0, 0, 0), (0, -1, 2)]:
        field = torch.full((3, 4), scale * h, dtype=torch.float64)
        bonds = torch.stack([torch.full_like(field, scale * J) for J in (x, y)])
        check_against_trial(field, bonds)


def test_three_dimensions():
    field, bonds = torch.zeros(3, 3, 3), torch.ones(3, 3, 3, 3)
    states = transfer_ground_states(field, bonds)
    assert (states.energy, states.count) == (-81.0, 2)
    # A gauge transformation changes neither the energy nor the number of ground states.
    signs = torch.randint(2, (3, 3, 3)) * 2.0 - 1
    turned = torch.stack([bonds[a] * signs * signs.roll(-1, -(a + 1)) for a in range(3)])
    states = transfer_ground_states(field, turned)
    assert (states.energy, states.bound, states.count) == (-81.0, -81.0, 2)
    assert as_set(states.all()) == as_set(torch.stack([signs, -signs]))


@pytest.mark.parametrize(("sizes", "periodic", "seed"), [((3, 4), True, 20), ((4, 3), False, 16)])
def test_draws_are_uniform(sizes, periodic, seed):
    field, bonds = lattice(sizes, "signs", seed)
    if not periodic:
        bonds = cut_boundary(bonds[None])[0]
    states = transfer_ground_states(field, bonds, periodic)
    every = states.all()
    assert 16 <= states.count <= 200
    drawn = states.sample(100 * states.count, torch.Generator().manual_seed(0))
    code = 2 ** torch.arange(12)
    names, counts = ((drawn.flatten(1) > 0) * code).sum(1).unique(return_counts=True)
    assert torch.equal(names, ((every.flatten(1) > 0) * code).sum(1).sort().values)
    assert chi_square_uniform(counts) > 1e-4


def test_tables_in_small_chunks(monkeypatch):
    field, bonds = lattice((4, 4), "signs", seed=5)
    want = transfer_ground_states(field, bonds)
    monkeypatch.setattr(transfer, "_CHUNK", 1)
    monkeypatch.setattr(transfer, "_STARTS", 1)
    monkeypatch.setattr(transfer, "_KEPT", 1)
    found = transfer_ground_states(field, bonds)
    assert (found.energy, found.count) == (want.energy, want.count)
    assert as_set(found.all()) == as_set(want.all())
    assert as_set(found.sample(10)) <= as_set(want.all())


@pytest.mark.parametrize(("sizes", "sites"), [((8, 8), 64), ((6, 30), 180)])
def test_large_numbers_are_counted_exactly(sizes, sites):
    states = transfer_ground_states(torch.zeros(sizes), torch.zeros(2, *sizes))
    assert states.count == 2**sites
    drawn = states.sample(200, torch.Generator().manual_seed(0)).float()
    assert drawn.mean().abs() < 4 / math.sqrt(200 * sites)
    # The chain of 60 sites whose spins leave the field at the boundary of two phases: a Lucas number.
    ring = transfer_ground_states(torch.full((90,), 2.0), -torch.ones(1, 90))
    a, b = 2, 1
    for _ in range(90):
        a, b = b, a + b
    assert ring.count == a > 2**53


def test_known_values():
    # Fully frustrated (every plaquette has one negative bond): one bond in four is broken.
    bonds = torch.ones(2, 6, 6)
    bonds[0, ::2] = -1
    states = transfer_ground_states(torch.zeros(6, 6), bonds)
    assert states.energy == -36
    # Two ground states of the ferromagnet on a lattice far longer than wide.
    states = transfer_ground_states(torch.zeros(4, 100), torch.ones(2, 4, 100))
    assert (states.energy, states.count) == (-800.0, 2)


def test_energies_are_equal_on_larger_lattices():
    field, bonds = lattice((6, 7), "signs", seed=1)
    states = transfer_ground_states(field, bonds)
    drawn = states.sample(200)
    assert (ising_energy(drawn[:, None], field[None], bonds[None]) == states.energy).all()
    assert len(as_set(states.all(limit=10**6))) == states.count
    # No single spin, pair of neighbours or random start improves on it.
    others = (torch.randint(2, (2000, 6, 7)) * 2 - 1).float()
    assert ising_energy(others[:, None], field[None], bonds[None]).min() > states.bound


def test_errors():
    with pytest.raises(ValueError, match=r"at most 16777216 entries \(got sizes \(13, 13\), which need 2\^26\)"):
        transfer_ground_states(torch.zeros(13, 13), torch.ones(2, 13, 13))
    with pytest.raises(
        ValueError, match=r"expected a lattice whose tables fit into 2 GiB \(got sizes \(20, 20\), which"
    ):
        transfer_ground_states(torch.zeros(20, 20), cut_boundary(torch.ones(1, 2, 20, 20))[0], periodic=False)
    with pytest.raises(ValueError, match=r"expected fewer than 2\^1024 ground states \(got sizes \(3, 400\)\)"):
        transfer_ground_states(torch.zeros(3, 400), torch.zeros(2, 3, 400))
    boundary = torch.full((3, 3000), 4.0), -torch.ones(2, 3, 3000)  # of two phases: some of the ways are cut off
    with pytest.raises(ValueError, match=r"expected fewer than 2\^1024 ground states \(got sizes \(3, 3000\)\)"):
        transfer_ground_states(*boundary)
    with pytest.raises(ValueError, match="'transfer_ground_states' expected an open lattice"):
        transfer_ground_states(torch.zeros(4, 4), torch.ones(2, 4, 4), periodic=False)
    with pytest.raises(ValueError, match="'transfer_ground_states' expected 'bonds' of shape"):
        transfer_ground_states(torch.zeros(4, 4), torch.ones(3, 4, 4))
