from __future__ import annotations

from typing import Any

import pytest
import torch

from pyg_symbreak.training.symmetrize.tasks import peptides
from pyg_symbreak.training.symmetrize.tasks.peptides import MODELS, TASK, atom_features


def test_features_are_one_hot_in_every_group() -> None:
    x = torch.tensor([[5, 0, 3, 5, 2, 0, 1, 0, 0], [7, 1, 1, 4, 0, 0, 9, 1, 1], [33, 2, 12, 6, 7, 0, 0, 0, 1]])
    features = atom_features(x)
    assert features.shape == (3, MODELS.in_channels)
    assert features.dtype == torch.uint8
    groups = [5, 5, 5, 4, 1, 1, 3, 3]
    sums = torch.stack([part.sum(1) for part in features.split(groups, dim=1)], dim=1)
    assert sums.tolist() == [[1, 1, 1, 1, 0, 0, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 1, 1, 1]]
    assert len(features.unique(dim=0)) == 3


def test_graphs_are_made_light_and_read(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rdkit")
    from pyg_symbreak.datasets.ogb_features import ogb_graph

    def some(root: str, split: str) -> list[Any]:
        graphs = [ogb_graph(smiles) for smiles in ("CC(N)C(=O)O", "NCC(=O)O", "C1CCNC1C(=O)O")]
        for number, graph in enumerate(graphs):
            graph.y = torch.nn.functional.one_hot(torch.tensor([number]), 10).float()
        return graphs

    monkeypatch.setattr(peptides, "PeptidesFunc", some)
    data = TASK.data("data", 0)
    batch, target = data.train.batch(torch.arange(3))
    assert target.shape == (3, 10)
    assert batch.edge_attr.shape == (batch.num_edges, 5)
    assert TASK.build("lps+gin-id", TASK.train, data)(batch).shape == (3, 10)
