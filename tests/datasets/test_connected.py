from __future__ import annotations

import lzma
from itertools import combinations

import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.utils import to_networkx

from pyg_symbreak.datasets import ConnectedGraphs
from pyg_symbreak.datasets.connected import COUNTS, FILE
from pyg_symbreak.labeling import canonical_hash


@pytest.mark.parametrize("n", range(1, 8))
def test_counts_and_differences(n):
    dataset = ConnectedGraphs(n)
    assert len(dataset) == COUNTS[n - 1]
    assert len(set(canonical_hash(Batch.from_data_list(list(dataset))))) == len(dataset)
    assert all(nx.is_connected(to_networkx(graph, to_undirected=True)) for graph in dataset)
    assert torch.equal(dataset[0].x, torch.ones(n, 1))


def test_four_nodes_by_brute_force():
    pairs = list(combinations(range(4), 2))
    graphs = [nx.Graph(chosen) for size in range(7) for chosen in combinations(pairs, size)]
    kinds = [graph for graph in graphs if len(graph) == 4 and nx.is_connected(graph)]
    found = [to_networkx(graph, to_undirected=True) for graph in ConnectedGraphs(4)]
    assert all(sum(nx.is_isomorphic(graph, other) for other in found) == 1 for graph in kinds)


def test_folder(tmp_path):
    dataset = ConnectedGraphs(5, tmp_path)
    assert len(dataset) == 21
    assert [path.name for path in (tmp_path / "processed").glob("C*")] == ["ConnectedGraphs-v1-test-n=5.pt"]


def test_eight_nodes_need_a_file(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"'ConnectedGraphs' expected 'root', .* with 8 nodes \(got None\)"):
        ConnectedGraphs(8)
    (tmp_path / "raw").mkdir()
    lines = b"".join(nx.to_graph6_bytes(graph, header=False) for graph in (nx.path_graph(8), nx.cycle_graph(8)))
    (tmp_path / "raw" / f"{FILE.name}.xz").write_bytes(lzma.compress(lines))
    with pytest.raises(ValueError, match=r"expected .*xz to hold 11117 graphs with 8 nodes \(got 2 graphs\)"):
        ConnectedGraphs(8, tmp_path)
    monkeypatch.setattr("pyg_symbreak.datasets.connected.COUNTS", (*COUNTS[:-1], 2))
    assert [graph.num_edges for graph in ConnectedGraphs(8, tmp_path)] == [14, 16]


@pytest.mark.parametrize("n", [0, 9])
def test_out_of_range(n):
    with pytest.raises(ValueError, match=rf"'ConnectedGraphs' expected 'num_nodes' from 1 to 8 \(got {n}\)"):
        ConnectedGraphs(n)
