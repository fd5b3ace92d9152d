import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import graph_zoo, orbits_by_search
from pyg_symbreak.transforms import AddOrbits

ZOO = graph_zoo()
COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}


@pytest.mark.parametrize("name", ZOO)
def test_orbits_are_those_of_a_plain_search(name):
    data = ZOO[name]
    orbit = AddOrbits(**COLORS)(data).orbit
    expected = orbits_by_search(data, **COLORS)
    assert torch.equal(orbit.view(-1, 1) == orbit, expected.view(-1, 1) == expected)
    assert sorted(set(orbit.tolist())) == list(range(len(set(expected.tolist()))))


def test_numbers_are_the_same_for_isomorphic_graphs():
    batch = Batch.from_data_list([ZOO[name] for name in ("toluene", "caterpillar", "binary-tree", "acetone", "prism")])
    for seed in range(5):
        element = Permutation.random(node_ptr(batch), torch.Generator().manual_seed(seed))
        moved = AddOrbits(**COLORS)(element.act_data(batch)).orbit
        assert torch.equal(moved, element.act(AddOrbits(**COLORS)(batch).orbit))


def test_numbers_start_at_zero_in_every_graph():
    out = AddOrbits()(Batch.from_data_list([ZOO["path-3"], ZOO["empty"], ZOO["path-4"]]))
    assert out.orbit.dtype == torch.long
    assert [sorted(set(g.orbit.tolist())) for g in out.to_data_list()] == [[0, 1], [], [0, 1]]
