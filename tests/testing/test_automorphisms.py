from itertools import permutations

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.testing import enumerate_automorphisms, graph_zoo, orbits_by_search

COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}


def brute_force(data):
    """All permutations that keep the list of coloured arcs and the node colours."""
    color, arcs = data.node_color.tolist(), sorted(zip(*data.edge_index.tolist(), data.edge_color.tolist()))
    for image in permutations(range(data.num_nodes)):
        moved = sorted((image[u], image[v], c) for u, v, c in arcs)
        if moved == arcs and all(color[image[v]] == color[v] for v in range(data.num_nodes)):
            yield list(image)


def test_backtracking_equals_trying_all_permutations():
    for name, data in graph_zoo().items():
        if data.num_nodes <= 6:
            assert sorted(enumerate_automorphisms(data, **COLORS).tolist()) == sorted(brute_force(data)), name


def test_orbits_equal_those_of_the_listed_group():
    for name, data in graph_zoo().items():
        if data.num_nodes > 0:
            group = enumerate_automorphisms(data, **COLORS)
            assert torch.equal(orbits_by_search(data, **COLORS), group.min(0).values), name


def test_orbits_of_a_group_too_large_to_list():
    assert orbits_by_search(Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=25)).tolist() == [0] * 25


def test_minus_zero_is_zero():
    data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), x=torch.tensor([0.0, -0.0]))
    assert len(enumerate_automorphisms(data, node_attrs=("x",))) == 2


def test_the_limit_is_named():
    data = graph_zoo()["complete-5"]
    with pytest.raises(ValueError, match=r"'enumerate_automorphisms' expected at most 'limit' = 119"):
        enumerate_automorphisms(data, limit=119)
    assert len(enumerate_automorphisms(data, limit=120)) == 120
