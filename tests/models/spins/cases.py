"""Small lattices with all of their ground states, by brute force."""

import itertools

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.spins import ising_energy


def uniform_bonds(couplings, sizes, dtype=torch.float64):
    """Bonds ``[B, d, *sizes]`` of couplings ``[B, d]`` that are the same everywhere."""
    couplings = torch.as_tensor(couplings, dtype=dtype)
    return couplings.view(*couplings.shape, *[1] * len(sizes)).expand(*couplings.shape, *sizes).contiguous()


def lattice(field, bonds):
    """One lattice as a data set has it, from a field ``[*sizes]`` and bonds ``[d, *sizes]``."""
    periodic = torch.tensor([True])
    return Data(field=field.unsqueeze(0), bonds=bonds.unsqueeze(0), periodic=periodic, num_nodes=field.numel())


def uniform_batch(couplings, h, sizes=(4, 4), dtype=torch.float64):
    """A batch of lattices of uniform couplings ``[B, d]`` in one field ``h``."""
    bonds = uniform_bonds(couplings, sizes, dtype)
    return Batch.from_data_list([lattice(torch.full(sizes, h, dtype=dtype), each) for each in bonds])


def random_batch(count, sizes=(4, 4), dtype=torch.float64, seed=0):
    """A batch of lattices without any symmetry."""
    generator = torch.Generator().manual_seed(seed)
    field = torch.randn(count, *sizes, dtype=dtype, generator=generator)
    bonds = torch.randn(count, len(sizes), *sizes, dtype=dtype, generator=generator)
    return Batch.from_data_list([lattice(f, b) for f, b in zip(field, bonds)])


def ground_states(field, bonds):
    """All ground states of one lattice of up to 16 sites, ``[M, *sizes]``."""
    every = torch.tensor(list(itertools.product([1.0, -1.0], repeat=field.numel())), dtype=field.dtype)
    every = every.view(-1, 1, *field.shape)
    energy = ising_energy(every, field.unsqueeze(0), bonds.unsqueeze(0)).squeeze(1)
    return every[energy <= energy.min() + 1e-9, 0].to(torch.int8)
