import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.metrics.graphs.sample import adjacency_matrices, graph_list

PATH = Data(
    edge_index=torch.tensor([[2, 1, 0, 1], [1, 2, 1, 0]]),
    kind=torch.tensor([7, 7, 8, 8]),
    colour=torch.tensor([4, 5, 6]),
    num_nodes=3,
)
EMPTY = Data(
    edge_index=torch.zeros((2, 0), dtype=torch.long), num_nodes=0, kind=torch.tensor([]), colour=torch.tensor([])
)
ALONE = Data(num_nodes=1, kind=torch.tensor([]), colour=torch.tensor([9]))


def test_a_batch_and_a_list_and_an_iterator_are_the_same_sample():
    graphs = [
        PATH,
        Data(edge_index=torch.tensor([[0, 3], [3, 0]]), num_nodes=4, kind=PATH.kind[:2], colour=torch.ones(4)),
    ]
    split = graph_list(Batch.from_data_list(graphs), ["colour"], ["kind"])
    for sample in (graphs, iter(graphs)):
        for one, other in zip(graph_list(sample, ["colour"], ["kind"]), split, strict=True):
            assert one.num_nodes == other.num_nodes
            for name in ("edge_index", "colour", "kind"):
                assert torch.equal(one[name], other[name])


def test_arcs_are_sorted_together_with_their_attributes():
    graph = graph_list([PATH], ["colour"], ["kind"])[0]
    assert graph.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert graph.kind.tolist() == [8, 8, 7, 7]
    assert graph.colour.tolist() == [4, 5, 6]


def test_repeated_arcs_count_once():
    pair = Data(edge_index=torch.tensor([[0, 1, 0, 0], [1, 0, 1, 1]]), num_nodes=2)
    assert graph_list([pair])[0].edge_index.tolist() == [[0, 1], [1, 0]]
    assert adjacency_matrices([pair])[0].tolist() == [[False, True], [True, False]]


def test_graphs_with_no_and_one_node():
    matrices = adjacency_matrices([EMPTY, ALONE, PATH])
    assert [matrix.shape for matrix in matrices] == [(0, 0), (1, 1), (3, 3)]
    assert matrices[2].dtype == np.bool_
    assert graph_list([]) == []


def test_a_batch_made_by_hand():
    batch = Batch(edge_index=torch.tensor([[0, 1], [1, 0]]), batch=torch.tensor([0, 0, 1]))
    assert [graph.num_nodes for graph in graph_list(batch)] == [2, 1]


@pytest.mark.parametrize("graphs", [PATH, "graphs"])
def test_no_sample(graphs):
    with pytest.raises(TypeError, match=r"'graphs' expected a list of 'Data' or a 'Batch' \(got '(Data|str)'\)"):
        graph_list(graphs)


def test_something_else_in_the_list():
    with pytest.raises(TypeError, match=r"'data' expected a homogeneous 'Data' or 'Batch' \(got 'int'\)"):
        graph_list([3])


@pytest.mark.parametrize(
    ("edges", "names", "message"),
    [
        ([[0], [1]], (), r"both arcs of every edge \(got a directed graph\)"),
        ([[0, 1, 1], [1, 0, 1]], (), r"without self-loops \(got one\)"),
        ([[0, 1], [1, 0]], ("kind",), r"every graph to have the attribute 'kind' \(got none\)"),
    ],
)
def test_malformed_graphs(edges, names, message):
    with pytest.raises(ValueError, match=f"'graphs' expected .*{message}"):
        graph_list([Data(edge_index=torch.tensor(edges), num_nodes=2)], edge_attrs=names)


def test_repeated_arcs_with_attributes():
    pair = Data(edge_index=torch.tensor([[0, 1, 0, 1], [1, 0, 1, 0]]), kind=torch.tensor([1, 1, 2, 2]), num_nodes=2)
    with pytest.raises(ValueError, match=r"'graphs' expected every arc with attributes once \(got a repeated arc\)"):
        graph_list([pair], edge_attrs=["kind"])
