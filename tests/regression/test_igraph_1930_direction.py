"""igraph#1930, pynauty#17, rdkit#1526: a canonical numbering that is read the wrong way round."""

import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.labeling import canonical_rank, find_isomorphism
from pyg_symbreak.testing import graph_zoo

# A graph on which no automorphism hides that a permutation was confused with its inverse.
TREE = graph_zoo()["asymmetric-tree"]


def arcs(edge_index):
    return sorted(zip(*edge_index.tolist()))


def test_rank_is_the_position_of_a_node():
    rank = canonical_rank(TREE)
    assert not torch.equal(rank, rank.argsort()), "the example cannot tell the two directions apart"
    form = arcs(Permutation(rank).act_data(TREE).edge_index)
    assert form == arcs(rank[TREE.edge_index])
    for seed in range(5):
        element = Permutation.random(torch.tensor([0, 7]), torch.Generator().manual_seed(seed))
        moved = element.act_data(TREE)
        assert arcs(canonical_rank(moved)[moved.edge_index]) == form
        assert torch.equal(element.act(rank), canonical_rank(moved))


def test_order_is_the_node_at_a_position():
    element = Permutation(canonical_rank(TREE))
    for position, node in enumerate(element.order.tolist()):
        assert int(element.rank[node]) == position


def test_an_isomorphism_leads_from_the_first_graph_to_the_second():
    element = Permutation(torch.tensor([3, 5, 0, 1, 6, 2, 4]))
    moved = element.act_data(TREE)
    image = find_isomorphism(TREE, moved)
    assert torch.equal(image, element.rank)
    assert arcs(image[TREE.edge_index]) == arcs(moved.edge_index)
