"""GraphGPS#40, deepchem#420, chainer-chemistry#142: the output changes when the nodes are renumbered."""

import pytest
import torch

from pyg_symbreak.nn import RankConv, SymPE
from pyg_symbreak.testing import assert_equivariant, graph_zoo


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_layers_follow_all_node_and_edge_attributes(dtype):
    data = graph_zoo()["toluene"]
    data.x = torch.randn(7, 3, dtype=dtype)
    data.edge_attr = torch.randn(data.num_edges, 2, dtype=dtype)
    data.rank = torch.randperm(7)
    conv = RankConv(3, 5, max_nodes=9, edge_dim=2).to(dtype)
    assert_equivariant(lambda d: conv(d.x, d.edge_index, d.rank, d.edge_attr), data)
    encoding = SymPE(4, max_nodes=9).to(dtype)
    assert_equivariant(lambda d: encoding(d.rank), data)


def test_a_layer_that_forgets_to_move_its_edge_attributes_is_caught():
    data = graph_zoo()["toluene"]
    fixed = torch.rand(data.num_edges)
    with pytest.raises(AssertionError, match="'fn' is not equivariant"):
        assert_equivariant(lambda d: torch.zeros(7).index_add_(0, d.edge_index[0], fixed * d.edge_color), data)
