import itertools

import numpy as np
import pytest

from pyg_symbreak.spins.exact.cut_relaxation import CutRelaxation
from pyg_symbreak.spins.exact.odd_cycles import OddCycle, find_odd_cycles
from tests.spins.exact.test_odd_cycles import cuts, grid


def solved(weight, graph):
    relaxation = CutRelaxation(weight)
    lower, upper = np.zeros(len(weight)), np.ones(len(weight))
    while True:
        out = relaxation.solve(lower, upper)
        cycles = find_odd_cycles(*graph, out.x)
        if not cycles:
            return relaxation, out
        relaxation.add(list(cycles))


@pytest.mark.parametrize("top", [2, 1000, 2**52])
def test_bounds_lie_below_all_cuts(top):
    graph = grid(3, 4)
    for seed in range(5):
        weight = np.random.default_rng(seed).integers(-top, top + 1, 24)
        least = min(int(cut) for cut in (cuts(*graph).astype(np.int64) @ weight))
        out = solved(weight, graph)[1]
        assert out.bound <= least
        assert out.bound >= least - max(2 * top, 1)
        assert out.bound == pytest.approx(weight @ out.x, abs=1e-6 * top + 1)
        assert (out.slack >= -1e-6).all()


def test_any_prices_give_a_true_bound():
    graph, rng = grid(3, 4), np.random.default_rng(0)
    weight = rng.integers(-5, 6, 24)
    least = (cuts(*graph) @ weight).min()
    relaxation, out = solved(weight, graph)
    bounds = [
        relaxation._certain(rng.exponential(scale, len(relaxation.cycles)), np.zeros(24), np.ones(24))
        for scale in (0.0, 0.01, 1, 10)
        for _ in range(20)
    ]
    assert max(bounds) <= out.bound <= least
    assert bounds[0] == weight[weight < 0].sum()


def test_limits_and_shift():
    triangle = [OddCycle((0, 1, 2), inside) for inside in itertools.product([True, False], repeat=3) if sum(inside) % 2]
    relaxation = CutRelaxation(np.array([-4, -3, -2]))
    relaxation.add(triangle)
    free = relaxation.solve(np.zeros(3), np.ones(3))
    assert free.bound == -7
    assert free.x.round(6).tolist() == [1, 1, 0]
    assert relaxation.solve(np.zeros(3), np.array([0.0, 1, 1])).bound == -5
    relaxation.shift = np.array([10.0, 0, 0])
    moved = relaxation.solve(np.zeros(3), np.ones(3))
    assert moved.x.round(6).tolist() == [0, 1, 1]
    assert moved.bound <= -7
    relaxation.keep(np.array([False, True, False, True]))
    assert relaxation.cycles == [triangle[1], triangle[3]]


def test_out_of_time(monkeypatch):
    class Answer:
        x, status = None, 1

    monkeypatch.setattr("scipy.optimize.linprog", lambda *args, **kwargs: Answer())
    assert CutRelaxation(np.array([-1])).solve(np.zeros(1), np.ones(1), 5.0) is None
    monkeypatch.undo()
    assert CutRelaxation(np.array([-1])).solve(np.zeros(1), np.ones(1), 0.0) is None
    assert CutRelaxation(np.array([-1])).solve(np.zeros(1), np.ones(1), 5.0).bound == -1
