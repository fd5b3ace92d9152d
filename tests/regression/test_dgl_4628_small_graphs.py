"""dgl PR#4628, karateclub#131, networkit#1506: fewer nodes than encodings."""

import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.transforms import AddCanonicalLaplacianPE

K = 4
EMPTY = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0)
GRAPHS = {n: from_networkx(nx.complete_graph(n)) if n > 1 else EMPTY.clone() for n in (0, 1, 2, K - 1, K, K + 1)}
GRAPHS[1].num_nodes = 1


@pytest.mark.parametrize("n", GRAPHS)
def test_padded(n):
    out = AddCanonicalLaplacianPE(k=K)(GRAPHS[n]).laplacian_pe
    assert out.shape == (n, K)
    assert int((out.abs().sum(0) > 0).sum()) == min(K, max(n - 1, 0))


@pytest.mark.parametrize("n", GRAPHS)
def test_refused_where_padding_is_not_wanted(n):
    transform = AddCanonicalLaplacianPE(k=K, pad=False)
    if n in (0, K + 1):
        assert transform(GRAPHS[n]).laplacian_pe.shape == (n, K)
    else:
        with pytest.raises(ValueError, match="'AddCanonicalLaplacianPE' expected graphs with at least 'k' = 4"):
            transform(GRAPHS[n])


def test_small_and_large_graphs_in_one_batch():
    out = AddCanonicalLaplacianPE(k=K)(Batch.from_data_list(list(GRAPHS.values()))).laplacian_pe
    assert out.shape == (sum(GRAPHS), K)
