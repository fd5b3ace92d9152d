import pytest
import torch

from pyg_symbreak.groups import Euclidean, LatticeGroup, LatticeSymmetry, Orthogonal, Permutation
from pyg_symbreak.nn import DenseSymPE, GroupSymPE, SymPE

PTR = torch.tensor([0, 3, 5])


def test_equals_the_sparse_module_on_padded_graphs():
    dense, sparse = DenseSymPE(4, max_nodes=6, edge_dim=2), SymPE(4, max_nodes=6, edge_dim=2)
    sparse.load_state_dict({"weight": dense.weight, "pair.weight": dense.pair})
    g = Permutation(torch.tensor([2, 0, 1, 1, 0]), PTR)
    rank = torch.zeros(2, 4, dtype=torch.long)
    mask = torch.tensor([[True, True, True, False], [True, True, False, False]])
    rank[mask] = g.order
    nodes, pairs = dense(rank, mask)
    assert torch.equal(nodes[mask], sparse(g))
    edges = torch.tensor([[0, 1, 3], [2, 1, 4]])
    assert torch.equal(pairs[torch.tensor([0, 0, 1]), [0, 1, 0], [2, 1, 1]], sparse.edge(g, edges))
    assert (nodes[~mask] == 0).all()
    assert (pairs[:, 3] == 0).all()
    assert (pairs[1, :, 2] == 0).all()
    assert dense(rank)[0].shape == (2, 4, 4)
    assert DenseSymPE(4, max_nodes=6)(rank)[1] is None


def test_node_part_is_the_general_module_on_permutations():
    general = GroupSymPE(4, 2)
    g = Permutation(torch.tensor([2, 0, 1, 1, 0]), PTR)
    out = general(g)
    assert torch.equal(out[0, :3], general.weight[g.order[:3]])
    assert torch.equal(out[1, :2], general.weight[g.order[3:]])


@pytest.mark.parametrize("group", [Orthogonal, Euclidean])
def test_general_module_is_exactly_equivariant_given_the_element(group):
    general = GroupSymPE(2, 3).double()
    g, h = (group.random(PTR, 3, dtype=torch.float64) for _ in range(2))
    torch.testing.assert_close(general(h @ g), h.act_dense(general(g)))
    general(g).square().sum().backward()
    assert general.weight.grad.abs().sum() > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_compiles_as_one_graph():
    module = DenseSymPE(4, max_nodes=6, edge_dim=2)
    rank = torch.stack([torch.randperm(5) for _ in range(3)])
    mask = torch.rand(3, 5) < 0.8
    compiled = torch.compile(module, fullgraph=True)
    for got, expected in zip(compiled(rank, mask), module(rank, mask)):
        torch.testing.assert_close(got, expected)


def test_traces_as_one_graph():
    # What torch.compile(fullgraph=True) needs, without the minute of code generation.
    module = DenseSymPE(4, max_nodes=6, edge_dim=2)
    rank, mask = torch.stack([torch.randperm(5) for _ in range(3)]), torch.rand(3, 5) < 0.8
    program = torch.export.export(module, (rank, mask))
    for got, expected in zip(program.module()(rank, mask), module(rank, mask)):
        torch.testing.assert_close(got, expected)


def test_reset_and_repr():
    for module, text in (
        (DenseSymPE(4, 6, 2), "DenseSymPE(4, max_nodes=6, edge_dim=2)"),
        (GroupSymPE(2, 3), "GroupSymPE(2, 3, kind='dense')"),
    ):
        assert repr(module) == text
        before = [p.clone() for p in module.parameters()]
        module.reset_parameters()
        assert not any(torch.equal(a, b) for a, b in zip(before, module.parameters()))


def test_errors():
    with pytest.raises(ValueError, match=r"padded to at most 'max_nodes' = 3 nodes \(got 4\)"):
        DenseSymPE(2, max_nodes=3)(torch.zeros(1, 4, dtype=torch.long))
    with pytest.raises(ValueError, match=r"'DenseSymPE' expected 'edge_dim' to be at least 1 \(got 0\)"):
        DenseSymPE(2, max_nodes=3, edge_dim=0)
    with pytest.raises(ValueError, match=r"'GroupSymPE' expected a shape of positive sizes \(got \(\)\)"):
        GroupSymPE()
    with pytest.raises(ValueError, match=r"'GroupSymPE' expected 'kind' to be one of node, .* \(got 'site'\)"):
        GroupSymPE(2, kind="site")


def test_a_learned_field_is_moved_by_symmetries_of_the_lattice():
    group = LatticeGroup.p4m(4, spin_flip=True)
    g, h = (LatticeSymmetry.random(6, group, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    for kind in ("dense", "spin"):
        field = GroupSymPE(2, 4, 4, kind=kind)
        assert torch.equal(field(h @ g), h.act_as(field(g), kind))
    assert not torch.equal(field(g), field(g.identity_like()))
    assert bool((g.sign < 0).any())
