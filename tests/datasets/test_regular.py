from __future__ import annotations

from collections import Counter

import pytest
from torch_geometric.utils import degree

from pyg_symbreak.datasets import RegularGraphs


@pytest.mark.parametrize(("d", "sizes"), [(4, range(7, 17)), (3, [4, 6, 20]), (0, [1, 3]), (9, [10, 12]), (1, [2])])
def test_degrees(d, sizes):
    dataset = RegularGraphs(degree=d, sizes=sizes, num_graphs=2 * len(sizes))
    for graph in dataset:
        assert degree(graph.edge_index[0], graph.num_nodes).eq(d).all()
        assert graph.is_undirected()
        assert not graph.has_self_loops()
        assert graph.is_coalesced()
    assert Counter(graph.num_nodes for graph in dataset) == dict.fromkeys(sizes, 2)


@pytest.mark.parametrize(("d", "n", "labelled"), [(2, 5, 12), (3, 6, 70), (2, 6, 70)])
def test_labelled_regular_graphs_are_uniform(d, n, labelled):
    dataset = RegularGraphs(degree=d, sizes=[n], num_graphs=40 * labelled)
    counts = Counter(str(graph.edge_index.tolist()) for graph in dataset)
    assert len(counts) == labelled
    freedom = labelled - 1
    chi2 = sum((count - 40) ** 2 / 40 for count in counts.values())
    assert chi2 < freedom + 4 * (2 * freedom) ** 0.5 + 8


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"degree": -1}, r"'RegularGraphs' expected 'degree' to be non-negative \(got -1\)"),
        ({"degree": 3}, r"expected every size n to have n > degree and n \* degree even \(got n = 7, degree = 3\)"),
        ({"degree": 4, "sizes": [4]}, r"n > degree .* \(got n = 4, degree = 4\)"),
        ({"degree": 8, "sizes": [20]}, r"at most 5, .* \(got n = 20, degree = 8\)"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        RegularGraphs(**kwargs)
