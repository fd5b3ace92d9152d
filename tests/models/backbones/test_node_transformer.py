import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.models.backbones import NodeTransformer
from pyg_symbreak.testing import assert_equivariant

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def masks(model, data):
    """What is added to the attention logits of the blocks."""
    seen = []
    hooks = [block.register_forward_pre_hook(lambda _, args: seen.append(args[1])) for block in model.blocks]
    model(data)
    for hook in hooks:
        hook.remove()
    return seen


def test_positions_are_all_that_breaks_the_symmetry():
    model = NodeTransformer(2, 2, max_nodes=5, output="node").double()
    data = Data(x=torch.randn(3, 2, dtype=torch.float64), edge_index=PATH)
    with torch.no_grad():
        model.position.zero_()
    assert_equivariant(model, data)


def test_no_mask_without_need():
    model = NodeTransformer(1, 2, max_nodes=5, adjacency=False)
    graphs = [Data(x=torch.randn(n, 1)) for n in (3, 3, 2)]
    assert masks(model, Batch.from_data_list(graphs[:2])) == [None] * 4
    ragged = masks(model, Batch.from_data_list(graphs))
    assert all(mask.shape == (3, 1, 1, 3) for mask in ragged)


def test_the_graph_is_seen_through_a_bias_of_every_layer_and_head():
    model = NodeTransformer(1, 2, max_nodes=5, heads=4, num_layers=2, pair_channels=1)
    data = Data(x=torch.randn(3, 1), edge_index=PATH, pair_attr=torch.randn(1, 3, 3))
    for bias, linear in zip(masks(model, data), model.biases):
        expected = linear.weight[:, 0].view(4, 1, 1) * torch.tensor([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])
        torch.testing.assert_close(bias[0], expected + linear.weight[:, 1].view(4, 1, 1) * data.pair_attr)
    assert len(NodeTransformer(1, 2, max_nodes=5, adjacency=False).biases) == 0
    assert "hidden_channels=64, num_layers=2, heads=4, adjacency=True" in repr(model)


def test_pairs_without_any_node_input():
    model = NodeTransformer(0, 2, max_nodes=5, output="pair")
    assert model(Data(edge_index=PATH, num_nodes=3)).shape == (1, 3, 3, 2)


def test_errors():
    with pytest.raises(ValueError, match=r"'NodeTransformer' expected 'num_layers' to be at least 1 \(got 0\)"):
        NodeTransformer(0, 1, 2, num_layers=0)
    with pytest.raises(ValueError, match=r"'Attention' expected 'width' to be a multiple of 3 heads \(got 64\)"):
        NodeTransformer(0, 1, 2, heads=3)
