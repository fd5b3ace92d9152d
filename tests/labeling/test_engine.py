import networkx as nx
import torch
from torch_geometric.data import Batch
from torch_geometric.utils import from_networkx

from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.engine import label, subgraphs


def graphs():
    pair = (nx.frucht_graph(), nx.cycle_graph(5))
    return color_graphs(Batch.from_data_list([from_networkx(nx.Graph(list(g.edges()))) for g in pair]))


def test_nothing_fails_on_a_cycle_and_an_asymmetric_graph():
    found = label(graphs())
    assert not bool(found.failed.any() | found.exhausted.any())
    assert sorted(found.rank[12:].tolist()) == list(range(5))


def test_a_small_budget_marks_only_the_graph_that_needs_more():
    assert label(graphs(), budget=5).exhausted.tolist() == [True, False]


def test_subgraphs_keep_their_arcs():
    part, node = subgraphs(graphs(), torch.tensor([1]))
    assert node.tolist() == [12, 13, 14, 15, 16]
    assert part.src.numel() == 10
    assert part.ptr.tolist() == [0, 5]
