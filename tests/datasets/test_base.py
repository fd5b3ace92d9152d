from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Constant

from pyg_symbreak.datasets import CommunityGraphs, ErdosRenyiGraphs, RegularGraphs, TreeGraphs
from pyg_symbreak.datasets.base import sizes_text, undirected_data

CLASSES = [CommunityGraphs, ErdosRenyiGraphs, RegularGraphs, TreeGraphs]


def edges(dataset):
    return [(graph.num_nodes, graph.edge_index.tolist()) for graph in dataset]


@pytest.mark.parametrize("cls", CLASSES)
def test_graphs_are_simple_undirected_and_sorted(cls):
    for graph in cls(split="val", num_graphs=20):
        assert sorted(graph.keys()) == ["edge_index", "num_nodes"]
        assert graph.edge_index.dtype == torch.int64
        assert graph.is_coalesced()
        assert graph.is_undirected()
        assert not graph.has_self_loops()


@pytest.mark.parametrize("cls", CLASSES)
def test_splits_and_seeds_differ_and_repeat(cls):
    train, again = cls(num_graphs=12), cls(num_graphs=12)
    assert edges(train) == edges(again)
    assert edges(train) != edges(cls(split="test", num_graphs=12))
    assert edges(train) != edges(cls(num_graphs=12, seed=7))
    assert edges(cls(split="val", num_graphs=12)) == edges(cls(num_graphs=12, seed=1))


@pytest.mark.parametrize("cls", CLASSES)
def test_no_root_writes_nothing(cls, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cls(num_graphs=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cls", CLASSES)
def test_global_random_state_is_neither_read_nor_written(cls):
    import random

    import numpy as np

    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    torch.manual_seed(3)
    before = random.getstate(), torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first = edges(cls(num_graphs=5))
    after = random.getstate(), torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert before[0] == after[0]
    assert torch.equal(before[1], after[1])
    assert before[2] == after[2]
    random.seed(4)
    assert edges(cls(num_graphs=5)) == first


def test_root_holds_one_file_for_each_setting(tmp_path: Path):
    dataset = ErdosRenyiGraphs(tmp_path, num_graphs=4)
    assert edges(dataset) == edges(ErdosRenyiGraphs(num_graphs=4))
    for kwargs in ({"p": 0.5}, {"sizes": [5, 8]}, {"split": "test"}, {"num_graphs": 5}, {"seed": 9}):
        other = ErdosRenyiGraphs(tmp_path, **{"num_graphs": 4, **kwargs})
        assert other.processed_file_names != dataset.processed_file_names
        assert repr(other) != repr(dataset)
    assert dataset.processed_file_names == "ErdosRenyiGraphs-v1-train-p=0.25-n=7..16-graphs=4-seed=0.pt"
    assert len(list((tmp_path / "processed").glob("ErdosRenyiGraphs*"))) == 6
    stamp = Path(dataset.processed_paths[0]).stat().st_mtime_ns
    assert edges(ErdosRenyiGraphs(tmp_path, num_graphs=4)) == edges(dataset)
    assert Path(dataset.processed_paths[0]).stat().st_mtime_ns == stamp
    ErdosRenyiGraphs(tmp_path, num_graphs=4, force_reload=True)
    assert Path(dataset.processed_paths[0]).stat().st_mtime_ns > stamp


def test_full_disk_keeps_what_was_there(tmp_path: Path, monkeypatch):
    stored = Path(TreeGraphs(tmp_path, num_graphs=4).processed_paths[0])
    before = stored.read_bytes()

    def half_written(data_list, path):
        Path(path).write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(TreeGraphs, "save", staticmethod(half_written))
    with pytest.raises(OSError, match="No space left on device"):
        TreeGraphs(tmp_path, num_graphs=4, force_reload=True)
    assert stored.read_bytes() == before
    assert not list(stored.parent.glob("*.part"))


def test_changed_pre_transform_warns(tmp_path: Path):
    TreeGraphs(tmp_path, num_graphs=4, pre_transform=Constant(value=1.0))
    with pytest.warns(UserWarning, match="pre_transform"):
        TreeGraphs(tmp_path, num_graphs=4, pre_transform=Constant(value=2.0))


@pytest.mark.parametrize("root", [None, "given"])
def test_transform_pre_transform_and_pre_filter(root, tmp_path: Path):
    dataset = TreeGraphs(
        root and tmp_path,
        num_graphs=10,
        transform=Constant(value=2.0),
        pre_transform=Constant(),
        pre_filter=lambda graph: graph.num_nodes < 10,
    )
    assert len(dataset) == 3
    assert dataset[0].x[0].tolist() == [1.0, 2.0]


def test_batches():
    batch = next(iter(DataLoader(ErdosRenyiGraphs(num_graphs=6), batch_size=6)))
    assert batch.num_graphs == 6
    assert batch.num_nodes == int(batch.ptr[-1])


@pytest.mark.parametrize("count", [1, 13])
def test_num_graphs(count):
    assert len(ErdosRenyiGraphs(num_graphs=count)) == count
    assert ErdosRenyiGraphs(num_graphs=count)[0].num_nodes >= 7


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"split": "dev"}, r"'TreeGraphs' expected 'split' to be one of train, val, test \(got 'dev'\)"),
        ({"num_graphs": 0}, r"'TreeGraphs' expected 'num_graphs' to be at least 1 \(got 0\)"),
        ({"seed": -1}, r"'TreeGraphs' expected 'seed' to be non-negative \(got -1\)"),
        ({"sizes": []}, r"'TreeGraphs' expected 'sizes' to hold at least one number, each 1 or more \(got \(\)\)"),
        ({"sizes": [3, 0]}, r"'TreeGraphs' expected 'sizes' .* \(got \(3, 0\)\)"),
        (
            {"num_graphs": 2, "pre_filter": lambda _: False},
            r"'TreeGraphs' expected at least one graph after 'pre_filter' \(got 0\)",
        ),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        TreeGraphs(**kwargs)


def test_undirected_data_without_edges():
    for n in (0, 1, 3):
        graph = undirected_data([], n)
        assert isinstance(graph, Data)
        assert graph.edge_index.shape == (2, 0)
        assert graph.num_nodes == n


def test_sizes_text_is_unambiguous():
    texts = [sizes_text(sizes) for sizes in ([1], [1, 2], [2, 1], [1, 3], range(1, 4), [11], [1, 1])]
    assert len(set(texts)) == len(texts)
