import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GATConv, GCNConv, GINEConv, SAGEConv, TransformerConv

from pyg_symbreak.canonicalizers import LearnedCanonicalizer, SpectralCanonicalizer, UniformCanonicalizer
from pyg_symbreak.groups import Permutation
from pyg_symbreak.nn import SymPEConv
from pyg_symbreak.testing import assert_equivariant_in_law

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])
CYCLE = torch.tensor([[0, 1, 2, 3, 1, 2, 3, 0], [1, 2, 3, 0, 0, 1, 2, 3]])
RANK = torch.tensor([2, 0, 3, 1])


def test_is_the_layer_on_encoded_features():
    conv = SymPEConv(GCNConv(3 + 4, 5), None, dim=4, max_nodes=6)
    x, weight = torch.randn(4, 3), torch.rand(6)
    expected = conv.conv(torch.cat([x, conv.sympe(RANK)], 1), EDGES, weight)
    assert torch.equal(conv(x, EDGES, weight, g=RANK), expected)
    assert torch.equal(conv(x, EDGES, edge_weight=weight, g=Permutation.from_order(RANK)), expected)


def test_adds_when_told_to():
    conv = SymPEConv(SAGEConv(3, 5), None, dim=3, max_nodes=6, mode="add")
    x = torch.randn(4, 3)
    assert torch.equal(conv(x, EDGES, g=RANK), conv.conv(x + conv.sympe(RANK), EDGES))
    edge = SymPEConv(GATConv(3, 5, edge_dim=2), None, 3, 6, edge_dim=2, mode="add")
    e = torch.randn(6, 2)
    expected = edge.conv(x + edge.sympe(RANK), EDGES, edge_attr=e + edge.sympe.edge(RANK, EDGES))
    assert torch.equal(edge(x, EDGES, edge_attr=e, g=RANK), expected)


@pytest.mark.parametrize("positional", [False, True])
def test_edge_part_joins_the_edge_attributes(positional):
    conv = SymPEConv(TransformerConv(3 + 4, 5, edge_dim=1 + 2), None, dim=4, max_nodes=6, edge_dim=2)
    x, e = torch.randn(4, 3), torch.randn(6, 1)
    vectors = conv.sympe.edge(RANK, EDGES)
    expected = conv.conv(torch.cat([x, conv.sympe(RANK)], 1), EDGES, torch.cat([e, vectors], 1))
    out = conv(x, EDGES, e, g=RANK) if positional else conv(x, EDGES, edge_attr=e, g=RANK)
    assert torch.equal(out, expected)
    flat = conv(x, EDGES, edge_attr=e.view(-1), g=RANK)
    assert torch.equal(flat, expected)
    only = SymPEConv(GINEConv(torch.nn.Linear(7, 5), edge_dim=2), None, dim=4, max_nodes=6, edge_dim=2)
    assert only(x, EDGES, g=RANK).shape == (4, 5)


def test_own_options_of_the_layer_pass_through():
    conv = SymPEConv(GATConv(3 + 4, 5), None, dim=4, max_nodes=6)
    out, (edges, attention) = conv(torch.randn(4, 3), EDGES, g=RANK, return_attention_weights=True)
    assert out.shape == (4, 5)
    assert edges.size(1) == attention.size(0)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        conv(torch.randn(4, 3), EDGES, g=RANK, nonsense=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_exactly_equivariant_given_the_element(dtype):
    conv = SymPEConv(GATConv(3 + 4, 5, edge_dim=2), None, dim=4, max_nodes=6, edge_dim=2).to(dtype)
    x = torch.randn(4, 3, dtype=dtype)
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    for seed in range(5):
        g, h = (Permutation.random(torch.tensor([0, 4]), torch.Generator().manual_seed(seed + k)) for k in (0, 50))
        moved = conv(h.act(x), h.act_edge_index(EDGES), g=h @ g)
        torch.testing.assert_close(moved, h.act(conv(x, EDGES, g=g)), rtol=0, atol=tolerance)


def test_equivariant_in_law_and_breaks_the_symmetry_of_a_cycle():
    torch.manual_seed(0)
    conv = SymPEConv(GCNConv(1 + 2, 2), SpectralCanonicalizer(), dim=2, max_nodes=4)
    data = Data(x=torch.ones(4, 1), edge_index=CYCLE)
    assert conv(data.x, data.edge_index).unique(dim=0).size(0) > 1
    assert GCNConv(1, 2)(data.x, data.edge_index).std(0).max() < 1e-5
    assert_equivariant_in_law(lambda d: conv(d.x, d.edge_index, batch=d.batch), data, num_draws=300)


def test_draws_for_each_graph_of_the_batch_under_a_generator():
    conv = SymPEConv(SAGEConv(1 + 2, 2), UniformCanonicalizer(), dim=2, max_nodes=4)
    batch = Batch.from_data_list([Data(x=torch.ones(4, 1), edge_index=CYCLE)] * 3)
    draws = [
        conv(batch.x, batch.edge_index, batch=batch.batch, generator=torch.Generator().manual_seed(1)) for _ in range(2)
    ]
    assert torch.equal(*draws)
    g = UniformCanonicalizer()(batch, generator=torch.Generator().manual_seed(1))
    assert torch.equal(draws[0], conv(batch.x, batch.edge_index, g=g))
    with pytest.raises(ValueError, match="expected graphs of at most 'max_nodes' = 4 nodes"):
        conv(batch.x, batch.edge_index)  # twelve nodes of one graph


def test_gradients_reach_a_learned_canonicalizer():
    torch.manual_seed(0)
    conv = SymPEConv(GATConv(1 + 4, 5, edge_dim=2), LearnedCanonicalizer(), dim=4, max_nodes=6, edge_dim=2)
    conv(torch.ones(4, 1), EDGES).square().sum().backward()
    assert sum(float(p.grad.abs().sum()) for p in conv.canonicalizer.parameters() if p.grad is not None) > 0
    assert conv.sympe.weight.grad.abs().sum() > 0


def test_degenerate_sizes():
    conv = SymPEConv(SAGEConv(1 + 2, 2), UniformCanonicalizer(), dim=2, max_nodes=4)
    none = torch.empty(2, 0, dtype=torch.long)
    assert conv(torch.empty(0, 1), none).shape == (0, 2)
    assert conv(torch.ones(1, 1), none).shape == (1, 2)


def test_reset_and_repr():
    conv = SymPEConv(SAGEConv(1 + 2, 2), LearnedCanonicalizer(), dim=2, max_nodes=4)
    before = {name: p.clone() for name, p in conv.named_parameters()}
    conv.reset_parameters()
    changed = {name for name, p in conv.named_parameters() if not torch.equal(p, before[name])}
    assert {"sympe.weight", "conv.lin_l.weight", "canonicalizer.network.head.weight"} <= changed
    assert "mode='cat'" in repr(conv)


def test_errors():
    x = torch.randn(4, 3)
    with pytest.raises(TypeError, match=r"'SymPEConv' expected 'conv' as a 'MessagePassing' layer \(got 'Linear'\)"):
        SymPEConv(torch.nn.Linear(2, 2), None, dim=2, max_nodes=4)
    with pytest.raises(
        TypeError, match=r"expected 'conv' to take 'edge_attr' when 'edge_dim' is set \(got 'SAGEConv'\)"
    ):
        SymPEConv(SAGEConv(2, 2), None, dim=2, max_nodes=4, edge_dim=1)
    with pytest.raises(ValueError, match=r"'SymPEConv' expected 'mode' in \('cat', 'add'\) \(got 'mul'\)"):
        SymPEConv(SAGEConv(2, 2), None, dim=2, max_nodes=4, mode="mul")
    conv = SymPEConv(SAGEConv(5, 2), None, dim=2, max_nodes=4)
    with pytest.raises(ValueError, match=r"'SymPEConv' expected 'g' \(got None, and there is no canonicalizer"):
        conv(x, EDGES)
    with pytest.raises(TypeError, match=r"'SymPEConv' expected 'x' as one tensor \(got 'tuple'\)"):
        conv((x, x), EDGES, g=RANK)
    with pytest.raises(ValueError, match=r"'SymPEConv' expected 'x' with 2 channels to add to \(got 3\)"):
        SymPEConv(SAGEConv(3, 2), None, dim=2, max_nodes=4, mode="add")(x, EDGES, g=RANK)
    edge = SymPEConv(GATConv(3, 5, edge_dim=2), None, 3, 6, edge_dim=2, mode="add")
    with pytest.raises(
        ValueError, match=r"'SymPEConv' expected 'edge_attr' of shape \[6, 2\] to add to \(got \[6, 1\]\)"
    ):
        edge(x, EDGES, edge_attr=torch.ones(6, 1), g=RANK)
