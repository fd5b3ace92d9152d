"""Lattices and networks for the tests of draws on them."""

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry

P4, P4M, P2MM = LatticeGroup.p4(4), LatticeGroup.p4m(4), LatticeGroup.p2mm(3, 5)
GREY, CUBIC = LatticeGroup.p4m(4, spin_flip=True), LatticeGroup.cubic(3)
GROUPS = [P4, P4M, P2MM, GREY, LatticeGroup.p2mm(3, 5, spin_flip=True), LatticeGroup.p1(5)]


def lattice(field, bonds):
    """One lattice; bonds come as one number for each direction, or in full."""
    if bonds.dim() == 1:
        bonds = bonds.view(-1, *[1] * field.dim()).expand(-1, *field.shape)
    return Data(
        field=field.unsqueeze(0), bonds=bonds.unsqueeze(0), num_nodes=field.numel(), periodic=torch.tensor([True])
    )


def batch_of(*lattices):
    return Batch.from_data_list(list(lattices))


def checkerboard(sizes, dtype=torch.float32):
    places = torch.meshgrid(*[torch.arange(size) for size in sizes], indexing="ij")
    return 1 - 2 * (sum(places) % 2).to(dtype)


def named(group, dtype=torch.float32, seed=0):
    """Inputs of all degrees of symmetry."""
    generator = torch.Generator().manual_seed(seed)
    sizes, dim = group.sizes, group.dim
    zero, one = torch.zeros(sizes, dtype=dtype), torch.ones(dim, dtype=dtype)
    stripes = torch.ones(dim, dtype=dtype)
    stripes[0] = -2
    striped = zero.clone()
    striped[..., 0] = 1
    signs = torch.randint(0, 2, (dim, *sizes), generator=generator).to(dtype)
    return {
        "uniform": lattice(zero, one),
        "field": lattice(zero + 0.3, one),
        "stripes": lattice(zero, stripes),
        "striped field": lattice(striped, one),
        "staggered": lattice(checkerboard(sizes, dtype), one),
        "minus zero": lattice(zero * checkerboard(sizes, dtype), one),
        "random bonds": lattice(zero, 2 * signs - 1),
        "random field": lattice(torch.randn(sizes, generator=generator, dtype=dtype), stripes),
        "random": lattice(*(torch.randn(s, generator=generator, dtype=dtype) for s in (sizes, (dim, *sizes)))),
    }


def every_copy(data, group):
    """What all inverse elements make of one lattice, one row each: written out, with the least machinery."""
    back = LatticeSymmetry(torch.arange(len(group)), group).inverse()
    field, bonds = (data[key].expand(len(group), *data[key].shape[1:]) for key in ("field", "bonds"))
    site = torch.cat([back.act_spins(field).unsqueeze(1), back.act_bonds(bonds)], 1).flatten(2)
    return site.transpose(1, 2).flatten(1) + 0.0  # the sum makes minus zero zero


def random_symmetry(group):
    """A sampler of elements for the checkers."""
    return lambda data, generator: LatticeSymmetry.random(data.field.size(0), group, generator)


class FieldNet(torch.nn.Module):
    """An energy without any symmetry."""

    def __init__(self, group, out=1):
        super().__init__()
        size = (1 + group.dim) * group.num_sites
        self.layers = torch.nn.Sequential(torch.nn.Linear(size, 16), torch.nn.Tanh(), torch.nn.Linear(16, out))

    def forward(self, data):
        return self.layers(torch.cat([data.field.flatten(1), data.bonds.flatten(1)], 1))


class LatticeTemplate(torch.nn.Module):
    """Scores of all elements at once: the agreement with fields moved by each; equivariant by construction."""

    def __init__(self, group):
        super().__init__()
        self.group = group
        self.field = torch.nn.Parameter(torch.randn(1, *group.sizes))
        self.bonds = torch.nn.Parameter(torch.randn(1, group.dim, *group.sizes))

    def forward(self, data):
        every = LatticeSymmetry.all(1, self.group)
        field = every.act_spins(self.field.expand(len(self.group), *self.group.sizes)).flatten(1)
        bonds = every.act_bonds(self.bonds.expand(len(self.group), *self.bonds.shape[1:])).flatten(1)
        return data.field.flatten(1) @ field.t() + data.bonds.flatten(1) @ bonds.t()
