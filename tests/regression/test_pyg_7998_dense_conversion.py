"""pyg#7998, #5475, #10534: unsorted batch vectors, duplicate edges and no edges at all."""

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.labeling import automorphism_group, canonical_hash, canonical_rank

EDGE = torch.tensor([[0, 1], [1, 0]])


def test_an_unsorted_batch_vector_is_an_error():
    data = Batch(x=torch.ones(3, 1), edge_index=torch.empty(2, 0, dtype=torch.long), batch=torch.tensor([0, 1, 0]))
    for fn in (node_ptr, canonical_rank):
        with pytest.raises(ValueError, match="unsorted batch vector"):
            fn(data)


def test_no_edges():
    data = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=4)
    assert sorted(canonical_rank(data).tolist()) == [0, 1, 2, 3]
    assert automorphism_group(data).order == 24


def test_duplicate_edges_are_no_single_edges():
    once, twice = Data(edge_index=EDGE, num_nodes=2), Data(edge_index=EDGE.repeat(1, 2), num_nodes=2)
    assert canonical_hash(once) != canonical_hash(twice)
