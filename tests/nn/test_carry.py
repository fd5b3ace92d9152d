import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.nn.carry import carry_back, check_output, move_input

G = Permutation(torch.tensor([1, 0]))


def test_a_tuple_is_carried_back_part_by_part():
    node, graph = torch.tensor([1.0, 2.0]), torch.tensor([5.0])
    out = carry_back(G, (node, graph, node), ("node", "graph", lambda g, x: -g.act(x)))
    assert [part.tolist() for part in out] == [[2.0, 1.0], [5.0], [-2.0, -1.0]]


def test_values_without_graphs_move_by_themselves():
    turn = Orthogonal(torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]))
    assert move_input(turn, torch.tensor([[1.0, 0.0]]), None).tolist() == [[0.0, 1.0]]
    data = Data(force=torch.tensor([[1.0, 0.0]]), num_nodes=1)
    assert move_input(turn, data, {"force": "vector"}).force.tolist() == [[0.0, 1.0]]


def test_errors():
    check_output("f", ("node", lambda g, x: x))
    with pytest.raises(ValueError, match=r"'f' expected 'output' as a function or one of node, .* \(got 'nodes'\)"):
        check_output("f", ("graph", "nodes"))
    with pytest.raises(ValueError, match=r"'output' expected a backbone that returns a tuple of 2 .*\(got 1 values\)"):
        carry_back(G, (torch.zeros(2),), ("node", "node"))
