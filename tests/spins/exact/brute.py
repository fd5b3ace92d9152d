"""All states of small lattices."""

import itertools

import torch

from pyg_symbreak.spins import cut_boundary, ising_energy


def all_states(sizes):
    """Every state, int8 [2^n, *sizes]; states and their reverses stand opposite each other."""
    n = torch.Size(sizes).numel()
    bits = torch.arange(2**n).unsqueeze(1) >> torch.arange(n) & 1
    return (1 - 2 * bits).to(torch.int8).view(-1, *sizes)


def brute_force(field, bonds, tolerance=1e-9):
    """The least energy and all states that have it."""
    states = all_states(tuple(field.shape))
    energies = ising_energy(states.unsqueeze(1), field.unsqueeze(0).double(), bonds.unsqueeze(0).double()).squeeze(1)
    least = energies.min()
    return float(least), states[energies <= least + tolerance]


def state_set(spins):
    return {tuple(state) for state in spins.flatten(1).tolist()}


def random_lattice(seed, sizes, law="pm", strength=0.0, periodic=True, dtype=torch.float64):
    """A random field [*sizes] and random bonds [d, *sizes]."""
    rng = torch.Generator().manual_seed(seed)
    shape = (1, len(sizes), *sizes)
    if law == "pm":
        bonds = 1.0 - 2 * torch.randint(2, shape, generator=rng).to(dtype)
    elif law == "gaussian":
        bonds = torch.randn(shape, generator=rng, dtype=dtype)
    else:
        bonds = torch.ones(shape, dtype=dtype)
    field = strength * torch.randn(sizes, generator=rng, dtype=dtype)
    return field, (bonds if periodic else cut_boundary(bonds))[0]


def gauged(seed, field, bonds):
    """The same lattice in other signs: energies are those of the states times the gauge."""
    rng = torch.Generator().manual_seed(seed)
    gauge = 1 - 2 * torch.randint(2, field.shape, generator=rng).to(bonds.dtype)
    moved = torch.stack([bonds[a] * gauge * gauge.roll(-1, -(a + 1)) for a in range(bonds.size(0))])
    return field * gauge, moved, gauge


CASES = list(itertools.product([(3, 3), (3, 4)], [True, False]))
