import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.metrics.graphs.validity import is_tree
from pyg_symbreak.metrics.graphs.vun import graph_keys, valid_unique_novel


def counts(shares):
    return {name: (share.numerator, share.denominator) for name, share in shares.items()}


def coloured(colours, kinds=(1, 1)):
    """A path of three nodes, with types of its nodes and edges."""
    arcs = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    kind = torch.tensor([kinds[0], kinds[0], kinds[1], kinds[1]])
    return Data(edge_index=arcs, num_nodes=3, colour=torch.tensor(colours), kind=kind)


PATH, STAR, CYCLE = (from_networkx(net) for net in (nx.path_graph(4), nx.star_graph(3), nx.cycle_graph(4)))
MOVED = Data(edge_index=torch.tensor([2, 0, 3, 1])[PATH.edge_index], num_nodes=4)


def test_shares_by_hand():
    shares = valid_unique_novel([PATH, MOVED, STAR, CYCLE, CYCLE], is_tree, graph_keys([STAR, CYCLE]))
    assert counts(shares) == {
        "validity": (3, 5),
        "uniqueness": (2, 3),
        "novelty": (1, 2),
        "vun": (1, 5),
        "sample_uniqueness": (3, 5),
        "sample_novelty": (2, 5),
    }
    product = shares["validity"].value * shares["uniqueness"].value * shares["novelty"].value
    assert shares["vun"].value == pytest.approx(product)


def test_without_training_graphs():
    shares = valid_unique_novel([PATH, MOVED, CYCLE], is_tree)
    assert counts(shares) == {
        "validity": (2, 3), "uniqueness": (1, 2), "vu": (1, 3), "sample_uniqueness": (2, 3)
    }  # fmt: skip


def test_everything_is_valid_by_default():
    assert counts(valid_unique_novel([PATH, CYCLE]))["validity"] == (2, 2)


def test_no_graph_at_all():
    assert set(counts(valid_unique_novel([], is_tree, [])).values()) == {(0, 0)}


def test_colours_tell_graphs_apart():
    graphs = [coloured([0, 1, 2]), coloured([2, 1, 0]), coloured([1, 0, 2])]
    assert counts(valid_unique_novel(graphs, known=[]))["vun"] == (1, 3)
    known = graph_keys([coloured([2, 1, 0])], ["colour"])
    shares = valid_unique_novel(graphs, known=known, node_attrs=["colour"])
    assert counts(shares)["uniqueness"] == (2, 3)
    assert counts(shares)["novelty"] == (1, 2)


def test_types_of_edges_tell_graphs_apart():
    graphs = [coloured([0, 0, 0], (1, 2)), coloured([0, 0, 0], (2, 1)), coloured([0, 0, 0], (1, 1))]
    assert counts(valid_unique_novel(graphs, edge_attrs=["kind"]))["uniqueness"] == (2, 3)


def test_validity_sees_the_attributes():
    graphs = [coloured([0, 0, 0]), coloured([0, 0, 1])]
    shares = valid_unique_novel(graphs, lambda graph: int(graph.colour.sum()) == 0, node_attrs=["colour"])
    assert counts(shares)["validity"] == (1, 2)


def test_keys_of_a_batch_and_of_repeated_arcs(monkeypatch):
    graphs = [PATH, MOVED, STAR, CYCLE, Data(num_nodes=0), Data(num_nodes=1)]
    keys = graph_keys(graphs)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 5
    assert (
        graph_keys(Batch.from_data_list([Data(edge_index=g.edge_index, num_nodes=4) for g in graphs[:4]])) == keys[:4]
    )
    twice = Data(edge_index=torch.cat([PATH.edge_index, PATH.edge_index], dim=1), num_nodes=4)
    assert graph_keys([twice]) == keys[:1]
    monkeypatch.setattr("pyg_symbreak.metrics.graphs.vun._CHUNK", 2)
    assert graph_keys(graphs) == keys


def test_missing_attribute():
    with pytest.raises(ValueError, match=r"every graph to have the attribute 'colour' \(got none\)"):
        valid_unique_novel([PATH], node_attrs=["colour"])
