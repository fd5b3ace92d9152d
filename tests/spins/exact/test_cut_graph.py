import numpy as np
import pytest
import torch

from pyg_symbreak.spins.exact.cut_graph import cut_graph
from pyg_symbreak.spins.exact.integer_problem import integer_problem
from tests.spins.exact.brute import random_lattice


def cut_of(graph, spins):
    spins = np.append(spins, 1) if graph.num_nodes > graph.num_sites else spins
    return (spins[graph.head] != spins[graph.tail]).astype(float)


@pytest.mark.parametrize("sizes", [(4, 5), (3, 3, 4), (6,)])
@pytest.mark.parametrize("strength", [0.0, 1.0])
@pytest.mark.parametrize("periodic", [True, False])
def test_energies_are_cuts(sizes, strength, periodic):
    problem = integer_problem(*random_lattice(0, sizes, "gaussian", strength, periodic, torch.float32), periodic)
    graph, rng = cut_graph(problem), np.random.default_rng(0)
    for _ in range(5):
        spins = rng.choice([-1, 1], problem.num_sites)
        x = cut_of(graph, spins)
        assert problem.energy(spins) == -graph.weight.sum() + 2 * (graph.weight @ x.astype(np.int64))
        assert (graph.round(x) == spins).all() or (strength == 0 and (graph.round(x) == -spins).all())


def test_short_cycles():
    graph = cut_graph(integer_problem(*random_lattice(0, (4, 5), "pm", 1.0)))
    assert [cycles.shape for cycles in graph.short] == [(20, 4), (40, 3)]
    for cycles in graph.short:
        ends = np.concatenate([graph.head[cycles], graph.tail[cycles]], axis=1)
        assert all((np.bincount(row)[np.unique(row)] == 2).all() for row in ends)
    cubic = cut_graph(integer_problem(*random_lattice(0, (3, 4, 5))))
    assert [cycles.shape for cycles in cubic.short] == [(180, 4)]
    opened = cut_graph(integer_problem(*random_lattice(0, (4, 5), periodic=False), False))
    assert [cycles.shape for cycles in opened.short] == [(12, 4)]
    field, bonds = random_lattice(0, (4, 5))
    bonds[0, 0, 0] = 0
    assert [len(cycles) for cycles in cut_graph(integer_problem(field, bonds)).short] == [18]


def test_implied_edges():
    problem = integer_problem(*random_lattice(0, (4, 4), "pm", 1.0))
    graph, rng = cut_graph(problem), np.random.default_rng(0)
    x = cut_of(graph, rng.choice([-1, 1], 16))
    m = len(x)
    for count in (0, 3, 10, 20, m):
        fixed = rng.permutation(m)[:count]
        lower, upper = np.zeros(m), np.ones(m)
        lower[fixed] = upper[fixed] = x[fixed]
        low, high = graph.implied(lower, upper)
        assert (low <= x).all()
        assert (x <= high).all()
        assert (low[fixed] == high[fixed]).all()
    assert (graph.implied(*[np.where(graph.tail == 16, x, v) for v in (0.0, 1.0)])[0] == x).all()


def test_states_of_separate_parts_agree_with_the_field():
    field, bonds = torch.zeros(3, 3), torch.zeros(2, 3, 3)
    field[0, 0] = -1
    bonds[0, 2, 0] = 1
    graph = cut_graph(integer_problem(field, bonds + 0, periodic=False))
    assert graph.num_nodes == 10
    for x in ([0.0, 0.0], [0.0, 1.0], [1.0, 0.0]):
        spins = graph.round(np.array(x))
        assert spins[6] * spins[7] == 1 - 2 * x[0]
        assert spins[0] == 1 - 2 * x[1]
