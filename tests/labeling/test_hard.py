r"""Graphs on which colour refinement learns nothing: strongly regular, Cai–Fürer–Immerman, designs."""

import itertools
import math
from collections import Counter

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import automorphism_group, canonical_hash, is_isomorphic, random_canonical_rank
from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.hard import search_graph
from pyg_symbreak.labeling.pruning import BudgetError


def to_data(graph):
    graph = nx.convert_node_labels_to_integers(graph)
    edges = torch.tensor(list(graph.edges()), dtype=torch.long).reshape(-1, 2).t()
    return Data(edge_index=torch.cat([edges, edges.flip(0)], 1), num_nodes=graph.number_of_nodes())


def shuffled(data, seed=0):
    number = torch.randperm(data.num_nodes, generator=torch.Generator().manual_seed(seed))
    return Data(edge_index=number[data.edge_index], num_nodes=data.num_nodes)


def latin_square_graph(square):
    n = len(square)
    cells = list(itertools.product(range(n), repeat=2))
    lines = [[{a}, {b}, {square[a][b]}] for a, b in cells]
    alike = lambda i, j: any(x & y for x, y in zip(lines[i], lines[j]))  # noqa: E731
    return nx.Graph([pair for pair in itertools.combinations(range(n * n), 2) if alike(*pair)])


def cyclic(n):
    return [[(a + b) % n for b in range(n)] for a in range(n)]


def elementary(bits):
    return [[a ^ b for b in range(2**bits)] for a in range(2**bits)]


def switched(n, seed, steps=60):
    """A Latin square far from every group: cycles of two rows are exchanged at random."""
    rng, square = np.random.default_rng(seed), cyclic(n)
    for _ in range(steps):
        a, b = rng.choice(n, 2, replace=False).tolist()
        cycle = [int(rng.integers(n))]
        while (column := square[a].index(square[b][cycle[-1]])) != cycle[0]:
            cycle.append(column)
        for c in cycle if len(cycle) < n else []:
            square[a][c], square[b][c] = square[b][c], square[a][c]
    return square


def paley(q):
    squares = {x * x % q for x in range(1, q)}
    return nx.Graph([(a, b) for a, b in itertools.combinations(range(q), 2) if (a - b) % q in squares])


def rook():
    return nx.cartesian_product(nx.complete_graph(4), nx.complete_graph(4))


def shrikhande():
    steps = [(0, 1), (1, 0), (1, 1)]
    cells = itertools.product(range(4), repeat=2)
    return nx.Graph([((a, b), ((a + x) % 4, (b + y) % 4)) for a, b in cells for x, y in steps])


def cfi(base, twisted):
    """Cai, Fürer and Immerman's graph over a base graph, with one twisted vertex or none."""
    base, graph = nx.convert_node_labels_to_integers(base), nx.Graph()
    for v in base:
        edges = [frozenset(edge) for edge in base.edges(v)]
        for bits in itertools.product((0, 1), repeat=len(edges)):
            if sum(bits) % 2 == (twisted and v == 0):
                graph.add_edges_from(((v, bits), (v, edge, bit)) for edge, bit in zip(edges, bits))
    for a, b in base.edges:
        graph.add_edges_from(((v, frozenset((a, b)), 0), (w, frozenset((a, b)), 0)) for v, w in [(a, b)])
        graph.add_edge((a, frozenset((a, b)), 1), (b, frozenset((a, b)), 1))
    return graph


def hadamard(matrix):
    graph = nx.Graph()
    for i, j in np.ndindex(*matrix.shape):
        graph.add_edges_from((("row", i, s), ("column", j, s * int(matrix[i, j]))) for s in (1, -1))
    graph.add_edges_from(((side, i, 1), (side, i, -1)) for side in ("row", "column") for i in range(len(matrix)))
    return graph


def paley_hadamard(q):
    squares = {x * x % q for x in range(1, q)}
    matrix = np.ones((q + 1, q + 1), dtype=int)
    for i, j in np.ndindex(q, q):
        matrix[i + 1, j + 1] = 1 if (j - i) % q in squares else -1
    return matrix


def sylvester(bits):
    matrix = np.array([[1]])
    for _ in range(bits):
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def projective_plane(q):
    points = [p for p in itertools.product(range(q), repeat=3) if any(p) and next(filter(None, p)) == 1]
    return nx.Graph(
        [((0, p), (1, r)) for p in points for r in points if sum(x * y for x, y in zip(p, r)) % q == 0],
    )


def union_of_strongly_regular():
    return nx.disjoint_union_all([rook(), shrikhande(), paley(13), shrikhande()])


def with_hub(graph):
    graph = nx.convert_node_labels_to_integers(graph)
    return nx.Graph([*graph.edges, *(("hub", v) for v in graph)])


HARD = {
    "rook": rook,
    "Shrikhande": shrikhande,
    "Paley 13": lambda: paley(13),
    "Paley 61": lambda: paley(61),
    "Latin 4 cyclic": lambda: latin_square_graph(cyclic(4)),
    "Latin 4 elementary": lambda: latin_square_graph(elementary(2)),
    "Latin 5 cyclic": lambda: latin_square_graph(cyclic(5)),
    "Latin 6 switched": lambda: latin_square_graph(switched(6, 6)),
    "Latin 6 switched otherwise": lambda: latin_square_graph(switched(6, 8)),
    "Latin 7 switched": lambda: latin_square_graph(switched(7, 1)),
    "CFI K4": lambda: cfi(nx.complete_graph(4), False),
    "CFI K4 twisted": lambda: cfi(nx.complete_graph(4), True),
    "CFI prism": lambda: cfi(nx.circular_ladder_graph(3), False),
    "CFI prism twisted": lambda: cfi(nx.circular_ladder_graph(3), True),
    "CFI K5": lambda: cfi(nx.complete_graph(5), False),
    "CFI K5 twisted": lambda: cfi(nx.complete_graph(5), True),
    "Hadamard 8": lambda: hadamard(sylvester(3)),
    "Hadamard 12": lambda: hadamard(paley_hadamard(11)),
    "Hadamard 20": lambda: hadamard(paley_hadamard(19)),
    "plane 3": lambda: projective_plane(3),
    "plane 5": lambda: projective_plane(5),
    "Q5": lambda: nx.hypercube_graph(5),
    "Kneser 7,2": lambda: nx.kneser_graph(7, 2),
    "K6,6 less a matching": lambda: nx.complement(nx.cartesian_product(nx.complete_graph(6), nx.complete_graph(2))),
    "cubic": lambda: nx.random_regular_graph(3, 60, seed=1),
    "quartic": lambda: nx.random_regular_graph(4, 16, seed=2),
    "union": union_of_strongly_regular,
    "hub": lambda: with_hub(union_of_strongly_regular()),
    "complement of the union": lambda: nx.complement(union_of_strongly_regular()),
}


def form(data, rank):
    return sorted(zip(*rank[data.edge_index].tolist()))


@pytest.mark.parametrize("name", HARD)
def test_orders_and_orbits_are_those_of_nauty(name):
    pynauty = pytest.importorskip("pynauty")
    graph = nx.convert_node_labels_to_integers(HARD[name]())
    data, n = to_data(graph), graph.number_of_nodes()
    colored = color_graphs(data)
    found = search_graph(colored, 10_000, False)
    _, mantissa, exponent, orbits, _ = pynauty.autgrp(pynauty.Graph(n, False, {v: list(graph[v]) for v in graph}))
    order = math.prod(found.symmetry.factor.tolist())
    assert order == pytest.approx(mantissa * 10**exponent, rel=1e-9)
    moves = nx.Graph(zip(found.symmetry.source.tolist(), found.symmetry.target.tolist()))
    moves.add_nodes_from(range(n))
    ours = {frozenset(component) for component in nx.connected_components(moves)}
    assert ours == {frozenset(v for v in range(n) if orbits[v] == o) for o in set(orbits)}
    expected = form(data, found.rank)
    for seed in range(2):
        other = shuffled(data, seed)
        assert form(other, search_graph(color_graphs(other), 10_000, False).rank) == expected
        generator = torch.Generator().manual_seed(seed)
        assert form(data, search_graph(colored, 10_000, True, generator).rank) == expected


def test_hashes_are_equal_exactly_for_isomorphic_graphs():
    graphs = [to_data(make()) for make in HARD.values()]
    hashes = canonical_hash(Batch.from_data_list(graphs))
    pynauty = pytest.importorskip("pynauty")
    certificates = [
        (data.num_nodes, pynauty.certificate(pynauty.Graph(data.num_nodes, False, _adjacency(data)))) for data in graphs
    ]
    assert len(set(hashes)) == len(set(certificates)) == len(set(zip(hashes, certificates)))
    assert canonical_hash(Batch.from_data_list([shuffled(data) for data in graphs])) == hashes


def _adjacency(data):
    return {v: data.edge_index[1][data.edge_index[0] == v].tolist() for v in range(data.num_nodes)}


@pytest.mark.parametrize("base", [nx.complete_graph(4), nx.circular_ladder_graph(3), nx.complete_graph(5)])
def test_a_twist_is_told_apart_and_two_twists_undo_each_other(base):
    plain, twisted = to_data(cfi(base, False)), to_data(cfi(base, True))
    assert plain.num_nodes == twisted.num_nodes
    assert not is_isomorphic(plain, twisted)
    graph = nx.convert_node_labels_to_integers(cfi(base, True), label_attribute="name")
    name = nx.get_node_attributes(graph, "name")
    v, w = next((v, w) for v, w in graph.edges if len(name[v]) == len(name[w]) == 3)
    twin = {name[u]: u for u in graph}
    v_, w_ = (twin[(*name[u][:2], 1 - name[u][2])] for u in (v, w))
    graph.remove_edges_from([(v, w), (v_, w_)])
    graph.add_edges_from([(v, w_), (v_, w)])
    assert is_isomorphic(plain, to_data(graph))


def test_a_wrong_relabelling_is_told_apart():
    data = to_data(latin_square_graph(switched(6, 6)))
    name = canonical_hash(data)
    number = torch.arange(data.num_nodes)
    number[[0, 7]] = number[[7, 0]]
    assert canonical_hash(Data(edge_index=number[data.edge_index], num_nodes=data.num_nodes)) == name
    # Renumbering only one end of the arcs is no relabelling.
    torn = torch.stack([number[data.edge_index[0]], data.edge_index[1]])
    for wrong in (torn, data.edge_index[:, 1:]):
        assert canonical_hash(Data(edge_index=wrong, num_nodes=data.num_nodes)) != name


def test_draws_of_the_search_are_uniform():
    data = to_data(nx.disjoint_union(nx.frucht_graph(), nx.petersen_graph()))
    colored, generator = color_graphs(data), torch.Generator().manual_seed(4)
    counts = Counter(tuple(search_graph(colored, 1000, True, generator).rank.tolist()) for _ in range(1200))
    assert len(counts) == 120
    # A chi-squared variable of 119 degrees of freedom exceeds 183 with probability 1e-4.
    assert sum((count - 10) ** 2 / 10 for count in counts.values()) < 183


def test_a_graph_without_certificate_is_drawn_from_its_whole_coset():
    data = to_data(latin_square_graph(switched(6, 6)))
    draws = random_canonical_rank(Batch.from_data_list([data] * 30)).view(30, -1)
    assert 1 < len(set(map(tuple, draws.tolist()))) <= automorphism_group(data).order
    assert len({str(form(data, rank)) for rank in draws}) == 1


def test_colours_directions_and_kinds_restrict_the_group():
    data = to_data(rook())
    data.kind = (data.edge_index[0] // 4 == data.edge_index[1] // 4).long()
    data.color = torch.arange(16) // 8
    count = lambda **names: math.prod(  # noqa: E731
        search_graph(color_graphs(data, **names), 1000, False).symmetry.factor.tolist()
    )
    assert count() == 1152
    assert count(edge_attrs=["kind"]) == 576
    assert count(node_attrs=["color"]) == 24 * 4
    data.edge_index = data.edge_index[:, data.edge_index[0] < data.edge_index[1]]
    del data.kind
    # Only the exchange of rows and columns keeps all arcs pointing upwards.
    assert count() == 2


def test_the_budget_counts_the_whole_tree():
    colored = color_graphs(to_data(shrikhande()))
    with pytest.raises(BudgetError):
        search_graph(colored, 10, False)
    assert sorted(search_graph(colored, 200, False).rank.tolist()) == list(range(16))


@pytest.mark.parametrize("num_nodes", [0, 1, 3])
def test_small_and_empty_graphs(num_nodes):
    found = search_graph(color_graphs(Data(num_nodes=num_nodes)), 10, False)
    assert sorted(found.rank.tolist()) == list(range(num_nodes))
    assert math.prod(found.symmetry.factor.tolist()) == math.factorial(num_nodes)


@pytest.mark.slow
def test_large_cfi_graphs():
    base = nx.random_regular_graph(3, 40, seed=1)
    hashes = canonical_hash(Batch.from_data_list([to_data(cfi(base, twisted)) for twisted in (False, True)]))
    assert hashes[0] != hashes[1]
