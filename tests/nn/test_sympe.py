import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import LearnedCanonicalizer, UniformCanonicalizer
from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.nn import SymPE
from pyg_symbreak.testing import assert_equivariant_in_law

PTR = torch.tensor([0, 3, 3, 5])
CYCLE = torch.tensor([[0, 1, 2, 3, 1, 2, 3, 0], [1, 2, 3, 0, 0, 1, 2, 3]])


def test_node_part_is_the_learned_table_moved_by_the_element():
    sympe = SymPE(4, max_nodes=3)
    g = Permutation(torch.tensor([2, 0, 1, 1, 0]), PTR)
    table = torch.cat([sympe.weight, sympe.weight[:2]])
    assert torch.equal(sympe(g), g.act(table))
    for node, rank in enumerate(g.order):
        assert torch.equal(sympe(g)[node], sympe.weight[rank])
    assert torch.equal(sympe(g.order), sympe(g))


@pytest.mark.parametrize("mode", ["pair", "difference"])
def test_edge_part_is_the_learned_table_moved_by_the_element(mode):
    sympe = SymPE(4, max_nodes=3, edge_dim=2, edge_mode=mode)
    g = Permutation(torch.tensor([2, 0, 1, 1, 0]), PTR)
    edges = torch.tensor([[0, 1, 2, 3, 4, 0], [1, 1, 0, 4, 3, 0]])
    r = torch.arange(3)
    table = sympe.pair(r.unsqueeze(1), r.unsqueeze(0)).expand(3, 3, 3, 2)
    moved = g.act_dense(table, dims=(1, 2))
    place = torch.tensor([0, 1, 2, 0, 1])
    expected = moved[g.batch[edges[0]], place[edges[0]], place[edges[1]]]
    assert torch.equal(sympe.edge(g, edges), expected)
    assert torch.equal(sympe.edge(g.order, edges), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_exactly_equivariant_given_the_element(dtype):
    sympe = SymPE(4, max_nodes=5, edge_dim=2).to(dtype)
    for seed in range(5):
        g, h = (Permutation.random(PTR, torch.Generator().manual_seed(seed + k)) for k in (0, 100))
        assert torch.equal(sympe(h @ g), h.act(sympe(g)))
        edges = torch.tensor([[0, 1, 4], [1, 2, 3]])
        assert torch.equal(sympe.edge(h @ g, h.act_edge_index(edges)), sympe.edge(g, edges))


def test_equivariant_in_law_with_a_draw():
    sympe, draw = SymPE(2, max_nodes=4), UniformCanonicalizer()
    data = Data(edge_index=CYCLE, num_nodes=4)
    assert_equivariant_in_law(lambda d: sympe(draw(d)), data, num_draws=500)


def test_rows_differ_so_that_no_symmetry_is_left():
    assert SymPE(1, max_nodes=64).weight.unique(dim=0).size(0) == 64


def test_gradients_reach_the_tables_and_through_them_a_learned_canonicalizer():
    torch.manual_seed(0)
    path = Data(edge_index=torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]]), num_nodes=4)
    data = Batch.from_data_list([path, Data(edge_index=CYCLE, num_nodes=4)])
    for part in ("node", "edge"):
        canonicalizer, sympe = LearnedCanonicalizer(), SymPE(3, max_nodes=6, edge_dim=2)
        g = canonicalizer(data)
        hard = g.detach()
        if part == "node":
            out, expected = sympe(g), sympe(hard)
        else:
            out, expected = sympe.edge(g, data.edge_index), sympe.edge(hard, data.edge_index)
        assert torch.equal(out, expected), "forward is hard"
        (out * torch.randn_like(out)).sum().backward()
        assert sum(float(p.grad.abs().sum()) for p in canonicalizer.parameters() if p.grad is not None) > 0
        table = sympe.weight if part == "node" else sympe.pair.weight
        gradient = table.grad.clone()
        assert gradient.abs().sum() > 0
        table.grad = None
        out = sympe(hard) if part == "node" else sympe.edge(hard, data.edge_index)
        assert table.grad is None


def test_sizes_beyond_max_nodes():
    rank = torch.arange(5)
    wrap = SymPE(4, max_nodes=3, edge_dim=2, extrapolate="wrap")
    assert torch.equal(wrap(rank)[3:], wrap.weight[:2])
    g = Permutation(rank)
    assert torch.equal(wrap(g), wrap(rank))
    edges = torch.tensor([[0, 3], [4, 1]])
    assert torch.equal(wrap.edge(rank, edges)[0], wrap.edge(rank, edges)[1])
    strict = SymPE(4, max_nodes=3, edge_dim=2)
    for call in (lambda: strict(rank), lambda: strict(g), lambda: strict.edge(g, edges)):
        with pytest.raises(
            ValueError, match=r"'SymPE' expected graphs of at most 'max_nodes' = 3 nodes \(got one of 5\)"
        ):
            call()
    assert strict(torch.arange(3)).shape == (3, 4)


def test_degenerate_sizes():
    sympe = SymPE(4, max_nodes=3, edge_dim=2)
    none = torch.empty(2, 0, dtype=torch.long)
    for ptr in ([0], [0, 0], [0, 1]):
        g = Permutation.identity(torch.tensor(ptr))
        assert sympe(g).shape == (ptr[-1], 4)
        assert sympe.edge(g, none).shape == (0, 2)


def test_reset_and_repr():
    sympe = SymPE(4, max_nodes=3, edge_dim=2)
    before = [p.clone() for p in sympe.parameters()]
    sympe.reset_parameters()
    assert not any(torch.equal(a, b) for a, b in zip(before, sympe.parameters()))
    assert repr(SymPE(4, max_nodes=3)) == "SymPE(4, max_nodes=3, edge_dim=None, extrapolate='error')"


def test_errors():
    g = Permutation(torch.tensor([0, 1]))
    with pytest.raises(ValueError, match=r"'SymPE.edge' expected a module with an edge part \(got edge_dim=None\)"):
        SymPE(4, max_nodes=3).edge(g, torch.tensor([[0], [1]]))
    with pytest.raises(TypeError, match=r"'SymPE' expected permutations or ranks \(got 'Orthogonal'\)"):
        SymPE(4, max_nodes=3)(Orthogonal.identity(torch.tensor([0, 1]), 2))
    with pytest.raises(ValueError, match=r"'SymPE' expected 'max_nodes' to be at least 1 \(got 0\)"):
        SymPE(4, max_nodes=0)
    with pytest.raises(ValueError, match=r"'SymPE' expected 'extrapolate' in \('error', 'wrap'\) \(got 'grow'\)"):
        SymPE(4, max_nodes=3, extrapolate="grow")
