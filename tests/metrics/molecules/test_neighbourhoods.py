from __future__ import annotations

import networkx as nx
import pytest
import torch
from networkx.algorithms.isomorphism import categorical_edge_match, categorical_node_match
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.metrics.molecules.neighbourhoods import balls, canonical_names, layer_names


def random_graph(n, m, generator, colours=2):
    """A graph with coloured nodes and edges, for networkx and for us."""
    ends = torch.combinations(torch.arange(n))[torch.randperm(n * (n - 1) // 2, generator=generator)[:m]].t()
    data = Data(
        edge_index=torch.cat([ends, ends.flip(0)], 1),
        node_type=torch.randint(colours, (n,), generator=generator),
        edge_type=torch.randint(colours, (m,), generator=generator).repeat(2),
        num_nodes=n,
    )
    graph = nx.Graph()
    for node, kind in enumerate(data.node_type.tolist()):
        graph.add_node(node, colour=kind)
    for (i, j), kind in zip(data.edge_index.t().tolist(), data.edge_type.tolist(), strict=True):
        graph.add_edge(i, j, colour=kind)
    return data, graph


def many(seed=0, number=12):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(1, 0), (2, 1), (5, 4), (6, 7), (7, 6), (8, 12)]
    return [random_graph(*shapes[k % len(shapes)], generator) for k in range(number)]


def coloured(graphs):
    return color_graphs(Batch.from_data_list([data for data, _ in graphs]), ("node_type",), ("edge_type",))


def ball(graph, root, radius):
    """The subgraph of a root, with distances, by networkx."""
    length = nx.single_source_shortest_path_length(graph, root, cutoff=radius)
    sub = graph.subgraph(length).copy()
    nx.set_node_attributes(sub, length, "distance")
    return sub


@pytest.mark.parametrize("depth", [0, 1, 3, 9])
def test_pairs_are_those_of_networkx(depth):
    graphs = many()
    start, expected = 0, []
    for _, graph in graphs:
        for root, lengths in nx.all_pairs_shortest_path_length(graph, cutoff=depth):
            expected.extend((start + root, start + node, gap) for node, gap in sorted(lengths.items()))
        start += len(graph)
    assert torch.stack(balls(coloured(graphs), depth), 1).tolist() == [list(row) for row in expected]


def test_canonical_names_are_equal_exactly_for_isomorphic_neighbourhoods():
    graphs = many(number=18)
    whole = coloured(graphs)
    names, exists = canonical_names(whole, balls(whole, 2), 2)
    owners = [(graph, node) for _, graph in graphs for node in graph]
    match = categorical_node_match(["colour", "distance"], [None, None]), categorical_edge_match("colour", None)
    for radius in range(3):
        seen = []
        for place, (graph, node) in enumerate(owners):
            sub = ball(graph, node, radius)
            assert exists[radius, place] == (max(dict(sub.nodes("distance")).values()) == radius)
            if exists[radius, place]:
                seen.append((names[radius, place].item(), sub))
        for first, a in seen[::2]:
            for second, b in seen:
                assert (first == second) == nx.is_isomorphic(a, b, node_match=match[0], edge_match=match[1])
        assert len({name for name, _ in seen}) > radius


def test_layer_names_by_their_definition():
    graphs = many(number=18)
    whole = coloured(graphs)
    names, exists = layer_names(whole, balls(whole, 2), 2)
    assert torch.equal(exists, canonical_names(whole, balls(whole, 2), 2)[1])
    owners = [(graph, node) for _, graph in graphs for node in graph]
    for radius in range(3):
        told = {}
        for place, (graph, node) in enumerate(owners):
            if not exists[radius, place]:
                continue
            length = nx.single_source_shortest_path_length(graph, node)
            layers = [
                sorted((graph.nodes[v]["colour"], graph.degree[v]) for v in graph if length.get(v) == step)
                for step in range(radius + 1)
            ]
            edges = [
                sorted(c for u, v, c in graph.edges(data="colour") if min(length.get(u, 9), length.get(v, 9)) == step)
                for step in range(radius)
            ]
            told.setdefault(names[radius, place].item(), set()).add(str((layers, edges)))
        assert all(len(kinds) == 1 for kinds in told.values())
        assert len(told) == len({kind for kinds in told.values() for kind in kinds}) > radius


def test_layers_confuse_what_the_canonical_name_tells_apart():
    # Four arms of two nodes. A bond joins the middles of two arms, another the ends: of the same two, or the others.
    arms = [(0, k) for k in range(1, 5)] + [(k, k + 4) for k in range(1, 5)]
    graphs = []
    for bonds in ([(1, 2), (5, 6)], [(1, 2), (7, 8)]):
        ends = torch.tensor([*arms, *bonds]).t()
        graphs.append(Data(edge_index=torch.cat([ends, ends.flip(0)], 1), num_nodes=9))
    both = color_graphs(Batch.from_data_list(graphs))
    pairs = balls(both, 2)
    coarse, fine = layer_names(both, pairs, 2)[0], canonical_names(both, pairs, 2)[0]
    assert coarse[2, 0] == coarse[2, 9]
    assert fine[2, 0] != fine[2, 9]
    assert fine[1, 0] == fine[1, 9]


def test_names_do_not_depend_on_the_company(monkeypatch):
    graphs = many()
    whole = coloured(graphs)
    reference = [function(whole, balls(whole, 3), 3) for function in (layer_names, canonical_names)]
    monkeypatch.setattr("pyg_symbreak.metrics.molecules.neighbourhoods._BATCH", 3)
    assert torch.equal(canonical_names(whole, balls(whole, 3), 3)[0], reference[1][0])
    alone = coloured(graphs[5:6])
    start = sum(data.num_nodes for data, _ in graphs[:5])
    for function, (names, exists) in zip((layer_names, canonical_names), reference, strict=True):
        here, there = function(alone, balls(alone, 3), 3)
        columns = slice(start, start + graphs[5][0].num_nodes)
        assert torch.equal(there, exists[:, columns])
        assert torch.equal(here[there], names[:, columns][there])


def test_no_nodes_and_no_edge_colours():
    empty = color_graphs(Data(edge_index=torch.zeros((2, 0), dtype=torch.long), num_nodes=0))
    assert [part.numel() for part in balls(empty, 3)] == [0, 0, 0]
    for function in (layer_names, canonical_names):
        names, exists = function(empty, balls(empty, 3), 3)
        assert names.shape == exists.shape == (4, 0)
    edge = color_graphs(Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2))
    assert edge.kind is None
    for function in (layer_names, canonical_names):
        names, exists = function(edge, balls(edge, 1), 1)
        assert torch.equal(names[:, 0], names[:, 1])
        assert bool(exists.all())
