import numpy as np
import pytest
import torch

from pyg_symbreak.spins import cut_boundary, ising_energy
from pyg_symbreak.spins.exact.layers import split_into_layers


def energy_by_layers(layers, states):
    """The energy of a configuration, from the parts that the transfer matrix adds."""
    total = sum(layers.layer_energy(t)[state] for t, state in enumerate(states))
    for t, j in layers.steps():
        one, other = (1 - 2 * ((int(states[k]) >> j) & 1) for k in (t - 1, t))
        total -= layers.between[t - 1, j] * one * other
    return total + layers.closing_energy()[states[0] ^ states[-1]]


@pytest.mark.parametrize("sizes", [(7,), (3, 5), (5, 3), (4, 3, 3), (3, 4, 3), (3, 3, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("periodic", [True, False])
def test_the_parts_add_up_to_the_energy(sizes, dtype, periodic):
    field, bonds = torch.randn(sizes, dtype=dtype), torch.randn(len(sizes), *sizes, dtype=dtype)
    if not periodic:
        bonds = cut_boundary(bonds[None])[0]
    layers = split_into_layers(field.double().numpy(), bonds.double().numpy())
    assert layers.closed is periodic
    assert layers.axis == sizes.index(max(sizes))
    states = np.random.default_rng(0).integers(0, 1 << layers.width, (6, layers.num))
    spins = layers.spins(states)
    assert spins.dtype == torch.int8
    want = ising_energy(spins[:, None], field.double()[None], bonds.double()[None])[:, 0]
    found = torch.tensor([energy_by_layers(layers, row) for row in states], dtype=torch.float64)
    torch.testing.assert_close(found, want, rtol=1e-12, atol=1e-12)
    assert layers.infinity > 3 * want.abs().max()


def test_open_directions_are_cheap():
    # Layers along the long side would have 6 sites and must close up; along the short one 10, and need not.
    bonds = np.ones((2, 10, 6))
    bonds[0, :, -1] = 0  # no bond across the boundary of x, the last dimension
    layers = split_into_layers(np.zeros((10, 6)), bonds)
    assert (layers.axis, layers.num, layers.width, layers.closed) == (1, 6, 10, False)


def test_the_tolerance_is_between_rounding_and_chance():
    field, bonds = np.full((3, 3), 0.1), np.ones((2, 3, 3))
    layers = split_into_layers(field, bonds)
    assert layers.tolerance == pytest.approx(18.9e-12)
