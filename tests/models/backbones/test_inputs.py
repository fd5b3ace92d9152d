import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import RelaxedPermutation
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.models.backbones import GraphInputs, Padding

EDGES = torch.tensor([[0, 1, 1], [1, 0, 1]])


def example(**attributes):
    small = Data(x=torch.tensor([1, 2]), edge_index=EDGES, weight=torch.tensor([3.0, 4.0, 5.0]))
    large = Data(x=torch.tensor([7, 8, 9]), edge_index=torch.tensor([[2], [0]]), weight=torch.tensor([6.0]))
    data = Batch.from_data_list([small, large])
    for name, value in attributes.items():
        data[name] = value
    return data


def pairs(inputs, data, **kwargs):
    return inputs.pairs(data, Padding(node_ptr(data)), torch.float64, **kwargs)


def test_nodes_of_several_attributes():
    data = example(pos=torch.arange(30.0).view(5, 2, 3))
    out = GraphInputs(7, ("pos", "x")).nodes(data, torch.float64)
    assert out.dtype == torch.float64
    assert out[1].tolist() == [6, 7, 8, 9, 10, 11, 2]
    assert GraphInputs().nodes(data, torch.float32).shape == (5, 0)


def test_pairs_hold_adjacency_edges_and_pairs_in_this_order():
    data = example(near=10 + torch.arange(18.0).view(2, 3, 3))
    inputs = GraphInputs(edge_channels=1, edge_attr="weight", pair_channels=1, pair_attr="near")
    assert inputs.channels == 3
    out = pairs(inputs, data)
    assert (out.shape, out.dtype) == ((2, 3, 3, 3), torch.float64)
    assert out[0, 0, 1].tolist() == [1, 3, 11]
    assert out[0, 1, 1].tolist() == [1, 5, 14]
    assert out[1, 2, 0].tolist() == [1, 6, 25]
    assert out[1, 0, 2].tolist() == [0, 0, 21]
    assert out[0, 2].abs().sum() == out[0, :, 2].abs().sum() == 0  # padding, whatever the attribute holds there
    wide = pairs(inputs, data, size=5)
    assert torch.equal(wide[:, :3, :3], out)
    assert wide[:, 3:].abs().sum() == wide[:, :, 3:].abs().sum() == 0
    assert pairs(GraphInputs(adjacency=False), data).shape == (2, 3, 3, 0)


def test_pair_attributes_move_with_the_nodes():
    data = example(near=torch.randn(2, 3, 3, 2))
    inputs = GraphInputs(edge_channels=1, edge_attr="weight", pair_channels=2, pair_attr="near")
    g = Permutation.random(data.ptr)
    moved = pairs(inputs, g.act_data(data, {"near": "pair"}))
    torch.testing.assert_close(moved, g.act_dense(pairs(inputs, data), dims=(1, 2)))


def test_repeated_edges_count():
    data = Data(edge_index=torch.tensor([[0, 0], [1, 1]]), num_nodes=2)
    assert pairs(GraphInputs(), data)[0, 0, 1].tolist() == [2.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"in_channels": -1}, r"'GraphInputs' expected 'in_channels' to be at least 0 \(got -1\)"),
        ({"edge_channels": -1}, r"'GraphInputs' expected 'edge_channels' to be at least 0 \(got -1\)"),
        ({"node_attrs": "x"}, r"'GraphInputs' expected 'node_attrs' as a sequence of names \(got 'x'\)"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        GraphInputs(**arguments)


def test_wrong_nodes():
    with pytest.raises(ValueError, match=r"'GraphInputs' expected 'data.pos' with 5 rows \(got none\)"):
        GraphInputs(3, ("pos",)).nodes(example(), torch.float32)
    with pytest.raises(ValueError, match=r"'GraphInputs' expected 'data.y' with 5 rows \(got \[4\]\)"):
        GraphInputs(1, ("y",)).nodes(example(y=torch.ones(4)), torch.float32)
    with pytest.raises(ValueError, match=r"'GraphInputs' expected 3 numbers per node in 'x' \(got 1\)"):
        GraphInputs(3).nodes(example(), torch.float32)


def test_wrong_edges_and_pairs():
    for attr, got in ((None, "none"), (torch.ones(4), r"\[4\]"), (torch.ones(3, 2), r"\[3, 2\]")):
        data = example(a=attr)
        with pytest.raises(ValueError, match=rf"'GraphInputs' expected 'data.a' of shape \[4, 2\] \(got {got}\)"):
            pairs(GraphInputs(edge_channels=2, edge_attr="a"), data)
    wrong = [None, torch.ones(2, 2, 3, 2), torch.ones(1, 3, 3, 2), torch.ones(2, 3, 3), torch.ones(2, 3, 3, 3)]
    for attr in wrong:
        got = "none" if attr is None else str(list(attr.shape)).replace("[", r"\[").replace("]", r"\]")
        message = rf"'GraphInputs' expected 'data.a' of shape \[2, 3, 3, 2\] \(got {got}\)"
        with pytest.raises(ValueError, match=message):
            pairs(GraphInputs(pair_channels=2, pair_attr="a"), example(a=attr))


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32])
def test_numbers_of_edges_pass_gradients_to_the_draw(dtype):
    score = torch.tensor([0.3, 0.1, 0.2], requires_grad=True)
    graph = Data(edge_index=torch.tensor([[0], [1]]), edge_attr=torch.tensor([3], dtype=dtype), num_nodes=3)
    moved = RelaxedPermutation.sort(score, Permutation(torch.tensor([2, 0, 1]))).act_data(graph)
    pairs(GraphInputs(edge_channels=1, adjacency=False), moved)[0, 2, 0].sum().backward()
    assert float(score.grad.abs().sum()) > 0


def test_integers_of_nodes_pass_gradients_to_the_draw_as_well():
    gradients = []
    for kind in (torch.float64, torch.long):
        data = example()
        data.x = data.x.to(kind)
        ptr = node_ptr(data)
        score = torch.tensor([0.1, 0.5, 0.2, 0.3, 0.9], dtype=torch.float64, requires_grad=True)
        moved = RelaxedPermutation.sort(score, Permutation.identity(ptr), 0.3).act_data(data)
        out = GraphInputs(1, ("x",)).nodes(moved, torch.float64)
        (out[:, 0] * torch.arange(5.0)).sum().backward()
        gradients.append(score.grad)
    assert gradients[0].abs().sum() > 0
    torch.testing.assert_close(*gradients)
