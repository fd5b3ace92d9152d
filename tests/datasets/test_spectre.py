from __future__ import annotations

import lzma
import pickle

import networkx as nx
import numpy as np
import pytest
import torch

from pyg_symbreak.datasets import SpectreGraphs
from pyg_symbreak.datasets.spectre import FILES, comm20_split, read_split

GRAPHS = {"train": [nx.path_graph(4), nx.cycle_graph(3)], "val": [nx.star_graph(3)], "test": [nx.empty_graph(2)]}


def bare(graph):
    """A graph without the views that networkx keeps once they were asked for."""
    copy = nx.Graph(graph)
    for name in ("adj", "degree", "edges", "nodes"):
        copy.__dict__.pop(name, None)
    return copy


def arrays(prefix, graphs):
    edges = [np.array(sorted(graph.edges()), dtype=np.int16).reshape(-1, 2) for graph in graphs]
    return {
        prefix + "n": np.array([graph.number_of_nodes() for graph in graphs]),
        prefix + "edges": np.concatenate(edges),
        prefix + "ptr": np.cumsum([0, *map(len, edges)]),
    }


def content(dataset):
    return [(graph.num_nodes, graph.edge_index.tolist()) for graph in dataset]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "raw").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["planar", "sbm", "tree"])
def test_pickles_and_arrays_agree(name, root):
    (root / "raw" / f"{name}.pkl").write_bytes(
        pickle.dumps({split: list(map(bare, graphs)) for split, graphs in GRAPHS.items()})
    )
    pickled = {split: content(SpectreGraphs(root, name, split)) for split in GRAPHS}
    assert pickled["val"] == [(4, [[0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0]])]
    parts = {key: value for split in GRAPHS for key, value in arrays(f"{split}_", GRAPHS[split]).items()}
    np.savez(root / "raw" / f"{name}.npz", **parts)
    assert pickled == {split: content(SpectreGraphs(root, name, split)) for split in GRAPHS}


def test_types_and_names(root):
    np.savez(root / "raw" / "tree.npz", **arrays("train_", GRAPHS["train"]))
    dataset = SpectreGraphs(root, "tree")
    assert dataset[0].node_type.tolist() == [0] * 4
    assert dataset[0].edge_type.tolist() == [1] * 6
    assert (dataset.node_types, dataset.bond_types) == (("node",), ("edge",))
    assert dataset.processed_file_names.startswith("SpectreGraphs-v1-train-name=tree-raw=")


def test_comm20_formats_agree(root):
    graphs = [nx.gnp_random_graph(5 + i % 3, 0.5, seed=i) for i in range(10)]
    matrices = [torch.from_numpy(nx.to_numpy_array(graph)).float() for graph in graphs]
    path = root / "raw" / "community_12_21_100.pt"
    torch.save([matrices, [], torch.zeros(1), False, 7], path)
    plain = {split: content(SpectreGraphs(root, "comm20", split)) for split in GRAPHS}
    assert [len(part) for part in plain.values()] == [6, 2, 2]
    (root / "raw" / "community_12_21_100.pt.xz").write_bytes(lzma.compress(path.read_bytes()))
    path.unlink()
    assert plain == {split: content(SpectreGraphs(root, "comm20", split)) for split in GRAPHS}
    np.savez(root / "raw" / "comm20.npz", **arrays("", graphs))
    assert plain == {split: content(SpectreGraphs(root, "comm20", split)) for split in GRAPHS}


def test_comm20_split_is_a_partition():
    parts = [comm20_split(100, split) for split in GRAPHS]
    assert [len(part) for part in parts] == [64, 16, 20]
    assert sorted(parts[0] + parts[1] + parts[2]) == list(range(100))


def test_only_graphs_are_unpickled(root):
    (root / "raw" / "tree.pkl").write_bytes(pickle.dumps({"train": [print]}))
    with pytest.raises(ValueError, match=r"'SpectreGraphs' expected .*tree.pkl to hold graphs .*print is not allowed"):
        SpectreGraphs(root, "tree")
    path = root / "raw" / "community_12_21_100.pt"
    path.write_bytes(pickle.dumps(print, protocol=2))
    with pytest.raises(ValueError, match=r"'SpectreGraphs' expected .*\.pt to hold graphs"):
        SpectreGraphs(root, "comm20")


@pytest.mark.parametrize("name", ["tree.npz", "tree.pkl", "a.pt", "a.pt.xz"])
def test_damaged_files(name, root):
    (root / name).write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"'SpectreGraphs' expected .* to hold graphs"):
        read_split(root / name, "train")


def test_unknown_name(root):
    with pytest.raises(ValueError, match=r"'SpectreGraphs' expected 'name' to be one of planar, .* \(got 'grid'\)"):
        SpectreGraphs(root, "grid")


def test_no_file_and_no_network(root, monkeypatch):
    from dataclasses import replace

    monkeypatch.setitem(FILES, "tree", replace(FILES["tree"], url=(root / "absent").as_uri()))
    with pytest.raises(OSError, match=r"'SpectreGraphs' expected to download .* place the file as .*tree.pkl"):
        SpectreGraphs(root, "tree")
