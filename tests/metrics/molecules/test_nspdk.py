from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict

import networkx as nx
import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.metrics.molecules.nspdk import NSPDKDistance, molecule_graphs, nspdk_features

PATH = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
EDGE = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
NODE = Data(edge_index=torch.zeros((2, 0), dtype=torch.long), num_nodes=1)
PLAIN = {"node_attrs": (), "edge_attrs": ()}


def kernel(features, size):
    """The matrix of inner products."""
    key, column = features.key.unique(return_inverse=True)
    rows = torch.zeros(size, key.numel(), dtype=torch.float64)
    rows[features.row, column] = features.value
    return rows @ rows.t()


def eden(data, depth):
    """The features of a graph by the rules of EDeN, with tuples in the place of hashes."""
    graph = nx.Graph()
    graph.add_nodes_from(range(data.num_nodes))
    for (i, j), kind in zip(data.edge_index.t().tolist(), data.edge_type.tolist(), strict=True):
        if i < j:  # edges become nodes
            graph.add_node((i, j), label=-kind)
            graph.add_edges_from([(i, (i, j)), ((i, j), j)])
    for node, kind in enumerate(data.node_type.tolist()):
        graph.nodes[node]["label"] = kind
    labels, gaps = {}, {}
    for root in range(data.num_nodes):
        gaps[root] = nx.single_source_shortest_path_length(graph, root, cutoff=2 * depth)
        layers = defaultdict(list)
        for node, gap in gaps[root].items():
            layers[gap].append((graph.nodes[node]["label"], graph.degree[node]))
        labels[root] = [tuple(tuple(sorted(layers[step])) for step in range(last + 1)) for last in range(len(layers))]
    blocks = defaultdict(Counter)
    for v in range(data.num_nodes):
        for u in range(data.num_nodes):
            for radius in range(0, 2 * depth + 1, 2):
                if u in gaps[v] and radius < len(labels[v]) and radius < len(labels[u]):
                    block = blocks[radius, gaps[v][u]]
                    block[tuple(sorted((labels[v][radius], labels[u][radius])))] += 1
                    block[labels[u][radius]] += 1
    return {
        (key, feature): count / math.sqrt(sum(c * c for c in block.values()) * len(blocks))
        for key, block in blocks.items()
        for feature, count in block.items()
    }


def molecules():
    generator = torch.Generator().manual_seed(0)
    graphs = []
    for n in (1, 2, 4, 6, 7, 9):
        tree = [(int(torch.randint(k, (1,), generator=generator)), k) for k in range(1, n)]
        ends = torch.tensor([*tree, *([(0, n - 1)] if n > 3 and (0, n - 1) not in tree else [])]).reshape(-1, 2).t()
        graphs.append(
            Data(
                edge_index=torch.cat([ends, ends.flip(0)], 1).long(),
                node_type=torch.randint(2, (n,), generator=generator),
                edge_type=torch.randint(1, 3, (ends.size(1),), generator=generator).repeat(2),
                num_nodes=n,
            )
        )
    return graphs


def test_layers_are_the_kernel_of_eden():
    graphs = molecules()
    for depth in (0, 1, 3):
        expected = [eden(graph, depth) for graph in graphs]
        table = [[sum(v * b.get(k, 0) for k, v in a.items()) for b in expected] for a in expected]
        options = {"neighbourhood": "layers", "max_radius": depth, "max_distance": depth}
        ours = kernel(nspdk_features(graphs, **options), len(graphs))
        assert torch.allclose(ours, torch.tensor(table).double(), atol=1e-12)


def test_exact_by_hand():
    # Radius 0, distances 0, 1, 2. The path: 3, 4, 2 pairs of the one kind there is; the edge: 2, 2; the node: 1.
    features = nspdk_features([PATH, EDGE, NODE], max_radius=0, max_distance=2, **PLAIN)
    assert torch.allclose(
        kernel(features, 3),
        torch.tensor([[1, 2 / 6**0.5, 1 / 3**0.5], [2 / 6**0.5, 1, 1 / 2**0.5], [1 / 3**0.5, 1 / 2**0.5, 1]]).double(),
    )
    # Radius 0 and 1, distance 0: with radius 1 the path has two ends and a middle, the edge two ends.
    features = nspdk_features([PATH, EDGE], max_radius=1, max_distance=0, **PLAIN)
    assert float(kernel(features, 2)[0, 1]) == pytest.approx((1 + 2 / 5**0.5) / 2)


@pytest.mark.parametrize("neighbourhood", ["exact", "layers"])
def test_order_of_nodes_and_company_do_not_matter(neighbourhood, monkeypatch):
    graphs = molecules()
    moved = []
    for graph in graphs:
        rank = torch.randperm(graph.num_nodes, generator=torch.Generator().manual_seed(3))
        order = rank.argsort()
        moved.append(
            Data(
                edge_index=rank[graph.edge_index],
                node_type=graph.node_type[order],
                edge_type=graph.edge_type,
                num_nodes=graph.num_nodes,
            )
        )
    expected = kernel(nspdk_features(graphs, neighbourhood=neighbourhood), len(graphs))
    assert torch.allclose(expected.diag(), torch.ones(len(graphs)).double())
    assert float(expected.max()) <= 1 + 1e-12
    both = kernel(nspdk_features([*graphs, *moved], neighbourhood=neighbourhood), 2 * len(graphs))
    assert torch.allclose(both[: len(graphs), len(graphs) :], expected)
    monkeypatch.setattr("pyg_symbreak.metrics.molecules.nspdk._CHUNK", 2)
    assert torch.allclose(kernel(nspdk_features(graphs, neighbourhood=neighbourhood), len(graphs)), expected)


def test_distance_is_the_mean_of_the_kernel_matrices():
    graphs = molecules()
    first, second = graphs[:2], graphs[2:]
    table = kernel(nspdk_features(graphs), 6)
    expected = table[:2, :2].mean() + table[2:, 2:].mean() - 2 * table[:2, 2:].mean()
    estimate = NSPDKDistance(first)(second)
    assert estimate.value == pytest.approx(float(expected))
    assert 0 <= estimate.low < estimate.value < estimate.high
    assert estimate.denominator == 4
    assert NSPDKDistance(first)(first).value == pytest.approx(0, abs=1e-12)
    assert NSPDKDistance(first)(second, num_draws=0).value == estimate.value


def test_graphs_without_nodes_and_no_graphs():
    nothing = Data(edge_index=torch.zeros((2, 0), dtype=torch.long), num_nodes=0)
    features = nspdk_features([nothing, EDGE], **PLAIN)
    assert kernel(features, 2).diag().tolist() == pytest.approx([0, 1])
    assert nspdk_features([]).row.numel() == 0
    assert math.isnan(NSPDKDistance([EDGE], **PLAIN)([]).value)
    with pytest.raises(ValueError, match=r"'NSPDKDistance' expected at least one reference graph \(got 0\)"):
        NSPDKDistance([])


def test_graphs_of_molecules():
    chem = pytest.importorskip("rdkit.Chem")
    mols = [chem.MolFromSmiles(text) for text in ("CC#N", "c1ccccc1", "C")]
    whole, cut = molecule_graphs(mols), molecule_graphs(mols, truncate=True)
    assert whole[0].node_type.tolist() == [6, 6, 7]
    assert whole[0].edge_index.tolist() == [[0, 1, 1, 2], [1, 2, 0, 1]]
    assert whole[0].edge_type.tolist() == [1, 3, 1, 3] == cut[0].edge_type.tolist()
    assert whole[1].edge_type.tolist() == [12] * 12
    assert cut[1].edge_type.tolist() == [1] * 12
    assert whole[2].edge_index.shape == (2, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neighbourhood": "all"}, r"expected 'neighbourhood' to be 'exact' or 'layers' \(got 'all'\)"),
        ({"max_radius": -1}, r"expected bounds of at least 0 \(got radius -1, distance 4\)"),
        ({"max_distance": -1}, r"expected bounds of at least 0 \(got radius 4, distance -1\)"),
        ({}, r"'node_attrs' expected attributes of the data"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        nspdk_features([EDGE], **options)


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'molecule_graphs' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        molecule_graphs([])
