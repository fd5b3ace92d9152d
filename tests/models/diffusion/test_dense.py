import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.diffusion.dense import DenseGraph, pair_index, pair_number


def undirected(n, edges, types=None, nodes=None, **more):
    arcs = torch.tensor(edges, dtype=torch.long).view(-1, 2).T
    data = Data(edge_index=torch.cat([arcs, arcs.flip(0)], 1), num_nodes=n, **more)
    data.node_type = torch.arange(n) % 3 if nodes is None else torch.tensor(nodes)
    data.edge_type = torch.tensor([1] * len(edges) if types is None else types, dtype=torch.long).repeat(2)
    return data


@pytest.fixture
def graphs():
    return [
        undirected(3, [(0, 1), (1, 2)], [1, 3], [2, 0, 1]),
        undirected(1, [], [], [4]),
        undirected(4, [(3, 0), (1, 3)], [2, 1], [1, 1, 0, 5]),
        undirected(2, [], [], [0, 3]),
    ]


@pytest.fixture
def dense(graphs):
    return DenseGraph.from_batch(Batch.from_data_list(graphs)).validate(6, 4)


def same(a, b):
    both_y = (a.y is None and b.y is None) or torch.equal(a.y.nan_to_num(-1), b.y.nan_to_num(-1))
    return torch.equal(a.x, b.x) and torch.equal(a.e, b.e) and torch.equal(a.mask, b.mask) and both_y


def test_from_batch(dense):
    assert dense.x.tolist() == [[2, 0, 1, 0], [4, 0, 0, 0], [1, 1, 0, 5], [0, 3, 0, 0]]
    assert dense.e.tolist() == [[1, 0, 0, 3, 0, 0], [0] * 6, [0, 0, 2, 0, 1, 0], [0] * 6]  # 01 02 03 12 13 23
    assert dense.num_nodes.tolist() == [3, 1, 4, 2]
    assert dense.pair_mask.sum(1).tolist() == [3, 0, 6, 1]
    assert repr(dense) == "DenseGraph(num_graphs=4, width=4)"


def test_there_and_back(graphs, dense):
    for before, after in zip(graphs, dense.to_data_list()):
        assert after.num_nodes == before.num_nodes
        assert torch.equal(after.node_type, before.node_type)
        order = (before.edge_index[0] * 10 + before.edge_index[1]).argsort()
        assert torch.equal(after.edge_index, before.edge_index[:, order])
        assert torch.equal(after.edge_type, before.edge_type[order])
    assert same(DenseGraph.from_batch(dense.to_batch()), dense)
    assert same(DenseGraph.from_batch(Batch.from_data_list(dense.to_data_list())), dense)
    assert dense.to_batch().num_graphs == 4


def test_arcs_in_any_order_and_repeated(graphs):
    data = graphs[0]
    order = torch.tensor([3, 0, 2, 1, 0, 3, 2])
    shuffled = Data(edge_index=data.edge_index[:, order], edge_type=data.edge_type[order], node_type=data.node_type)
    assert same(DenseGraph.from_batch(shuffled), DenseGraph.from_batch(data))


def test_types_are_optional_and_named():
    data = undirected(3, [(0, 2)], [2], bond=torch.tensor([[3], [3]]), atom=torch.tensor([[1], [2], [3]]))
    plain = DenseGraph.from_batch(data, node_attr=None, edge_attr=None)
    assert plain.x.tolist() == [[0, 0, 0]]
    assert plain.e.tolist() == [[0, 1, 0]]
    named = DenseGraph.from_batch(data, node_attr="atom", edge_attr="bond")
    assert named.x.tolist() == [[1, 2, 3]]
    assert named.e.tolist() == [[0, 3, 0]]


def test_properties():
    graphs = [undirected(2, [(0, 1)], y=torch.tensor([[1.0, float("nan")]])) for _ in range(3)]
    dense = DenseGraph.from_batch(Batch.from_data_list(graphs), y_attr="y")
    assert dense.y.shape == (3, 2)
    assert dense.y.dtype == torch.float32
    assert same(DenseGraph.from_batch(dense.to_batch(), y_attr="y"), dense)
    assert dense.to_data_list()[2].y.shape == (1, 2)
    whole = [undirected(2, [(0, 1)], label=i) for i in range(3)]
    assert DenseGraph.from_batch(Batch.from_data_list(whole), y_attr="label").y.tolist() == [[0.0], [1.0], [2.0]]


def test_graphs_without_nodes_edges_or_graphs():
    one = DenseGraph.from_batch(Data(node_type=torch.tensor([2]), num_nodes=1))
    assert one.e.shape == (1, 0)
    assert one.pair_mask.shape == (1, 0)
    assert one.adjacency().tolist() == [[[0]]]
    assert same(DenseGraph.from_batch(one.to_batch()), one)
    empty = one.select(torch.tensor([], dtype=torch.long)).validate()
    assert empty.num_graphs == 0
    assert empty.to_data_list() == []
    none = DenseGraph(torch.zeros(1, 0).long(), torch.zeros(1, 0).long(), torch.zeros(1, 0).bool())
    assert none.pad(3).num_nodes.tolist() == [0]
    assert none.to_data_list()[0].num_nodes == 0


def test_adjacency(dense):
    full = dense.adjacency()
    assert torch.equal(full, full.mT)
    assert full[2].tolist() == [[0, 0, 0, 2], [0, 0, 0, 1], [0, 0, 0, 0], [2, 1, 0, 0]]


def test_move_is_the_action_on_the_ragged_graph(dense):
    ptr = dense.to_batch().ptr
    g, h = (Permutation.random(ptr, torch.Generator().manual_seed(seed)) for seed in (1, 2))
    moved = DenseGraph.from_batch(g.act_data(dense.to_batch()), num_nodes=4)
    assert same(dense.move(g), moved)
    assert not same(dense.move(g), dense)
    assert same(dense.move(g).move(h), dense.move(h @ g))
    assert same(dense.move(g).move(g.inverse()), dense)


def test_pad_select_cat(dense):
    wide = dense.pad(6)
    assert wide.e.shape == (4, 15)
    assert same(wide.validate().pad(4), dense)
    assert same(DenseGraph.from_batch(wide.to_batch(), num_nodes=4), dense)
    small = dense.select(torch.tensor([1, 3])).pad(2)
    assert small.x.tolist() == [[4, 0], [0, 3]]
    assert same(DenseGraph.cat([small, dense]).select(slice(2, None)), dense)
    assert same(dense.select(torch.tensor([True, False, False, True])).pad(4), dense.select(torch.tensor([0, 3])))
    assert dense.pad(4) is dense


def test_with_types_clears_padding(dense):
    full = dense.with_types(torch.full_like(dense.x, 3), torch.full_like(dense.e, 2)).validate()
    assert full.x.count_nonzero(1).tolist() == [3, 1, 4, 2]
    assert full.e.count_nonzero(1).tolist() == [3, 0, 6, 1]
    assert torch.equal(full.mask, dense.mask)


def test_to_keeps_everything(dense):
    assert same(dense.to("cpu"), dense)
    dense = DenseGraph(dense.x, dense.e, dense.mask, torch.randn(4, 2))
    assert same(dense.to(torch.device("cpu")), dense)


def loop():
    return Data(edge_index=torch.tensor([[0], [0]]), num_nodes=2)


def one_arc():
    return Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2)


def two_types():
    return Data(edge_index=torch.tensor([[0, 1], [1, 0]]), edge_type=torch.tensor([1, 2]), num_nodes=2)


def unlike_repeats():
    arcs = torch.tensor([[0, 1, 0, 1], [1, 0, 1, 0]])
    return Data(edge_index=arcs, edge_type=torch.tensor([1, 1, 2, 2]), num_nodes=2)


def unsorted():
    return Data(node_type=torch.zeros(3).long(), batch=torch.tensor([1, 0, 1]))


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (loop, {"edge_attr": None}, r"'DenseGraph.from_batch' expected graphs without self-loops \(got one\)"),
        (one_arc, {"edge_attr": None}, r"expected both arcs of every edge, with one type \(got two that differ\)"),
        (two_types, {}, r"expected both arcs of every edge, with one type"),
        (unlike_repeats, {}, r"expected both arcs of every edge, with one type"),
        (unsorted, {}, r"'data.batch' expected ascending graph numbers"),
        (one_arc, {}, r"'DenseGraph.from_batch' expected 'data' to have the tensor 'edge_type' \(got None\)"),
        (two_types, {"num_nodes": 1}, r"expected graphs of at most 1 nodes \(got 2\)"),
        (two_types, {"node_attr": "atoms"}, r"expected 'data' to have the tensor 'atoms'"),
        (two_types, {"y_attr": "y"}, r"expected 'data' to have the tensor 'y'"),
        (
            lambda: undirected(2, [(0, 1)], [0]),
            {"node_attr": "node_type"},
            r"expected 2 integer types of at least 1 in 'edge_type' \(got 2, torch.int64, minimum 0\)",
        ),
        (
            lambda: undirected(2, [], nodes=[0, -1]),
            {"node_attr": "node_type"},
            r"expected 2 integer types of at least 0 in 'node_type' \(got 2, torch.int64, minimum -1\)",
        ),
        (
            lambda: undirected(2, [], nodes=[0.0, 1.0]),
            {"node_attr": "node_type"},
            r"expected 2 integer types of at least 0 in 'node_type' \(got 2, torch.float32",
        ),
        (
            lambda: Batch.from_data_list(
                [undirected(1, [], y=torch.zeros(1)) for _ in range(2)] + [undirected(1, [], y=torch.zeros(0))]
            ),
            {"y_attr": "y"},
            r"expected 'y' with one row for each of 3 graphs \(got \[2\]\)",
        ),
    ],
)
def test_batches_that_are_no_graphs(make, options, message):
    with pytest.raises(ValueError, match=message):
        DenseGraph.from_batch(make(), **{"node_attr": None, **options})


X, E, M = torch.zeros(2, 3).long(), torch.zeros(2, 3).long(), torch.ones(2, 3).bool()


@pytest.mark.parametrize(
    ("error", "make", "message"),
    [
        (TypeError, lambda: DenseGraph(X.int(), E, M), r"'x' and 'e' as int64 and 'mask' as bool \(got torch.int32"),
        (TypeError, lambda: DenseGraph(X, E, M.long()), r"\(got torch.int64, torch.int64 and torch.int64\)"),
        (ValueError, lambda: DenseGraph(X, E, M[:, :2]), r"of one shape \[B, n\] \(got \[2, 3\] and \[2, 2\]\)"),
        (ValueError, lambda: DenseGraph(X, E[:, :2], M), r"'e' of shape \[2, 3\], one entry per unordered pair"),
        (ValueError, lambda: DenseGraph(X, E, M, torch.zeros(2)), r"'y' of shape \[2, F\], floating point"),
        (
            ValueError,
            lambda: DenseGraph(X, E, M, torch.zeros(2, 1).long()),
            r"floating point \(got \[2, 1\], torch.int64",
        ),
        (
            ValueError,
            lambda: DenseGraph(X, E, M.logical_and(torch.tensor([True, False, True]))).validate(),
            r"nodes first and then padding in 'mask' \(got a node after padding\)",
        ),
        (ValueError, lambda: DenseGraph(X + 1, E, M & (X[:1] > 0)).validate(), r"'x' to be 0 on padding"),
        (
            ValueError,
            lambda: DenseGraph(X, E + 1, M.logical_and(torch.tensor([True, False, False]))).validate(),
            r"'e' to be 0 on padding",
        ),
        (ValueError, lambda: DenseGraph(X + 2, E, M).validate(2), r"types in 0 … 1 in 'x' \(got 2\)"),
        (ValueError, lambda: DenseGraph(X, E - 1, M).validate(2), r"types of at least 0 in 'e' \(got -1\)"),
        (
            ValueError,
            lambda: DenseGraph(X, E, M).pad(2),
            r"'DenseGraph.pad' expected graphs of at most 2 nodes \(got 3\)",
        ),
        (ValueError, lambda: DenseGraph.cat([]), r"'DenseGraph.cat' expected at least one batch"),
        (
            ValueError,
            lambda: DenseGraph.cat([DenseGraph(X, E, M), DenseGraph(X, E, M, torch.zeros(2, 1))]),
            r"all with or all without 'y' \(got \[False, True\]\)",
        ),
        (
            ValueError,
            lambda: DenseGraph(X, E, M).move(Permutation.identity(torch.tensor([0, 3, 5]))),
            r"'DenseGraph.move' expected permutations of the same graphs",
        ),
    ],
)
def test_errors(error, make, message):
    with pytest.raises(error, match=message):
        make()


def test_pairs_are_those_of_the_package():
    assert torch.equal(pair_index(4), torch.triu_indices(4, 4, 1))
    assert pair_number(2).tolist() == [[1, 0], [0, 1]]
