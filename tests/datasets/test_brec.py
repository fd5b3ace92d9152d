from __future__ import annotations

import io
import lzma

import networkx as nx
import numpy as np
import pytest

from pyg_symbreak.datasets import BREC
from pyg_symbreak.datasets.brec import CATEGORIES, FILES


@pytest.fixture
def root(tmp_path):
    """Paths of growing length in place of the graphs: category by category, as texts or bytes, in pairs or not."""
    (tmp_path / "raw").mkdir()
    for number, (file, count) in enumerate(CATEGORIES.values()):
        texts = [nx.to_graph6_bytes(nx.path_graph(i % 7 + 2), header=False).strip() for i in range(2 * count)]
        table = np.array(texts) if number % 2 else np.array([text.decode() for text in texts])
        stream = io.BytesIO()
        np.save(stream, table.reshape(-1, 2) if number % 3 else table)
        (tmp_path / "raw" / f"brec_{file}.npy.xz").write_bytes(lzma.compress(stream.getvalue()))
    return tmp_path


def test_all(root):
    dataset = BREC(root)
    assert len(dataset) == 800
    assert len(dataset.pairs()) == 400
    names = [first.category for first, second in dataset.pairs() if first.category == second.category]
    assert {name: names.count(name) for name in CATEGORIES} == {name: count for name, (_, count) in CATEGORIES.items()}
    assert dataset[1].num_nodes == 3
    assert dataset[1].x.shape == (3, 1)


def test_some(root):
    assert len(BREC(root, "cfi").pairs()) == 100
    assert [graph.num_nodes for graph in BREC(root, ["4-vertex", "basic"])[40:42]] == [2, 3]
    assert "categories=4-vertex_basic" in BREC(root, ["4-vertex", "basic"]).processed_file_names


@pytest.mark.parametrize("wanted", ["CFI", ["basic", "CFI"]])
def test_unknown_category(wanted, root):
    with pytest.raises(ValueError, match=r"'BREC' expected 'categories' among basic, .* \(got \['CFI'\]\)"):
        BREC(root, wanted)


def test_no_category(root):
    with pytest.raises(ValueError, match=r"'BREC' expected 'categories' among basic, .* \(got \[\]\)"):
        BREC(root, [])


def test_damaged_files(root):
    path = root / "raw" / FILES["dr"].name
    for content in (b"nothing", np.zeros(3)):
        (root / "raw" / "brec_dr.npy.xz").unlink(missing_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            np.save(path, content)
        with pytest.raises(ValueError, match=r"'BREC' expected .*dr.npy to hold 40 graphs in graph6"):
            BREC(root, "distance-regular")


def test_pickles_are_not_read(root):
    np.save(root / "raw" / "brec_dr.npy", np.array([print], dtype=object), allow_pickle=True)
    (root / "raw" / "brec_dr.npy.xz").unlink()
    with pytest.raises(ValueError, match=r"to hold 40 graphs in graph6 .*allow_pickle=False"):
        BREC(root, "distance-regular")
