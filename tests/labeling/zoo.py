"""Graphs whose automorphism groups are known, and helpers shared by the tests of the engine."""

import networkx as nx
import torch
from torch_geometric.data import Data


def to_data(graph, **kwargs):
    graph = nx.convert_node_labels_to_integers(graph)
    edges = torch.tensor(list(graph.edges()), dtype=torch.long).reshape(-1, 2).t()
    edges = edges if graph.is_directed() else torch.cat([edges, edges.flip(0)], 1)
    return Data(edge_index=edges, num_nodes=graph.number_of_nodes(), **kwargs)


def rook():
    return nx.cartesian_product(nx.complete_graph(4), nx.complete_graph(4))


def shrikhande():
    steps = [(0, 1), (1, 0), (1, 1)]
    edges = [((a, b), ((a + x) % 4, (b + y) % 4)) for a in range(4) for b in range(4) for x, y in steps]
    return nx.Graph(edges)


TWO_TRIANGLES = nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3))
ZOO = {
    "C6": (to_data(nx.cycle_graph(6)), 12),
    "K4": (to_data(nx.complete_graph(4)), 24),
    "K1,4": (to_data(nx.star_graph(4)), 24),
    "2xC3": (to_data(TWO_TRIANGLES), 72),
    "Petersen": (to_data(nx.petersen_graph()), 120),
    "P5": (to_data(nx.path_graph(5)), 2),
    "CSL": (to_data(nx.circulant_graph(11, [1, 3])), 22),
    "rook": (to_data(rook()), 1152),
    "Shrikhande": (to_data(shrikhande()), 192),
    "tree": (to_data(nx.balanced_tree(2, 2)), 8),
    "coloured C6": (to_data(nx.cycle_graph(6), node_type=torch.tensor([0, 1, 0, 1, 0, 1])), 6),
    "directed C5": (to_data(nx.cycle_graph(5, create_using=nx.DiGraph)), 5),
    "benzene": (to_data(nx.cycle_graph(6), edge_type=torch.tensor([1, 2, 2, 1, 2, 1] * 2)), 6),
    "C6 and 2xC3": (to_data(nx.disjoint_union(nx.cycle_graph(6), TWO_TRIANGLES)), 12 * 72),
}


def attributes(data):
    return {name + "_attrs": [name + "_type"] for name in ("node", "edge") if name + "_type" in data}


def shuffled(data, generator=None):
    """The same graph with its nodes renumbered; also the new number of each node."""
    number = torch.randperm(data.num_nodes, generator=generator)
    copy = data.clone()
    copy.edge_index = number[data.edge_index]
    if "node_type" in data:
        copy.node_type = torch.empty_like(data.node_type)
        copy.node_type[number] = data.node_type
    return copy, number


def relabelled(data, rank):
    """The graph written in the order of the ranks, as a value that can be compared."""
    order = torch.argsort(rank)
    kinds = data.edge_type.tolist() if "edge_type" in data else [0] * data.edge_index.size(1)
    nodes = data.node_type[order].tolist() if "node_type" in data else []
    return nodes, sorted(zip(*rank[data.edge_index].tolist(), kinds))
