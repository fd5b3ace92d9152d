from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.diffusion import counts
from pyg_symbreak.training.diffusion.counts import model_for
from pyg_symbreak.training.diffusion.data import StreamedGraphs
from pyg_symbreak.training.diffusion.packed import PackedGraphs
from tests.training.diffusion.conftest import random_trees


def frequencies(model: GraphDiffusion) -> tuple[list[float], ...]:
    parts = (model.sizes.probability, model.node_transition.prior, model.edge_transition.prior)
    return tuple(part.tolist() for part in parts)


def test_the_same_frequencies_by_all_ways(
    model_config: DiffusionConfig, trees: list[Data], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = GraphDiffusion.from_graphs(model_config, DenseGraph.from_batch(Batch.from_data_list(trees)))
    assert frequencies(model_for(model_config, PackedGraphs.from_graphs(trees))) == frequencies(whole)
    assert frequencies(model_for(model_config, StreamedGraphs(trees, 6))) == frequencies(whole)
    monkeypatch.setattr(counts, "_STREAMED", 33)
    part = model_for(model_config, StreamedGraphs(trees, 6))
    assert frequencies(part) == frequencies(model_for(model_config, PackedGraphs.from_graphs(trees[::2])))


def test_graphs_that_do_not_fit(model_config: DiffusionConfig, trees: list[Data]) -> None:
    packed = PackedGraphs.from_graphs(trees)
    with pytest.raises(ValueError, match=r"'model_for' expected graphs of at most 5 nodes \(got one of 6\)"):
        model_for(replace(model_config, max_nodes=5), packed)
    with pytest.raises(ValueError, match=r"'DenseGraph' expected types in 0 … 1 in 'x' \(got 2\)"):
        model_for(replace(model_config, node_types=("C", "N")), packed)
    with pytest.raises(ValueError, match=r"'model_for' expected graphs with 2 properties, .*\(got 0\)"):
        model_for(replace(model_config, num_properties=2), packed)


def test_properties_are_asked_for(model_config: DiffusionConfig) -> None:
    trees = random_trees(9)
    for tree in trees:
        tree.y = torch.zeros(1, 1)
    packed = PackedGraphs.from_graphs(trees, y_attr="y")
    assert model_for(replace(model_config, num_properties=1), packed).config.num_properties == 1
    with pytest.raises(ValueError, match=r"'model_for' expected graphs with 0 properties, .*\(got 1\)"):
        model_for(model_config, packed)
