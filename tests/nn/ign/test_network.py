import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.nn.ign import (
    InvariantGraphBlock,
    InvariantGraphNetwork,
    OrbitActivation,
    Tuples,
    graph_tensor,
)
from pyg_symbreak.testing import assert_equivariant

KINDS = {"plain": {}, "product": {"product": True}, "order 3": {"order": 3}}


def attributed(sizes=(4, 0, 1, 2, 5)):
    graphs = []
    for n in sizes:
        edge_index = (torch.rand(n, n) < 0.5).nonzero().t()
        attr = torch.randn(edge_index.size(1), 2, dtype=torch.double)
        graphs.append(Data(x=torch.randn(n, 3, dtype=torch.double), edge_index=edge_index, edge_attr=attr))
    return Batch.from_data_list(graphs)


def network(in_channels=3, edge_dim=2, **kwargs):
    model = InvariantGraphNetwork(in_channels, 4, hidden_channels=8, num_layers=2, edge_dim=edge_dim, **kwargs)
    for name, parameter in model.named_parameters():
        if "bias" in name:
            torch.nn.init.normal_(parameter)
    return model.double()


@pytest.mark.parametrize("output", ["graph", "node", "pair"])
@pytest.mark.parametrize("kind", KINDS)
def test_equivariant(kind, output):
    model, batch = network(output=output, **KINDS[kind]), attributed()
    assert model(batch).shape == {"graph": (5, 4), "node": (12, 4), "pair": (5, 5, 5, 4)}[output]
    moved = "dense" if output == "pair" else output
    assert_equivariant(model, batch, output=moved, atol=1e-10, rtol=0)
    assert_equivariant(model, attributed([4]), output=moved, atol=1e-10, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_graphs_of_a_batch_do_not_see_one_another(kind):
    batch = attributed()
    for output, dim in (("graph", 0), ("node", 0), ("pair", None)):
        model = network(output=output, **KINDS[kind])
        found = model(batch)
        alone = [model(graph) for graph in batch.to_data_list()]
        if dim is None:
            for number, (n, single) in enumerate(zip([4, 0, 1, 2, 5], alone)):
                torch.testing.assert_close(found[number, :n, :n], single[0], atol=1e-10, rtol=0)
                assert not found[number, n:].any()
                assert not found[number, :, n:].any()
        else:
            torch.testing.assert_close(found, torch.cat(alone), atol=1e-10, rtol=0)


def test_the_tensor_of_a_graph():
    data = Data(
        x=torch.tensor([1, 2, 3]),
        edge_index=torch.tensor([[0, 0, 1, 2], [1, 1, 2, 2]]),
        edge_attr=torch.tensor([[1.0], [2.0], [3.0], [4.0]]),
    )
    found = graph_tensor(data, Tuples.of(data), in_channels=1, edge_dim=1).view(3, 3, 3)
    assert found[..., 0].tolist() == [[0, 2, 0], [0, 0, 1], [0, 0, 1]]
    assert found[..., 1].tolist() == [[0, 3, 0], [0, 0, 3], [0, 0, 4]]
    assert found[..., 2].tolist() == [[1, 0, 0], [0, 2, 0], [0, 0, 3]]
    without = Data(num_nodes=2)
    assert graph_tensor(without, Tuples.of(without)).tolist() == [[0.0]] * 4


def test_gradients_reach_every_parameter():
    batch = attributed()
    for kind in KINDS.values():
        model = network(output="node", **kind)
        model(batch).square().sum().backward()
        assert all(parameter.grad.abs().max() > 0 for parameter in model.parameters())
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter)
        before = [parameter.clone() for parameter in model.parameters()]
        model.reset_parameters()
        assert all(not torch.equal(a, b) for a, b in zip(before, model.parameters()))


def test_activations_by_orbit_are_copied_into_every_block():
    model = network(activations=[torch.nn.ReLU(), torch.nn.PReLU()], output="node")
    slopes = [parameter for name, parameter in model.named_parameters() if "activations" in name]
    assert len(slopes) == 2
    assert_equivariant(model, attributed(), output="node", atol=1e-10, rtol=0)


def simple(*graphs):
    batch = []
    for graph in graphs:
        edges = torch.tensor(list(nx.convert_node_labels_to_integers(graph).edges)).view(-1, 2).t().long()
        edge_index = torch.cat([edges, edges.flip(0)], dim=1)
        batch.append(Data(edge_index=edge_index, num_nodes=graph.number_of_nodes()))
    return Batch.from_data_list(batch)


def outputs(graphs, num_layers=4, **kwargs):
    """Vectors of graphs by a network with random parameters, none of them special, scaled to the longest."""
    model = InvariantGraphNetwork(0, 8, hidden_channels=16, num_layers=num_layers, **kwargs)
    for name, parameter in model.named_parameters():
        if "bias" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    with torch.no_grad():
        out = model.double()(simple(*graphs))
    return out / out.norm(dim=1).max()


def distance(pair, **kwargs):
    first, second = outputs(pair, **kwargs)
    return float((first - second).abs().max())


def shrikhande():
    steps = ((1, 0), (0, 1), (1, 1))
    cells = [(i, j) for i in range(4) for j in range(4)]
    return nx.Graph([((i, j), ((i + a) % 4, (j + b) % 4)) for i, j in cells for a, b in steps])


def decalin():
    return nx.Graph([*((i, (i + 1) % 10) for i in range(10)), (0, 5)])


def bicyclopentyl():
    return nx.Graph([*((5 * k + i, 5 * k + (i + 1) % 5) for k in (0, 1) for i in range(5)), (0, 5)])


REGULAR = {
    "hexagon, two triangles": (nx.cycle_graph(6), nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3))),
    "K33, prism": (nx.complete_bipartite_graph(3, 3), nx.circular_ladder_graph(3)),
    "CSL 2, CSL 3": (nx.circulant_graph(11, [1, 2]), nx.circulant_graph(11, [1, 3])),
}
# Colour refinement is blind to all of these; 2-FWL is not.
CONFUSED = {**REGULAR, "decalin, bicyclopentyl": (decalin(), bicyclopentyl())}


@pytest.mark.parametrize("name", CONFUSED)
def test_the_product_separates_what_the_plain_network_does_not(name):
    assert distance(CONFUSED[name]) < 1e-13
    assert distance(CONFUSED[name], product=True) > 1e-9


@pytest.mark.parametrize("name", REGULAR)
def test_order_three_separates_what_order_two_does_not(name):
    assert distance(REGULAR[name], order=3, num_layers=2) > 1e-6


def test_strongly_regular_graphs_are_beyond_both():
    rook = nx.line_graph(nx.complete_bipartite_graph(4, 4))
    pair = (rook, shrikhande())
    assert not nx.is_isomorphic(*pair)
    for kwargs in ({}, {"product": True}, {"order": 3, "num_layers": 2}):
        assert distance(pair, **kwargs) < 1e-13


def test_all_ten_classes_of_circular_skip_links():
    graphs = [nx.circulant_graph(41, [1, skip]) for skip in (2, 3, 4, 5, 6, 9, 11, 12, 13, 16)]
    for kwargs, low, high in (({}, 0, 1e-13), ({"product": True}, 1e-11, 1)):
        gaps = apart(outputs(graphs, **kwargs))[~torch.eye(10, dtype=torch.bool)]
        assert low <= gaps.min() <= gaps.max() < high


def apart(out):
    return (out.unsqueeze(0) - out.unsqueeze(1)).abs().amax(2)


def test_all_graphs_of_up_to_six_nodes():
    """Order 2 tells two graphs apart if and only if colour refinement does, and the product all of them."""
    graphs = [graph for graph in nx.graph_atlas_g() if 1 <= graph.number_of_nodes() <= 6]
    colors = [refined(graph) for graph in graphs]
    same = torch.tensor([[first == second for second in colors] for first in colors])
    itself = torch.eye(len(graphs), dtype=torch.bool)
    assert same.sum() == len(graphs) + 2 * 4  # four pairs are confused
    gaps = apart(outputs(graphs))
    assert gaps[same].max() < 1e-13
    assert gaps[~same].min() > 1e-10
    assert apart(outputs(graphs, product=True, num_layers=3))[~itself].min() > 1e-8


def refined(graph):
    """The colours of colour refinement, counted, written so that they can be compared between graphs."""
    color = dict.fromkeys(graph, "")
    for _ in graph:
        color = {node: str(sorted(color[other] for other in graph[node])) for node in graph}
    return sorted(color.values())


def test_errors():
    with pytest.raises(ValueError, match=r"'InvariantGraphNetwork' expected 'order' in \(2, 3\) \(got 4\)"):
        InvariantGraphNetwork(1, 1, order=4)
    with pytest.raises(ValueError, match=r"'InvariantGraphNetwork' expected 'output' in .* \(got 'edge'\)"):
        InvariantGraphNetwork(1, 1, output="edge")
    with pytest.raises(ValueError, match=r"'InvariantGraphNetwork' expected 'num_layers' to be at least 1 \(got 0\)"):
        InvariantGraphNetwork(1, 1, num_layers=0)
    with pytest.raises(ValueError, match=r"'InvariantGraphBlock' expected the order 2 with a product \(got 3\)"):
        InvariantGraphNetwork(1, 1, order=3, product=True)
    with pytest.raises(ValueError, match=r"'graph_tensor' expected 'data.x' of shape \[2, 3\] \(got none\)"):
        InvariantGraphNetwork(3, 1)(Data(num_nodes=2))
    data = Data(x=torch.zeros(2, 3), edge_index=torch.tensor([[0], [1]]))
    with pytest.raises(ValueError, match=r"'graph_tensor' expected 'data.edge_attr' of shape \[1, 2\] \(got none\)"):
        InvariantGraphNetwork(3, 1, edge_dim=2)(data)


def test_a_block_on_its_own():
    tuples = Tuples(torch.tensor([0, 3]))
    block = InvariantGraphBlock(2, 4, activation=OrbitActivation(2, torch.nn.Tanh(), channels=4))
    x = torch.randn(9, 4)
    out = block(x, tuples)
    block.reset_parameters()
    assert not torch.equal(block(x, tuples), out)
