from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.utils import degree

from pyg_symbreak.datasets import CSL
from pyg_symbreak.datasets.csl import SKIPS
from pyg_symbreak.labeling import automorphism_counts, canonical_hash, wl_colors


def test_classes_are_the_isomorphism_classes():
    graphs = [graph for split in ("train", "val", "test") for graph in CSL(split=split)]
    assert len(graphs) == 150
    batch = Batch.from_data_list(graphs)
    kinds = {}
    for key, label in zip(canonical_hash(batch), batch.y.tolist(), strict=True):
        kinds.setdefault(key, []).append(label)
    assert sorted(kinds.values()) == [[label] * 15 for label in range(len(SKIPS))]
    assert degree(batch.edge_index[0]).eq(4).all()
    assert wl_colors(batch).eq(0).all()
    assert min(automorphism_counts(Batch.from_data_list(list(CSL(split="test"))))) >= 82


@pytest.mark.parametrize("fold", range(5))
def test_folds_are_stratified(fold):
    for split, copies in (("train", 9), ("val", 3), ("test", 3)):
        dataset = CSL(split=split, fold=fold)
        assert torch.bincount(torch.cat([graph.y for graph in dataset])).tolist() == [copies] * 10


def test_test_folds_partition_the_graphs():
    graphs = [str(graph.edge_index.tolist()) for fold in range(5) for graph in CSL(split="test", fold=fold)]
    assert len(set(graphs)) == 150
    others = {str(graph.edge_index.tolist()) for graph in CSL(split="test", seed=1)}
    assert not others & set(graphs)
    val = [str(graph.edge_index.tolist()) for graph in CSL(split="val", fold=0)]
    assert val == [str(graph.edge_index.tolist()) for graph in CSL(split="test", fold=1)]


def test_options_name_the_file(tmp_path):
    assert CSL(tmp_path, "test", fold=2).processed_file_names == "CSL-v1-test-fold=2-seed=0.pt"


@pytest.mark.parametrize("fold", [-1, 5])
def test_unknown_fold(fold):
    with pytest.raises(ValueError, match=rf"'CSL' expected 'fold' from 0 to 4 \(got {fold}\)"):
        CSL(fold=fold)


def test_negative_seed():
    with pytest.raises(ValueError, match=r"'CSL' expected 'seed' to be non-negative \(got -1\)"):
        CSL(seed=-1)
