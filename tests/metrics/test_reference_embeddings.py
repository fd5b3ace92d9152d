from __future__ import annotations

import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import ConnectedGraphs, SymmetricGraphZoo
from pyg_symbreak.groups import Permutation
from pyg_symbreak.labeling import canonical_hash, wl_hash
from pyg_symbreak.metrics.reference_embeddings import canonical_embedding, wl_embedding

BATCH = Batch.from_data_list(list(ConnectedGraphs(6)))


def classes(values):
    return torch.unique(values, dim=0, return_inverse=True)[1].tolist()


def test_no_bit_of_the_hashes_is_lost():
    for embedding, hashes in (
        (canonical_embedding(BATCH), canonical_hash(BATCH)),
        (wl_embedding(BATCH), wl_hash(BATCH)),
    ):
        keys = {str(key): i for i, key in enumerate(dict.fromkeys(map(str, hashes)))}
        assert len({(keys[str(a)], b) for a, b in zip(hashes, classes(embedding), strict=True)}) == len(keys)
        assert float(embedding.max()) < 65536
        assert torch.equal(embedding, embedding.round())
        assert embedding.dtype == torch.float64


def test_exact_or_blind():
    zoo = SymmetricGraphZoo()
    pair = Batch.from_data_list([zoo[zoo.names.index(name)] for name in ("rook-4x4", "shrikhande")])
    assert len(set(classes(canonical_embedding(pair)))) == 2
    assert len(set(classes(wl_embedding(pair)))) == 1


def test_invariant():
    moved = Permutation.random(BATCH.ptr).act_data(BATCH)
    assert torch.equal(canonical_embedding(moved), canonical_embedding(BATCH))
    assert torch.equal(wl_embedding(moved), wl_embedding(BATCH))


def test_attributes_and_rounds():
    BATCH.kind = torch.arange(BATCH.num_nodes)
    assert not torch.equal(canonical_embedding(BATCH, ("kind",)), canonical_embedding(BATCH))
    assert not torch.equal(wl_embedding(BATCH, ("kind",)), wl_embedding(BATCH))
    assert len(set(classes(wl_embedding(BATCH, num_rounds=0)))) == 1
