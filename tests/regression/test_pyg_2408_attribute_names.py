"""pyg#2408, #7777, #9128, #6135: attributes with "index", "batch" or "face" in their name change when batched."""

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import (
    AddCanonicalLaplacianPE,
    AddCanonicalRank,
    AddOrbits,
    AddRandomNodeFeatures,
    AddSymPE,
)

TRANSFORMS = [
    AddCanonicalRank(randomize=False),
    AddSymPE(dim=4, randomize=False),
    AddOrbits(),
    AddRandomNodeFeatures(dim=2),
    AddCanonicalLaplacianPE(k=2, randomize=False),
]


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda t: type(t).__name__)
def test_collating_keeps_the_values(transform):
    graphs = [transform(graph_zoo()[name]) for name in ("path-3", "cycle-4", "star-3")]
    batch = Batch.from_data_list(graphs)
    key = transform.attr_name
    assert torch.equal(batch[key], torch.cat([g[key] for g in graphs]))
    for one, inside in zip(graphs, batch.to_data_list()):
        assert torch.equal(one[key], inside[key])


def test_pyg_would_change_a_bad_name():
    graph = graph_zoo()["path-3"]
    graph.rank_index = torch.arange(3)
    assert Batch.from_data_list([graph, graph]).rank_index.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="without 'index'"):
        AddCanonicalRank(attr_name="rank_index")
