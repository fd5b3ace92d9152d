import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.nn.vector import VectorConv
from pyg_symbreak.nn.vector.conv import in_degree
from pyg_symbreak.testing import assert_equivariant

EDGES = torch.tensor([[0, 1, 1, 2, 3, 0], [1, 0, 2, 1, 0, 3]])


def inputs(dim=3, dtype=torch.float64, num_edges=6):
    return torch.randn(5, 6, dtype=dtype), torch.randn(5, 4, dim, dtype=dtype), torch.randn(num_edges, 2, dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("dim", [2, 3, 4])
@pytest.mark.parametrize("training", [True, False])
def test_vectors_turn_and_scalars_stay(dim, dtype, training):
    conv = VectorConv(6, 4, edge_dim=2, dropout=0.2).to(dtype).train(training)
    s, v, edge_attr = inputs(dim, dtype)
    g = Orthogonal.random(torch.tensor([0, 5]), dim, dtype=dtype)
    results = []
    for vectors in (v, g.act(v)):
        torch.manual_seed(0)
        results.append(conv(s, vectors, EDGES, edge_attr))
    torch.testing.assert_close(results[1][0], results[0][0])
    torch.testing.assert_close(results[1][1], g.act(results[0][1]))


def test_permutations():
    conv = VectorConv(6, 4, edge_dim=2).double()
    s, v, edge_attr = inputs()
    data = Data(s=s, v=v, edge_index=EDGES, edge_attr=edge_attr, num_nodes=5)
    for part in (0, 1):
        assert_equivariant(lambda d, part=part: conv(d.s, d.v, d.edge_index, d.edge_attr)[part], data)
    g = Permutation.random(torch.tensor([0, 5]))
    moved = conv(g.act(s), g.act(v), g.act_edge_index(EDGES), edge_attr)
    torch.testing.assert_close(moved[1], g.act(conv(s, v, EDGES, edge_attr)[1]))


def test_a_node_hears_its_neighbours_along_the_edges_only():
    conv = VectorConv(6, 4).double()
    s, v, _ = inputs()
    v.requires_grad_()
    edges = torch.tensor([[0, 2], [1, 1]])
    _, out = conv(s, v, edges)
    reach = [bool(torch.autograd.grad(out[1].sum(), v, retain_graph=True)[0][node].any()) for node in range(5)]
    assert reach == [True, True, True, False, False]
    reach = [bool(torch.autograd.grad(out[0].sum(), v, retain_graph=True)[0][node].any()) for node in range(5)]
    assert reach == [True, False, False, False, False]


def test_edges_see_differences_only():
    # A common shift of all vectors changes what the nodes see, and no message.
    conv = VectorConv(6, 4).double()
    s, v, _ = inputs()
    degree = in_degree(EDGES, s)
    plain, shifted = (conv._messages(s, x, EDGES, None, degree) for x in (v, v + torch.randn(1, 4, 3).double()))
    for a, b in zip(plain, shifted):
        torch.testing.assert_close(a, b)


def test_no_edges_and_no_nodes():
    conv = VectorConv(6, 4)
    none = torch.empty(2, 0, dtype=torch.long)
    for num_nodes in (0, 3):
        s, v = conv(torch.randn(num_nodes, 6), torch.randn(num_nodes, 4, 3), none)
        assert s.shape == (num_nodes, 6)
        assert v.shape == (num_nodes, 4, 3)
        assert torch.isfinite(s).all()


def test_coincident_nodes_have_finite_gradients():
    conv = VectorConv(6, 4)
    v = torch.zeros(5, 4, 3, requires_grad=True)
    s, out = conv(torch.zeros(5, 6), v, EDGES)
    (s.sum() + out.sum()).backward()
    assert torch.isfinite(v.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in conv.parameters() if p.grad is not None)


def test_in_degree_counts_arrivals():
    assert in_degree(torch.tensor([[0, 1, 2], [1, 2, 1]]), torch.zeros(4)).flatten().tolist() == [0, 2, 1, 0]


def test_reset_repr_and_errors():
    conv = VectorConv(6, 4, edge_dim=2)
    before = {name: value.clone() for name, value in conv.named_parameters()}
    conv.reset_parameters()
    kept = {name for name, value in conv.named_parameters() if torch.equal(value, before[name])}
    assert kept == {"norm.weight", "update.0.weight", "update.0.bias"}  # ones and zeros
    assert "VectorConv(\n  6, 4, edge_channels=16, edge_vectors=4, edge_dim=2" in repr(conv)
    s, v, edge_attr = inputs(dtype=torch.float32)
    with pytest.raises(ValueError, match=r"'VectorConv' expected 2 edge attributes \(got none\)"):
        conv(s, v, EDGES)
    with pytest.raises(ValueError, match=r"'VectorConv' expected 0 edge attributes \(got \[6, 2\]\)"):
        VectorConv(6, 4)(s, v, EDGES, edge_attr)
    with pytest.raises(ValueError, match=r"'VectorConv' expected 'edge_vectors' to be at least 1 \(got 0\)"):
        VectorConv(6, 4, edge_vectors=0)
