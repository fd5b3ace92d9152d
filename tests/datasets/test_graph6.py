from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from pyg_symbreak.datasets.graph6 import read_graph6

GRAPHS = [
    nx.empty_graph(0),
    nx.empty_graph(1),
    nx.path_graph(2),
    *(nx.gnp_random_graph(n, p, seed=n) for n in (5, 6, 7, 13, 61, 62, 63, 64, 130) for p in (0.1, 0.7)),
    nx.complete_graph(9),
    nx.gnp_random_graph(13, 0.5, seed=1),
]


def as_lines(graphs, header=False):
    return [nx.to_graph6_bytes(graph, header=header) for graph in graphs]


@pytest.mark.parametrize("header", [False, True])
def test_agrees_with_networkx_in_order(header):
    lines = as_lines(GRAPHS, header)
    for form in (lines, b"".join(lines), [line.decode() for line in lines]):
        found = read_graph6(form)
        assert len(found) == len(GRAPHS)
        for (n, edges), graph in zip(found, GRAPHS, strict=True):
            assert n == len(graph)
            assert edges.shape == (graph.number_of_edges(), 2)
            assert {tuple(edge) for edge in edges.tolist()} == {tuple(sorted(edge)) for edge in graph.edges}
            assert bool((edges[:, 0] < edges[:, 1]).all())


def test_nothing():
    assert read_graph6(b"") == []
    assert read_graph6(["", "\n"]) == []


def test_graphs_without_edges_between_others():
    lines = as_lines([nx.empty_graph(4), nx.complete_graph(4), nx.empty_graph(4)])
    assert [len(edges) for _, edges in read_graph6(lines)] == [0, 6, 0]
    assert read_graph6(lines)[1][1].dtype == np.int64


@pytest.mark.parametrize("text", ["B", "Bww", "C", "~", "~??", "B ", "\u00e9", ":Fa@x^", "~~?????A", "B\x7f"])
def test_malformed(text):
    with pytest.raises(ValueError, match=r"'read_graph6' expected line 2 to be graph6 \(got b'"):
        read_graph6(["Bw", text])
