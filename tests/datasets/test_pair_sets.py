from __future__ import annotations

import io
import lzma

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets.brec import CATEGORIES
from pyg_symbreak.datasets.pair_sets import PAIR_SETS, _sampled, separation_pairs
from pyg_symbreak.labeling import canonical_hash, wl_hash


def hashes(pairs, function):
    sides = [Batch.from_data_list([pair[side] for pair in pairs]) for side in (0, 1)]
    return [[str(key) for key in function(side)] for side in sides]


@pytest.mark.parametrize(
    ("name", "count"),
    [("graph4c", 15), ("graph6c", 1000), ("graph6c-hard", 3), ("graph7c-hard", 17), ("csl", 45), ("graph5c-hard", 0)],
)
def test_no_pair_is_isomorphic(name, count):
    pairs = separation_pairs(name)
    assert len(pairs) == count
    if count:
        first, second = hashes(pairs, canonical_hash)
        assert all(a != b for a, b in zip(first, second, strict=True))
        assert len(set(map(frozenset, zip(first, second, strict=True)))) == count
        first, second = hashes(pairs, wl_hash)
        same = sum(a == b for a, b in zip(first, second, strict=True))
        assert same == (0 if name == "graph4c" else count) or name == "graph6c"


def test_samples():
    assert len(separation_pairs("graph6c", num_pairs=50)) == 50
    assert len(separation_pairs("graph6c", num_pairs=10**6)) == 112 * 111 // 2
    some = [separation_pairs("csl", num_pairs=10, seed=seed) for seed in (0, 0, 1)]
    texts = [[str(graph.edge_index.tolist()) for pair in pairs for graph in pair] for pairs in some]
    assert texts[0] == texts[1] != texts[2]
    assert len(some[0]) == 10


def test_a_sample_of_pairs_is_uniform():
    generator = torch.Generator().manual_seed(0)
    counts = torch.zeros(6, 6)
    for _ in range(400):
        for a, b in _sampled(range(6), 3, generator):
            counts[a, b] += 1
    assert counts.tril().sum() == 0
    seen = counts[torch.ones(6, 6).triu(1) > 0]
    assert seen.sum() == 1200
    assert (seen - 80).square().sum() / 80 < 36  # chi-square with 14 degrees of freedom, p = 0.001


def test_brec(tmp_path):
    (tmp_path / "raw").mkdir()
    for file, count in CATEGORIES.values():
        texts = [nx.to_graph6_bytes(nx.path_graph(i % 5 + 2), header=False).strip() for i in range(2 * count)]
        stream = io.BytesIO()
        np.save(stream, np.array(texts))
        (tmp_path / "raw" / f"brec_{file}.npy.xz").write_bytes(lzma.compress(stream.getvalue()))
    assert len(separation_pairs("brec", tmp_path)) == 400
    assert {len(separation_pairs(f"brec-{name}", tmp_path)) for name in CATEGORIES} == {20, 50, 60, 100}
    pairs = separation_pairs("brec-4-vertex", tmp_path, num_pairs=5)
    assert {graph.category for pair in pairs for graph in pair} == {"4-vertex"}


@pytest.mark.parametrize("name", ["exp", "sr25", "brec", "brec-cfi", "graph8c", "graph8c-hard"])
def test_a_folder_is_needed(name):
    assert name in PAIR_SETS
    with pytest.raises(ValueError, match=rf"'separation_pairs' expected 'root', .* '{name}' \(got None\)"):
        separation_pairs(name)


def test_errors():
    with pytest.raises(ValueError, match=r"'separation_pairs' expected 'name' to be one of graph2c, .* \(got 'x'\)"):
        separation_pairs("x")
    with pytest.raises(ValueError, match=r"'separation_pairs' expected 'num_pairs' to be at least 1 \(got 0\)"):
        separation_pairs("csl", num_pairs=0)
