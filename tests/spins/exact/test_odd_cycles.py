import itertools

import numpy as np
import pytest

from pyg_symbreak.spins.exact.odd_cycles import OddCycle, find_odd_cycles


def grid(height, width):
    """Pairs of a torus."""
    sites = np.arange(height * width).reshape(height, width)
    head = np.concatenate([sites.ravel()] * 2)
    return head, np.concatenate([np.roll(sites, -1, 1).ravel(), np.roll(sites, -1, 0).ravel()]), height * width


def cuts(head, tail, n):
    sides = np.array(list(itertools.product([0, 1], repeat=n)))
    return (sides[:, head] != sides[:, tail]).astype(float)


def left_over(cycle, x):
    return (
        len(cycle.edges)
        - 1
        - sum(not f for f in cycle.inside)
        - sum(x[e] if f else -x[e] for e, f in zip(cycle.edges, cycle.inside))
    )


@pytest.mark.parametrize("sizes", [(3, 3), (3, 4)])
def test_cuts_violate_none(sizes):
    graph = grid(*sizes)
    for x in cuts(*graph)[::17]:
        assert find_odd_cycles(*graph, x) == {}


@pytest.mark.parametrize("sizes", [(3, 4), (5, 6)])
@pytest.mark.parametrize("listed", [True, False])
def test_what_is_found_is_violated_and_valid(sizes, listed):
    graph = grid(*sizes)
    n, rng = graph[2], np.random.default_rng(0)
    sites = np.arange(n).reshape(sizes)
    right, down = np.roll(sites, -1, 1), np.roll(sites, -1, 0)
    squares = np.stack([sites, right + n, down, sites + n], -1).reshape(-1, 4)
    every = cuts(*graph) if n < 13 else rng.integers(2, size=(500, n)) @ np.zeros((n, 2 * n))
    for _ in range(10):
        x = rng.random(2 * n).round(1)
        found = find_odd_cycles(*graph, x, [squares] if listed else [], rng)
        assert found
        for cycle, violation in found.items():
            assert sum(cycle.inside) % 2 == 1
            assert len(set(cycle.edges)) == len(cycle.edges) == len(cycle.inside)
            assert left_over(cycle, x) == pytest.approx(-violation, abs=1e-6)
            assert violation > 0
            assert all(left_over(cycle, cut) >= 0 for cut in every[::29])
            ends = np.concatenate([graph[0][list(cycle.edges)], graph[1][list(cycle.edges)]])
            assert (np.bincount(ends)[np.unique(ends)] == 2).all()  # a simple cycle


def test_paths_find_every_violation():
    # Uncut all around a torus of odd size but for one edge: only long cycles tell.
    graph = grid(3, 5)
    x = np.zeros(30)
    x[0] = 1
    found = find_odd_cycles(*graph, x)
    assert OddCycle((0, 1, 2, 3, 4), (True, False, False, False, False)) in found
    assert max(found.values()) == pytest.approx(1)


def test_a_point_inside_violates_none():
    assert find_odd_cycles(*grid(4, 4), np.full(32, 0.5)) == {}
