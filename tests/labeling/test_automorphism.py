import networkx as nx
import pytest
import torch
from networkx.generators.atlas import graph_atlas_g
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import automorphism_group, canonical_hash


def to_data(graph, color=None):
    edges = torch.tensor(list(graph.edges()), dtype=torch.long).reshape(-1, 2).t()
    data = Data(edge_index=torch.cat([edges, edges.flip(0)], 1), num_nodes=graph.number_of_nodes())
    if color is not None:
        data.color = torch.tensor(color)
    return data


def compare(graph, group, color=None):
    pynauty = pytest.importorskip("pynauty")
    n = graph.number_of_nodes()
    classes = [{v for v in range(n) if color[v] == c} for c in sorted(set(color))] if color is not None else []
    adjacency = {v: list(graph[v]) for v in graph}
    _, mantissa, exponent, orbits, _ = pynauty.autgrp(pynauty.Graph(n, False, adjacency, classes))
    assert group.order == round(mantissa * 10**exponent)
    orbits = torch.tensor(orbits)
    assert torch.equal(orbits[:, None] == orbits, group.orbits[:, None] == group.orbits)


def test_all_graphs_with_up_to_seven_nodes():
    graphs = graph_atlas_g()
    batch = Batch.from_data_list([to_data(graph) for graph in graphs])
    for graph, group in zip(graphs[1:], automorphism_group(batch)[1:]):
        compare(graph, group)
    assert len(set(canonical_hash(batch))) == len(graphs) == 1253


def coloured(count):
    generator = torch.Generator().manual_seed(11)
    for seed in range(count):
        n = 2 + seed % 11
        graph = nx.gnp_random_graph(n, 0.15 + 0.6 * float(torch.rand((), generator=generator)), seed=seed)
        yield graph, torch.randint(0, 1 + seed % 3, (n,), generator=generator).tolist()


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_random_coloured_graphs(count):
    pynauty = pytest.importorskip("pynauty")
    pairs = list(coloured(count))
    batch = Batch.from_data_list([to_data(graph, color) for graph, color in pairs])
    hashes = {}
    for (graph, color), group, name in zip(
        pairs, automorphism_group(batch, node_attrs=["color"]), canonical_hash(batch, node_attrs=["color"])
    ):
        compare(graph, group, color)
        n = len(color)
        classes = [{v for v in range(n) if color[v] == c} for c in sorted(set(color))]
        oracle = pynauty.Graph(n, False, {v: list(graph[v]) for v in graph}, classes)
        key = (n, tuple(sorted(color)), pynauty.certificate(oracle))
        assert hashes.setdefault(key, name) == name
    assert len(set(hashes.values())) == len(hashes)


def test_generators_are_automorphisms_and_random_ones_are_uniform():
    data = to_data(nx.petersen_graph())
    group = automorphism_group(data)
    edges = {tuple(edge) for edge in data.edge_index.t().tolist()}
    moves = [*group.generators, *(group.random() for _ in range(5))]
    for move in moves:
        assert {tuple(edge) for edge in move[data.edge_index].t().tolist()} == edges
    images = torch.bincount(torch.stack([group.random() for _ in range(60)])[:, 0], minlength=10)
    assert float(((images - 6.0) ** 2 / 6).sum()) < 33.7


def test_an_asymmetric_graph_has_no_generators():
    group = automorphism_group(to_data(nx.frucht_graph()))
    assert group.generators.shape == (0, 12)
    assert group.orbits.tolist() == list(range(12))
