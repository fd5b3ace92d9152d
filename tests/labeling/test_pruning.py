import math

import networkx as nx
import numpy as np
import pytest

from pyg_symbreak.labeling.pruning import Budget, BudgetError, Piece, TreeSearch, target_cell
from pyg_symbreak.labeling.trace import CopyRefiner


def piece(graph, number=None):
    n = graph.number_of_nodes()
    number = np.arange(n) if number is None else number
    edges = number[np.array(list(nx.convert_node_labels_to_integers(graph).edges()))]
    arcs = np.concatenate([edges, edges[:, ::-1]])
    src, dst = arcs[np.lexsort((arcs[:, 1], arcs[:, 0]))].T.copy()
    zero = np.zeros_like(src)
    h = CopyRefiner(n, src, dst, zero).refine(np.zeros((1, n), dtype=np.uint64))[0][0]
    made = np.unique(h, return_inverse=True)[1]
    return Piece(h, made, src, dst, zero, zero)


GRAPHS = {
    "Petersen": (nx.petersen_graph(), 120),
    "Q5": (nx.hypercube_graph(5), 3840),
    "Kneser 7,2": (nx.kneser_graph(7, 2), 5040),
    "rook 5": (nx.cartesian_product(nx.complete_graph(5), nx.complete_graph(5)), 28800),
    "dodecahedron": (nx.dodecahedral_graph(), 120),
    "Frucht": (nx.frucht_graph(), 1),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_orbit_sizes_along_the_path_multiply_to_the_group_order(name):
    graph, order = GRAPHS[name]
    found = TreeSearch(piece(graph), Budget(1000)).run()
    assert math.prod(found.factors) == order
    edges = {tuple(sorted(edge)) for edge in nx.convert_node_labels_to_integers(graph).edges()}
    for moves in found.generators.tolist():
        assert {tuple(sorted((moves[a], moves[b]))) for a, b in edges} == edges


@pytest.mark.parametrize("name", GRAPHS)
def test_the_key_does_not_depend_on_the_numbering(name):
    graph, _ = GRAPHS[name]
    rng = np.random.default_rng(5)
    keys = {TreeSearch(piece(graph, rng.permutation(len(graph))), Budget(1000)).run().key for _ in range(4)}
    assert len(keys) == 1


def test_few_stored_leaves_suffice(monkeypatch):
    monkeypatch.setattr("pyg_symbreak.labeling.pruning.MAX_LEAF_BYTES", 0)
    found = TreeSearch(piece(GRAPHS["Q5"][0]), Budget(10_000)).run()
    assert math.prod(found.factors) == 3840


def test_symmetric_trees_are_pruned_to_a_few_nodes():
    budget = Budget(10_000)
    found = TreeSearch(piece(nx.kneser_graph(8, 3)), budget).run()
    assert math.prod(found.factors) == math.factorial(8)
    assert 10_000 - budget.left < 1000


def test_the_budget_is_kept():
    with pytest.raises(BudgetError):
        TreeSearch(piece(GRAPHS["Q5"][0]), Budget(5)).run()


def test_the_cell_that_most_others_depend_on_is_taken():
    # The two middle nodes depend on the leaves and on nothing else; the leaves form the larger cell.
    part = piece(nx.Graph([(0, 1), (0, 2), (0, 3), (1, 4), (1, 5)]))
    assert target_cell(part.h, part.src, part.dst) == [0, 1]
