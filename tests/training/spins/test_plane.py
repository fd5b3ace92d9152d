from __future__ import annotations

import pytest
import torch

from pyg_symbreak.spins import ising_energy
from pyg_symbreak.training.spins.plane import Axis, Plane, uniform_lattices


def test_points_row_by_row() -> None:
    plane = Plane(Axis("Jx", -3, 3, 3), Axis("Jy", -1, 1, 2), ("h", 0.5))
    assert plane.shape == (2, 3)
    assert plane.parameters().tolist() == [[jx, jy, 0.5] for jy in (-1.0, 1.0) for jx in (-3.0, 0.0, 3.0)]
    assert plane.resized(7, 5).shape == (5, 7)
    assert plane.resized(7, 5).across.high == 3


@pytest.mark.parametrize("names", [("Jx", "Jx", "h"), ("Jx", "Jy", "Jz")])
def test_every_parameter_once(names: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="'Plane' expected the parameters Jx, Jy, h, each once"):
        Plane(Axis(names[0], 0, 1, 2), Axis(names[1], 0, 1, 2), (names[2], 0.0))


def test_directions_of_the_bonds() -> None:
    # Stripes that alternate along y, from row to row, are the ground state of Jx > 0 and Jy < 0.
    (lattice,) = uniform_lattices(torch.tensor([[1.0, -2.0, 0.0]]), 4)
    rows = torch.tensor([1.0, -1.0, 1.0, -1.0]).view(1, 4, 1).expand(1, 4, 4)
    assert ising_energy(rows, lattice.field, lattice.bonds).item() == -48
    assert ising_energy(rows.mT, lattice.field, lattice.bonds).item() == 48
    assert lattice.num_nodes == 16
