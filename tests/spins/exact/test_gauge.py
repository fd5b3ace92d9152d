import numpy as np
import pytest
import torch

from pyg_symbreak.spins.exact.gauge import find_gauge
from pyg_symbreak.spins.exact.integer_problem import integer_problem
from tests.spins.exact.brute import gauged, random_lattice


@pytest.mark.parametrize("sizes", [(5,), (3, 4), (3, 3, 4)])
@pytest.mark.parametrize("periodic", [True, False])
def test_planted_gauges_are_found(sizes, periodic):
    for seed in range(5):
        field, bonds = random_lattice(seed, sizes, "ferro", 0.0, periodic)
        bonds = bonds * torch.randint(3, bonds.shape, generator=torch.Generator().manual_seed(seed))  # some parts, too
        field, bonds, _ = gauged(seed, field, bonds)
        problem = integer_problem(field, bonds, bool(bonds[0].select(-1, -1).any()))
        signs = find_gauge(problem)
        assert set(np.unique(signs)) <= {-1, 1}
        assert (signs[problem.head] * signs[problem.tail] * problem.coupling > 0).all()


def test_one_wrong_bond_is_seen():
    for seed in range(5):
        field, bonds = random_lattice(seed, (4, 4), "ferro")
        field, bonds, _ = gauged(seed, field, bonds)
        bonds[seed % 2, seed % 4, 1] *= -1
        assert find_gauge(integer_problem(field, bonds)) is None


def test_cycles_around_the_torus_count():
    field, bonds = random_lattice(0, (3, 4), "ferro")
    assert find_gauge(integer_problem(field, -bonds)) is None  # an odd height
    assert find_gauge(integer_problem(field[:, :3], -torch.ones(2, 3, 3))) is None
    bonds[1] = 1
    bonds[0] = -1
    assert find_gauge(integer_problem(field, bonds)) is not None
