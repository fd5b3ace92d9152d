import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.models.backbones import AdjacencyMLP

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def test_what_the_perceptron_sees():
    model = AdjacencyMLP(1, 1, max_nodes=3, hidden_channels=[])
    seen = []
    model.mlp.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    pair, path = Data(x=torch.tensor([5.0, 6.0]), edge_index=PATH[:, :2]), Data(x=torch.ones(3), edge_index=PATH)
    model(Batch.from_data_list([pair, path]))
    adjacency, nodes = [0, 1, 0, 1, 0, 0, 0, 0, 0], [5, 1, 6, 1, 0, 0]  # features, and which positions are nodes
    assert seen[0][0].tolist() == adjacency + nodes
    assert seen[0][1].tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0] + [1] * 6


def test_isolated_nodes_are_no_padding():
    model = AdjacencyMLP(0, 1, max_nodes=3)
    graphs = [Data(edge_index=PATH[:, :2], num_nodes=n) for n in (2, 3)]
    out = model(Batch.from_data_list(graphs))
    assert not torch.allclose(out[0], out[1])


def test_widths_and_activation():
    model = AdjacencyMLP(0, 2, 4, hidden_channels=[7, 5], activation="tanh", dropout=0.1)
    kinds = [type(layer).__name__ for layer in model.mlp]
    assert kinds == ["Linear", "Tanh", "Dropout", "Linear", "Tanh", "Dropout", "Linear"]
    assert [layer.out_features for layer in model.mlp if isinstance(layer, torch.nn.Linear)] == [7, 5, 2]
    assert [layer.out_features for layer in AdjacencyMLP(0, 2, 4, 6, 3).mlp[::2]] == [6, 6, 6, 2]
    assert AdjacencyMLP(0, 2, 4, output="node").mlp[-1].out_features == 8
    assert AdjacencyMLP(0, 2, 4, output="pair").mlp[-1].out_features == 32
    assert "hidden_channels=[7, 5]" in repr(model)


def test_errors():
    with pytest.raises(ValueError, match=r"'AdjacencyMLP' expected 'hidden_channels' to be at least 1 \(got 0\)"):
        AdjacencyMLP(0, 1, 2, [4, 0])
    with pytest.raises(ValueError, match=r"'AdjacencyMLP' expected 'num_layers' to be at least 0 \(got -1\)"):
        AdjacencyMLP(0, 1, 2, num_layers=-1)
