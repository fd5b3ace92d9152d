"""pynauty#33, #46, #44, #31: certificates that forget which colour is which, or the directions of the edges."""

import torch
from torch_geometric.data import Data

from pyg_symbreak.labeling import automorphism_group, canonical_hash, is_isomorphic
from pyg_symbreak.testing import graph_zoo

PATH = graph_zoo()["path-3"].edge_index
BY_COLOR = {"node_attrs": ("color",)}


def path(*colors):
    return Data(edge_index=PATH, color=torch.tensor(colors), num_nodes=3)


def test_equal_partitions_of_different_colors_differ():
    assert canonical_hash(path(0, 1, 0), **BY_COLOR) != canonical_hash(path(1, 0, 1), **BY_COLOR)
    assert canonical_hash(path(0, 1, 0), **BY_COLOR) != canonical_hash(path(0, 2, 0), **BY_COLOR)
    assert not is_isomorphic(path(0, 1, 0), path(1, 0, 1), **BY_COLOR)


def test_the_order_in_which_colors_are_met_does_not_matter():
    assert canonical_hash(path(0, 0, 1), **BY_COLOR) == canonical_hash(path(1, 0, 0), **BY_COLOR)
    assert is_isomorphic(path(0, 0, 1), path(1, 0, 0), **BY_COLOR)


def test_directions_count():
    one = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
    other = Data(edge_index=torch.tensor([[0, 2], [1, 1]]), num_nodes=3)
    assert canonical_hash(one) != canonical_hash(other)
    assert automorphism_group(one).order == 1
    assert automorphism_group(other).order == 2
