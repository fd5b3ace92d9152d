from __future__ import annotations

import zipfile

import pytest
import torch

from pyg_symbreak.datasets import PATTERN


def place(root, content, packed):
    (root / "raw").mkdir()
    path = root / "raw" / "PATTERN_v2.pt"
    torch.save(content, path)
    if packed:
        with zipfile.ZipFile(root / "raw" / "PATTERN_v2.zip", "w") as archive:
            archive.write(path, path.name)
        path.unlink()


def graphs(count):
    edge_index = torch.tensor([[0, 1], [1, 0]])
    return [{"x": torch.eye(3)[:2], "edge_index": edge_index, "y": torch.tensor([i % 2, 0])} for i in range(count)]


@pytest.mark.parametrize("packed", [False, True])
def test_files_by_hand(packed, tmp_path):
    place(tmp_path, [graphs(5), graphs(2), graphs(3)], packed)
    assert [len(PATTERN(tmp_path, split)) for split in ("train", "val", "test")] == [5, 2, 3]
    graph = PATTERN(tmp_path, "test")[1]
    assert (graph.x.shape, graph.y.tolist(), graph.y.dtype) == ((2, 3), [1, 0], torch.int64)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'PATTERN' expected the file .*PATTERN_v2.zip, to be placed by hand"):
        PATTERN(tmp_path)


@pytest.mark.parametrize("content", [[graphs(1)], [graphs(1), [{"x": torch.ones(1)}], []], 3, [print] * 3])
def test_damaged_files(content, tmp_path):
    place(tmp_path, content, packed=False)
    with pytest.raises(ValueError, match=r"'PATTERN' expected .*PATTERN_v2.pt to hold three lists of graphs"):
        PATTERN(tmp_path, "val")


def test_damaged_archive(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "PATTERN_v2.zip").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"'PATTERN' expected .*PATTERN_v2.zip to hold three lists of graphs"):
        PATTERN(tmp_path)
