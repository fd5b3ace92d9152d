from __future__ import annotations

import lzma
import pickle
import sys
import types

import numpy as np
import pytest
import torch

from pyg_symbreak.datasets import EXP
from pyg_symbreak.datasets.exp import read_exp


def arrays(count=1200):
    """Cycles of 6 nodes and pairs of triangles in turn; the first node of graph i has type i % 2."""
    hexagon = [(i, (i + 1) % 6) for i in range(6)]
    triangles = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]
    arcs = [np.array(edges + [(b, a) for a, b in edges]).T for edges in (hexagon, triangles)]
    return {
        "n": np.full(count, 6, dtype=np.int16),
        "x": np.concatenate([np.array([i % 2, 1, 1, 1, 1, 1], dtype=np.int8) for i in range(count)]),
        "edge_index": np.concatenate([arcs[i % 2] for i in range(count)], axis=1).astype(np.int16),
        "ptr": np.arange(count + 1) * 12,
        "y": np.array([1 - i % 2 for i in range(count)], dtype=np.int8),
    }


@pytest.fixture
def root(tmp_path):
    (tmp_path / "raw").mkdir()
    return tmp_path


def test_splits_and_pairs(root):
    np.savez(root / "raw" / "EXP.npz", **arrays())
    sizes = {split: len(EXP(root, split)) for split in ("train", "val", "test")}
    assert sizes == {"train": 800, "val": 200, "test": 200}
    dataset = EXP(root, "test")
    graph = dataset[1]
    assert (graph.x.shape, graph.x.dtype, graph.y.tolist()) == ((6, 1), torch.float32, [0])
    assert graph.x[0].item() == 1
    assert graph.edge_index.shape == (2, 12)
    assert len(dataset.pairs()) == 100
    assert all((a.y.item(), b.y.item()) == (1, 0) for a, b in dataset.pairs())
    assert dataset.processed_file_names.startswith("EXP-v1-test-raw=")


def old_pickle(path, table, monkeypatch):
    """What PyG wrote long ago: objects of a class with the attributes in their dictionaries."""
    module = types.ModuleType("torch_geometric.data.data")
    module.Data = type("Data", (), {"__module__": module.__name__})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    graphs = []
    for i in range(len(table["n"])):
        graph = module.Data()
        arcs = table["edge_index"][:, table["ptr"][i] : table["ptr"][i + 1]]
        graph.__dict__.update(
            x=torch.from_numpy(table["x"][6 * i : 6 * i + 6]).long().view(-1, 1),
            edge_index=torch.from_numpy(arcs).long(),
            y=torch.tensor([int(table["y"][i])]),
            pos=None,
        )
        graphs.append(graph)
    path.write_bytes(lzma.compress(pickle.dumps(graphs, 3), preset=0))
    monkeypatch.undo()


def test_the_pickle_and_the_arrays_agree(root, monkeypatch):
    table = arrays()
    np.savez(root / "EXP.npz", **table)
    old_pickle(root / "GRAPHSAT.pkl.xz", table, monkeypatch)
    one, two = read_exp(root / "EXP.npz"), read_exp(root / "GRAPHSAT.pkl.xz")
    assert len(one) == len(two) == 1200
    for a, b in zip(one, two, strict=True):
        assert torch.equal(a.x, b.x)
        assert torch.equal(a.edge_index, b.edge_index)
        assert torch.equal(a.y, b.y)


def test_only_tensors_are_unpickled(root):
    (root / "GRAPHSAT.pkl").write_bytes(pickle.dumps([print]))
    with pytest.raises(ValueError, match=r"'EXP' expected .* to hold 1200 graphs .*got builtins.print"):
        read_exp(root / "GRAPHSAT.pkl")


@pytest.mark.parametrize("name", ["EXP.npz", "GRAPHSAT.pkl", "GRAPHSAT.pkl.xz"])
def test_damaged_files(name, root):
    (root / name).write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"'EXP' expected .* to hold 1200 graphs"):
        read_exp(root / name)


def test_too_few_graphs(root):
    np.savez(root / "raw" / "EXP.npz", **arrays(4))
    with pytest.raises(ValueError, match=r"'EXP' expected .* to hold 1200 graphs \(got: ValueError\('4 graphs'\)\)"):
        EXP(root)


def test_unknown_split(root):
    np.savez(root / "raw" / "EXP.npz", **arrays(2))
    with pytest.raises(ValueError, match=r"'EXP' expected 'split' to be one of train, val, test \(got 'x'\)"):
        EXP(root, "x")
