import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import LearnedCanonicalizer
from pyg_symbreak.canonicalizers.canonical_inputs import canonical_positions
from pyg_symbreak.models.backbones import IdentifiedGIN

SQUARE = torch.tensor([[0, 1, 1, 2, 2, 3, 3, 0], [1, 0, 2, 1, 3, 2, 0, 3]])


def test_identifiers_tell_symmetric_nodes_apart():
    model, data = IdentifiedGIN(0, 2, max_nodes=4, output="node"), Data(edge_index=SQUARE, num_nodes=4)
    assert model(data).unique(dim=0).size(0) == 4
    torch.nn.init.zeros_(model.identifier.weight)
    torch.testing.assert_close(model(data), model(data)[:1].expand(4, 2))


def test_identifiers_with_and_without_gradient_are_the_same():
    model, data = IdentifiedGIN(0, 2, max_nodes=6), Data(edge_index=SQUARE, num_nodes=4)
    g = LearnedCanonicalizer()(data)
    moved = g.inverse().act_data(data)
    assert "relaxed" in moved
    expected = model.identifier(canonical_positions(data, 6))
    torch.testing.assert_close(model._identify(moved, model.padding(moved)), expected)
    torch.testing.assert_close(model._identify(data, model.padding(data)), expected)


def test_separates_what_message_passing_cannot():
    hexagon = torch.tensor([[i, (i + 1) % 6] for i in range(6)]).t()
    triangles = torch.tensor([[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3]]).t()
    graphs = [Data(edge_index=torch.cat([e, e.flip(0)], 1), num_nodes=6) for e in (hexagon, triangles)]
    out = IdentifiedGIN(0, 2, max_nodes=6)(Batch.from_data_list(graphs))
    assert not torch.allclose(out[0], out[1], atol=1e-4)


def test_edge_attributes_are_optional():
    model = IdentifiedGIN(0, 2, max_nodes=4, edge_channels=1)
    data = Data(edge_index=SQUARE, num_nodes=4, edge_attr=torch.ones(8))
    other = Data(edge_index=SQUARE, num_nodes=4, edge_attr=torch.arange(8.0))
    assert not torch.allclose(model(data), model(other))
    assert "hidden_channels=64, num_layers=3" in repr(model)


def test_errors():
    with pytest.raises(ValueError, match=r"'IdentifiedGIN' expected 'num_layers' to be at least 0 \(got -1\)"):
        IdentifiedGIN(0, 1, 2, num_layers=-1)
    with pytest.raises(ValueError, match=r"'GraphInputs' expected 'data.edge_attr' of shape \[8, 1\] \(got none\)"):
        IdentifiedGIN(0, 2, max_nodes=4, edge_channels=1)(Data(edge_index=SQUARE, num_nodes=4))
