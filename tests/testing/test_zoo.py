import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import enumerate_automorphisms, graph_zoo

ZOO = graph_zoo()
COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}


@pytest.mark.parametrize("name", ZOO)
def test_the_stated_group_orders_are_right(name):
    assert len(enumerate_automorphisms(ZOO[name], **COLORS)) == ZOO[name].num_automorphisms


def test_the_zoo_covers_what_is_promised():
    sizes = {graph.num_nodes for graph in ZOO.values()}
    assert {0, 1, 2} <= sizes
    assert type(ZOO["complete-5"].num_automorphisms) is int
    assert any(not graph.is_undirected() for graph in ZOO.values())
    assert any(graph.has_self_loops() for graph in ZOO.values())
    assert len(ZOO) > 40


def test_every_call_returns_fresh_graphs():
    first, second = graph_zoo(), graph_zoo()
    first["cycle-4"].node_color.fill_(3)
    assert torch.equal(second["cycle-4"].node_color, torch.zeros(4, dtype=torch.long))


def test_the_zoo_collates_into_a_batch_and_back():
    batch = Batch.from_data_list(list(ZOO.values()))
    assert node_ptr(batch).numel() == len(ZOO) + 1
    back: Data = batch.get_example(list(ZOO).index("petersen"))
    assert torch.equal(back.edge_index, ZOO["petersen"].edge_index)


def test_rook_and_shrikhande_share_their_parameters_but_not_their_group():
    rook, shrikhande = ZOO["rook-4x4"], ZOO["shrikhande"]
    assert rook.num_nodes == shrikhande.num_nodes == 16
    assert rook.num_edges == shrikhande.num_edges == 96
    assert rook.num_automorphisms != shrikhande.num_automorphisms
