import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.labeling import (
    SearchBudgetExceeded,
    automorphism_group,
    canonical_hash,
    canonical_rank,
    random_canonical_rank,
)  # fmt: skip
from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.search import solve


def ring_pair():
    """A connected cubic graph whose nodes share one 1-WL cell but lie in several orbits."""
    return from_networkx(nx.frucht_graph())


def test_the_frucht_graph_has_no_symmetry():
    assert automorphism_group(ring_pair()).order == 1


def test_budget():
    data = from_networkx(nx.petersen_graph())
    with pytest.raises(SearchBudgetExceeded, match='on_budget="uncertified"'):
        random_canonical_rank(data, max_search_nodes=3)
    rank = random_canonical_rank(data, max_search_nodes=3, on_budget="uncertified")
    assert sorted(rank.tolist()) == list(range(10))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"on_budget": "ignore"}, "'on_budget' expected"), ({"max_search_nodes": 0}, "'max_search_nodes' expected")],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        canonical_rank(Data(num_nodes=1), **options)


def test_chunks_change_nothing():
    graphs = [from_networkx(nx.random_regular_graph(3, 10, seed=seed)) for seed in range(12)]
    colored = color_graphs(Batch.from_data_list(graphs))
    assert torch.equal(solve(colored, random=False).rank, solve(colored, random=False, chunk_nodes=25).rank)


def paley_like(switch):
    """Strongly regular graphs with parameters (26, 10, 3, 4)-like stubbornness: two latin square graphs of order 5."""
    cyclic = [[(a + b) % 5 for b in range(5)] for a in range(5)]
    other = [[0, 1, 2, 3, 4], [1, 0, 3, 4, 2], [2, 3, 4, 0, 1], [3, 4, 1, 2, 0], [4, 2, 0, 1, 3]]
    square = other if switch else cyclic
    cells = [(a, b) for a in range(5) for b in range(5)]
    graph = nx.Graph()
    for i, (a, b) in enumerate(cells):
        for j, (c, d) in enumerate(cells[:i]):
            if a == c or b == d or square[a][b] == square[c][d]:
                graph.add_edge(i, j)
    return graph


def test_strongly_regular_graphs_are_told_apart():
    pynauty = pytest.importorskip("pynauty")
    hashes = set()
    for switch in (False, True):
        graph = paley_like(switch)
        _, mantissa, exponent, _, count = pynauty.autgrp(
            pynauty.Graph(25, adjacency_dict={v: list(graph[v]) for v in graph})
        )
        group = automorphism_group(from_networkx(graph))
        assert group.order == round(mantissa * 10**exponent)
        assert int(group.orbits.max()) + 1 == count
        number = torch.randperm(25).tolist()
        moved = nx.relabel_nodes(graph, dict(enumerate(number)))
        moved = from_networkx(nx.Graph(sorted(moved.edges())).subgraph(range(25)))
        first = canonical_hash(from_networkx(graph))
        assert canonical_hash(moved) == first
        hashes.add(first)
    assert len(hashes) == 2


def test_a_crowded_batch_is_halved_and_changes_nothing(monkeypatch):
    graphs = [from_networkx(nx.random_regular_graph(3, 10, seed=seed)) for seed in range(12)]
    colored = color_graphs(Batch.from_data_list(graphs))
    expected = solve(colored, random=False).rank
    for module in ("engine", "individualize"):
        monkeypatch.setattr(f"pyg_symbreak.labeling.{module}.MAX_ENTRIES", 300)
    assert torch.equal(solve(colored, random=False).rank, expected)


def test_hard_graphs_are_the_same_in_a_batch_and_alone():
    graphs = [from_networkx(graph) for graph in (paley_like(True), nx.petersen_graph(), nx.hypercube_graph(5))]
    batch = Batch.from_data_list(graphs)
    assert torch.equal(canonical_rank(batch), torch.cat([canonical_rank(data) for data in graphs]))
    assert [group.order for group in automorphism_group(batch)][1:] == [120, 3840]


def test_on_a_spent_budget_only_the_graph_at_fault_is_named():
    batch = Batch.from_data_list([from_networkx(nx.path_graph(4)), from_networkx(paley_like(True))])
    with pytest.raises(SearchBudgetExceeded, match=r"suffices for graph 1 \(got 20\)"):
        canonical_rank(batch, max_search_nodes=20)
    rank = canonical_rank(batch, max_search_nodes=20, on_budget="uncertified")
    assert sorted(rank[4:].tolist()) == list(range(25))
