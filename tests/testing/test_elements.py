import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import graph_zoo, isolated_seed, replicate
from pyg_symbreak.testing.elements import (
    check_output,
    elements,
    move_input,
    move_output,
    num_nodes_of,
    reorder_edges,
    shuffled_edges,
)


@pytest.mark.parametrize("name", ["empty", "single", "acetone", "tournament-3"])
def test_replicate_equals_collating_copies(name):
    data = graph_zoo()[name]
    expected, out = Batch.from_data_list([data] * 3), replicate(data, 3)
    for key in ("edge_index", "node_color", "edge_color", "batch", "ptr"):
        assert torch.equal(out[key], expected[key]), key
    assert out.num_graphs == 3
    assert torch.equal(node_ptr(out), node_ptr(expected))


def test_replicate_keeps_graph_level_tensors_apart():
    out = replicate(Data(x=torch.ones(2, 1), y=torch.tensor(5.0)), 4)
    assert out.y.tolist() == [5.0] * 4
    assert replicate(Data(x=torch.ones(2, 1)), 0).x.shape == (0, 1)


def test_isolated_seed_repeats_and_leaves_the_generator_alone():
    before = torch.random.get_rng_state()
    with isolated_seed(3):
        first = torch.rand(4)
    with isolated_seed(3):
        assert torch.equal(first, torch.rand(4))
    assert torch.equal(before, torch.random.get_rng_state())


def test_small_groups_are_enumerated_and_large_ones_sampled():
    generator = torch.Generator().manual_seed(0)
    assert len({tuple(g.rank.tolist()) for g in elements(graph_zoo()["cycle-4"], None, 3, generator)}) == 24
    assert len(list(elements(graph_zoo()["petersen"], None, 3, generator))) == 3
    assert (
        len(list(elements(torch.rand(7, 2), lambda x, g: Permutation.random(torch.tensor([0, 7]), g), 5, generator)))
        == 5
    )


def test_inputs_and_outputs_move():
    g = Permutation(torch.tensor([1, 2, 0]))
    data = Data(x=torch.tensor([[1], [2], [3]]))
    assert move_input(g, data).x.view(-1).tolist() == move_input(g, data.x).view(-1).tolist() == [3, 1, 2]
    assert move_output(g, data.x, "node").view(-1).tolist() == [3, 1, 2]
    assert move_output(g, data.x, "graph") is data.x
    assert move_output(g, data, "data").x.view(-1).tolist() == [3, 1, 2]
    assert move_output(g, data.x, lambda g, out: out * g.num_graphs).view(-1).tolist() == [1, 2, 3]
    assert move_output(g, torch.eye(3)[None], "dense").equal(torch.eye(3)[None])
    assert move_output(g, g.inverse(), "node") == Permutation.identity(torch.tensor([0, 3]))
    assert num_nodes_of(data) == num_nodes_of(data.x) == 3


def test_edges_are_shuffled_inside_their_graph_together_with_their_attributes():
    zoo = graph_zoo()
    batch = Batch.from_data_list([zoo["acetone"], zoo["toluene"]])
    order = shuffled_edges(batch, torch.Generator().manual_seed(0))
    assert set(order[: zoo["acetone"].num_edges].tolist()) == set(range(zoo["acetone"].num_edges))
    moved = reorder_edges(batch, order)

    def arcs(d):
        return sorted(zip(*d.edge_index.tolist(), d.edge_color.tolist()))

    assert arcs(moved) == arcs(batch)
    assert not torch.equal(moved.edge_index, batch.edge_index)


def test_unknown_output_is_refused():
    with pytest.raises(ValueError, match=r"'f' expected 'output' as a function or one of node, .* \(got 'pair'\)"):
        check_output("f", "pair")
