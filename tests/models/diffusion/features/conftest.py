import networkx as nx
import pytest
import torch

from pyg_symbreak.models.diffusion.dense import DenseGraph


def _pad(graphs, num_nodes):
    """Graphs with nodes 0, 1, … as one padded batch; node types count up, the attribute ``type`` is that of edges."""
    x = torch.zeros(len(graphs), num_nodes, dtype=torch.long)
    matrix = torch.zeros(len(graphs), num_nodes, num_nodes, dtype=torch.long)
    for b, g in enumerate(graphs):
        x[b, : len(g)] = torch.arange(len(g)) % 4
        for i, j, kind in g.edges(data="type", default=1):
            matrix[b, i, j] = matrix[b, j, i] = kind
    row, col = torch.triu_indices(num_nodes, num_nodes, 1)
    mask = torch.arange(num_nodes) < torch.tensor([len(g) for g in graphs], dtype=torch.long).view(-1, 1)
    return DenseGraph(x, matrix[:, row, col], mask)


def _zoo():
    """Graphs of 0 to 8 nodes: empty, one node, without edges, disconnected, symmetric, dense, random."""
    graphs = [nx.empty_graph(n) for n in (0, 1, 2, 5)]
    graphs += [nx.path_graph(2), nx.star_graph(4), nx.cycle_graph(6), nx.complete_graph(6), nx.cubical_graph()]
    graphs += [nx.disjoint_union(nx.cycle_graph(3), nx.path_graph(4)), nx.complete_bipartite_graph(3, 4)]
    graphs += [nx.gnp_random_graph(8, p, seed=seed) for seed in range(6) for p in (0.2, 0.5)]
    for number, g in enumerate(graphs):
        nx.set_edge_attributes(g, {edge: 1 + (number + place) % 3 for place, edge in enumerate(g.edges)}, "type")
    return graphs


@pytest.fixture
def pad():
    return _pad


@pytest.fixture
def zoo():
    return _zoo()
