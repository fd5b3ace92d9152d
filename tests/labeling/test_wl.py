from __future__ import annotations

import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.groups import Permutation
from pyg_symbreak.labeling import wl_hash


def plain(graph):
    data = from_networkx(nx.convert_node_labels_to_integers(nx.Graph(graph)))
    return Data(edge_index=data.edge_index.reshape(2, -1), num_nodes=graph.number_of_nodes())


ATLAS = [graph for graph in nx.graph_atlas_g()[1:] if len(graph) <= 6]


def test_agrees_with_networkx_on_all_small_graphs():
    for graph in ATLAS:
        nx.set_node_attributes(graph, "1", "color")
    oracle = [(len(g), nx.weisfeiler_lehman_graph_hash(g, node_attr="color", iterations=7)) for g in ATLAS]
    ours = wl_hash(Batch.from_data_list([plain(graph) for graph in ATLAS])).tolist()
    assert len(set(ours)) < len(ATLAS)
    assert len(set(zip(oracle, ours, strict=True))) == len(set(ours)) == len(set(oracle))


def test_does_not_depend_on_numbering_or_batch():
    graphs = [plain(nx.gnp_random_graph(n, 0.4, seed=n)) for n in range(1, 12)]
    batch = Batch.from_data_list(graphs)
    hashes = wl_hash(batch)
    assert torch.equal(wl_hash(Permutation.random(batch.ptr).act_data(batch)), hashes)
    assert [wl_hash(graph).item() for graph in graphs] == hashes.tolist()


def test_rounds():
    paths = Batch.from_data_list([plain(nx.path_graph(n)) for n in (8, 9)])
    stars = Batch.from_data_list(
        [plain(nx.path_graph(5)), plain(nx.disjoint_union(nx.path_graph(2), nx.cycle_graph(3)))]
    )
    assert len(set(wl_hash(paths).tolist())) == 2
    assert len(set(wl_hash(stars, num_rounds=1).tolist())) == 1  # degrees agree, not those of the neighbours
    assert len(set(wl_hash(stars, num_rounds=2).tolist())) == 2


def test_attributes_count_if_named():
    a, b = (plain(nx.cycle_graph(4)) for _ in range(2))
    a.x, b.x = torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    a.kind, b.kind = (torch.arange(8) % 2, torch.zeros(8))
    assert wl_hash(a) == wl_hash(b)
    assert wl_hash(a, node_attrs=("x",)) != wl_hash(b, node_attrs=("x",))
    assert wl_hash(a, edge_attrs=("kind",)) != wl_hash(b, edge_attrs=("kind",))


def test_tiny_graphs():
    graphs = [Data(num_nodes=n, edge_index=torch.zeros(2, 0, dtype=torch.long)) for n in (0, 1, 2)]
    assert len(set(wl_hash(Batch.from_data_list(graphs)).tolist())) == 3


def test_negative_rounds():
    with pytest.raises(ValueError, match=r"'wl_hash' expected 'num_rounds' of at least 0 \(got -1\)"):
        wl_hash(plain(nx.path_graph(2)), num_rounds=-1)
