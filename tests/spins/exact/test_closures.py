import itertools
from collections import Counter

import numpy as np
import pytest
import torch

from pyg_symbreak.spins.exact.closures import Closures
from pyg_symbreak.testing.statistics import chi_square_uniform


def closed_sets(num_nodes, arcs):
    subsets = (set(s) for k in range(num_nodes + 1) for s in itertools.combinations(range(num_nodes), k))
    return [s for s in subsets if all(b in s for a, b in arcs if a in s)]


def random_graph(seed, num_nodes, p):
    rng = np.random.default_rng(seed)
    names = rng.permutation(num_nodes).tolist()
    return [(names[a], names[b]) for a, b in itertools.combinations(range(num_nodes), 2) if rng.random() < p]


@pytest.mark.parametrize("num_nodes", [0, 1, 4, 7, 9])
@pytest.mark.parametrize("p", [0.0, 0.15, 0.4])
def test_all_closed_sets_are_counted_and_listed(num_nodes, p):
    for seed in range(5):
        arcs = random_graph(seed, num_nodes, p)
        found, want = Closures(num_nodes, arcs), closed_sets(num_nodes, arcs)
        assert found.count == len(want)
        assert len(found.all()) == len(want)
        assert {frozenset(s) for s in found.all()} == {frozenset(s) for s in want}


def test_draws_are_uniform():
    arcs = [(0, 1), (1, 2), (3, 2), (4, 5)]
    found, rng = Closures(6, arcs), np.random.default_rng(0)
    draws = Counter(frozenset(found.sample(rng.random)) for _ in range(3000))
    assert set(draws) == {frozenset(s) for s in closed_sets(6, arcs)}
    assert chi_square_uniform(torch.tensor(list(draws.values()))) > 1e-4


def test_long_chains_and_many_parts_are_no_problem():
    assert Closures(3000, []).count == 2**3000
    assert Closures(600, [(i, i + 1) for i in range(599)]).count == 601


def test_numbers_beyond_the_range_of_floats():
    star, rng = Closures(1101, [(0, i) for i in range(1, 1101)]), np.random.default_rng(0)
    assert star.count == 2**1100 + 1
    sizes = [len(star.sample(rng.random)) for _ in range(5)]
    assert all(450 < size < 650 for size in sizes)


def test_counting_can_be_given_up():
    grid = [(8 * y + x, 8 * y + x + 1) for y in range(8) for x in range(7)]
    grid += [(8 * y + x, 8 * y + x + 8) for y in range(7) for x in range(8)]
    assert Closures(64, grid).count == 12870  # lattice paths
    few = Closures(64, grid, budget=3)
    assert few.count is None
    for call in (few.all, lambda: few.sample(lambda: 0.5)):
        with pytest.raises(ValueError, match="within 3 steps"):
            call()


def test_cycles_are_refused():
    with pytest.raises(ValueError, match="without directed cycles"):
        Closures(3, [(0, 1), (1, 2), (2, 0)])
