import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.nn import RankConv

EDGES = torch.tensor([[0, 1, 1, 2, 3], [1, 0, 2, 1, 3]])


def test_equals_the_formula_edge_by_edge():
    conv = RankConv(3, 5, max_nodes=4, edge_dim=2, aggr="sum").double()
    x = torch.randn(4, 3, dtype=torch.float64)
    e = torch.randn(5, 2, dtype=torch.float64)
    rank = torch.tensor([2, 0, 3, 1])
    out = conv(x, EDGES, rank, e)
    root, at_target, at_source = conv.lin_nodes(x).chunk(3, dim=-1)
    for i in range(4):
        total = torch.zeros(5, dtype=torch.float64)
        for k, (source, target) in enumerate(EDGES.T.tolist()):
            if target == i:
                v = conv.pair.weight[int(rank[i]) * 4 + int(rank[source])]
                total = total + torch.relu(at_target[i] + at_source[source] + conv.lin_edge(e[k]) + v)
        torch.testing.assert_close(out[i], root[i] + conv.lin_out(total))


@pytest.mark.parametrize("mode", ["pair", "difference"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equivariant_given_the_ranks(mode, dtype):
    conv = RankConv(3, 5, max_nodes=4, mode=mode).to(dtype)
    x, rank = torch.randn(4, 3, dtype=dtype), torch.tensor([2, 0, 3, 1])
    h = Permutation(torch.tensor([3, 1, 0, 2]))
    moved = conv(h.act(x), h.act_edge_index(EDGES), h.act(rank))
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(moved, h.act(conv(x, EDGES, rank)), rtol=0, atol=tolerance)
    other = conv(x, EDGES, torch.tensor([0, 1, 2, 3]))
    assert not torch.allclose(other, conv(x, EDGES, rank)), "the ranks must matter"


def test_takes_an_element_in_place_of_ranks():
    conv, x = RankConv(-1, 5, max_nodes=4), torch.randn(4, 3)
    g = Permutation(torch.tensor([2, 0, 3, 1]))
    assert torch.equal(conv(x, EDGES, g), conv(x, EDGES, g.order))


def test_batch_is_per_graph_and_breaks_the_symmetry_of_a_cycle():
    cycle = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
    data = Data(x=torch.ones(4, 1), edge_index=torch.cat([cycle, cycle.flip(0)], 1))
    batch = Batch.from_data_list([data, data])
    conv = RankConv(1, 8, max_nodes=4).double()
    x = batch.x.double()
    rank = torch.tensor([0, 1, 2, 3, 3, 2, 1, 0])
    out = conv(x, batch.edge_index, rank)
    alone = [conv(x[:4], data.edge_index, rank[k : k + 4]) for k in (0, 4)]
    torch.testing.assert_close(out, torch.cat(alone))
    assert out[:4].unique(dim=0).size(0) == 4


def test_gradients_reset_and_repr():
    conv = RankConv(3, 5, max_nodes=4, edge_dim=1)
    assert repr(conv) == "RankConv(3, 5, max_nodes=4, edge_dim=1, mode='pair', aggr='mean')"
    rank = torch.tensor([2, 0, 3, 1])
    conv(torch.randn(4, 3), EDGES, rank, torch.randn(5, 1)).sum().backward()
    assert all(p.grad is not None for p in conv.parameters())
    touched = conv.pair.weight.grad.abs().sum(1) > 0
    assert set(touched.nonzero().view(-1).tolist()) <= {0 * 4 + 2, 2 * 4 + 0, 3 * 4 + 0, 0 * 4 + 3, 1 * 4 + 1}
    before = [p.clone() for p in conv.parameters()]
    conv.reset_parameters()
    assert any(not torch.equal(a, b) for a, b in zip(before, conv.parameters()))


def test_degenerate_sizes():
    conv = RankConv(3, 5, max_nodes=4)
    none = torch.empty(2, 0, dtype=torch.long)
    assert conv(torch.empty(0, 3), none, torch.empty(0, dtype=torch.long)).shape == (0, 5)
    assert conv(torch.randn(2, 3), none, torch.tensor([1, 0])).shape == (2, 5)


def test_errors():
    conv, x = RankConv(3, 5, max_nodes=3), torch.randn(4, 3)
    rank = torch.arange(4)
    with pytest.raises(ValueError, match=r"of at most 'max_nodes' = 3 nodes \(got one of 4\)"):
        conv(x, EDGES, rank)
    assert RankConv(3, 5, max_nodes=3, extrapolate="wrap")(x, EDGES, rank).shape == (4, 5)
    with pytest.raises(ValueError, match="'RankConv' expected 'edge_attr' just if 'edge_dim' is set"):
        conv(x, EDGES, rank, torch.randn(5, 1))
    with pytest.raises(ValueError, match="'RankConv' expected 'edge_attr' just if 'edge_dim' is set"):
        RankConv(3, 5, max_nodes=4, edge_dim=1)(x, EDGES, rank)
    with pytest.raises(TypeError, match=r"'RankConv' expected permutations or ranks \(got 'Orthogonal'\)"):
        conv(x, EDGES, Orthogonal.identity(torch.tensor([0, 4]), 3))
    with pytest.raises(ValueError, match=r"'RankConv' expected 'out_channels' to be at least 1 \(got 0\)"):
        RankConv(3, 0, max_nodes=3)
    with pytest.raises(ValueError, match=r"'RankPairEmbedding' expected 'max_nodes' to be at least 1 \(got 0\)"):
        RankConv(3, 5, max_nodes=0)
    with pytest.raises(ValueError, match=r"expected 'mode' in \('pair', 'difference'\) \(got 'sum'\)"):
        RankConv(3, 5, max_nodes=3, mode="sum")
    with pytest.raises(ValueError, match=r"'RankConv' expected 'extrapolate' in \('error', 'wrap'\) \(got 'grow'\)"):
        RankConv(3, 5, max_nodes=3, extrapolate="grow")
