import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.canonicalizers import ScoreGIN
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import assert_equivariant

OPTIONS = [{}, {"virtual_node": True}, {"edge_dim": 2}, {"virtual_node": True, "edge_dim": 2}]


def graph(g, seed=0):
    edge_index = from_networkx(g).edge_index
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(len(g), 3, generator=generator, dtype=torch.float64)
    edge_attr = torch.randn(edge_index.size(1), 2, generator=generator, dtype=torch.float64)
    return Data(x=x, edge_index=edge_index, edge_attr=edge_attr, num_nodes=len(g))


def graphs():
    return [graph(g, seed) for seed, g in enumerate((nx.path_graph(5), nx.empty_graph(1), nx.star_graph(6)))]


@pytest.mark.parametrize("options", OPTIONS)
def test_equivariant_and_every_graph_on_its_own(options):
    network = ScoreGIN(3, 16, **options).double()
    nobody = Data(x=torch.empty(0, 3), edge_index=torch.empty(2, 0).long(), edge_attr=torch.empty(0, 2), num_nodes=0)
    batch = Batch.from_data_list([*graphs(), nobody])
    out = network(batch)
    assert out.shape == (13,)
    torch.testing.assert_close(out, torch.cat([network(data) for data in graphs()]))
    assert_equivariant(network, batch)


@pytest.mark.parametrize("options", OPTIONS)
def test_symmetric_nodes_score_alike(options):
    data = graph(nx.petersen_graph())
    data.x, data.edge_attr = torch.ones_like(data.x), torch.ones_like(data.edge_attr)
    assert float(ScoreGIN(3, **options).double()(data).detach().std()) < 1e-12


def test_a_virtual_node_joins_what_edges_do_not():
    apart = graph(nx.empty_graph(3))
    changed = apart.clone()
    changed.x[2] += 1
    for options, same in (({}, True), ({"virtual_node": True}, False)):
        network = ScoreGIN(3, **options).double()
        assert torch.equal(network(apart)[:2], network(changed)[:2]) is same


def test_edge_features_count():
    data = graph(nx.cycle_graph(5))
    other = data.clone()
    other.edge_attr[0] += 1
    network = ScoreGIN(3, edge_dim=2).double()
    assert not torch.allclose(network(data), network(other))
    g = Permutation.random(node_ptr(data))
    torch.testing.assert_close(network(g.act_data(data)), g.act(network(data)))
    plain = Data(x=data.x, edge_index=data.edge_index, edge_attr=data.edge_attr[:, 0])
    assert ScoreGIN(3, edge_dim=1).double()(plain).shape == (5,)


def test_without_edges():
    assert ScoreGIN()(Data(num_nodes=3)).shape == (3,)
    assert ScoreGIN(virtual_node=True)(Data(num_nodes=0)).shape == (0,)


@pytest.mark.parametrize("options", OPTIONS)
def test_gradients_reach_everything_and_reset_draws_afresh(options):
    network = ScoreGIN(3, **options).double()
    network(graph(nx.path_graph(4))).square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.reset_parameters()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert {"embed.weight", "head.weight", "convs.0.nn.0.weight"} <= changed
    assert ("virtual" in changed) is options.get("virtual_node", False)


def test_repr_and_errors():
    assert "ScoreGIN(\n  3, hidden_channels=32, virtual_node=True, edge_dim=0" in repr(ScoreGIN(3, virtual_node=True))
    data = graph(nx.path_graph(3))
    with pytest.raises(ValueError, match=r"'ScoreGIN' expected 'data.x' of shape \[3, 2\] \(got \[3, 3\]\)"):
        ScoreGIN(2)(data)
    with pytest.raises(ValueError, match=r"'ScoreGIN' expected 'data.edge_attr' of shape \[4, 5\] \(got \[4, 2\]\)"):
        ScoreGIN(3, edge_dim=5)(data)
    with pytest.raises(ValueError, match=r"'ScoreGIN' expected 'data.edge_attr' of shape \[0, 1\] \(got none\)"):
        ScoreGIN(edge_dim=1)(Data(num_nodes=2))
