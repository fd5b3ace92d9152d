import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import automorphism_group, canonical_hash, random_canonical_rank
from pyg_symbreak.labeling.coloring import color_graphs


def path(**kwargs):
    return Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3, **kwargs)


def test_colours_go_by_value_not_by_type():
    values = [1, 2, 1]
    hashes = {
        canonical_hash(path(c=torch.tensor(values, dtype=dtype)), node_attrs=["c"])
        for dtype in (torch.int64, torch.uint8, torch.float32, torch.float64)
    }
    assert len(hashes) == 1
    zero = path(c=torch.tensor([0.0, 0.5, -0.0]))
    assert canonical_hash(zero, node_attrs=["c"]) == canonical_hash(path(c=torch.tensor([0, 0.5, 0])), node_attrs=["c"])
    assert automorphism_group(zero, node_attrs=["c"]).order == 2


def test_float_ties_are_exact():
    near = path(c=torch.tensor([1.0, 0.0, 1.0 + 2**-23]))
    assert automorphism_group(near, node_attrs=["c"]).order == 1


def test_colours_do_not_depend_on_the_batch():
    one, two = path(c=torch.tensor([[1.0, 2], [0, 0], [1, 2]])), path(c=torch.tensor([[0.5, 2], [0, 0], [1, 2]]))
    both = canonical_hash(Batch.from_data_list([one, two]), node_attrs=["c"])
    assert both == [canonical_hash(one, node_attrs=["c"]), canonical_hash(two, node_attrs=["c"])]


def test_multi_edges_count_and_loops_colour():
    double = Data(edge_index=torch.tensor([[0, 1, 0, 1, 1, 2], [1, 0, 1, 0, 2, 1]]), num_nodes=3)
    assert automorphism_group(double).order == 1
    assert automorphism_group(path()).order == 2
    loop = Data(edge_index=torch.tensor([[0, 1, 1, 2, 0], [1, 0, 2, 1, 0]]), num_nodes=3)
    assert automorphism_group(loop).order == 1
    kinds = torch.tensor([1, 1, 2, 2, 1, 1])
    other = torch.tensor([2, 2, 1, 1, 1, 1])
    hashes = []
    for kind in (kinds, other):
        bonds = Data(edge_index=double.edge_index, kind=kind, num_nodes=3)
        hashes.append(canonical_hash(bonds, edge_attrs=["kind"]))
    assert hashes[0] == hashes[1]


def test_direction_matters_even_beside_an_undirected_graph():
    ring = Data(edge_index=torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]]), num_nodes=4)
    groups = automorphism_group(Batch.from_data_list([ring, path()]))
    assert [group.order for group in groups] == [4, 2]
    assert canonical_hash(Batch.from_data_list([ring, path()]))[1] == canonical_hash(path())


def test_arcs_come_with_their_opposites():
    graphs = color_graphs(Data(edge_index=torch.tensor([[0, 1, 1], [1, 2, 1]]), num_nodes=3))
    assert torch.stack([graphs.src, graphs.dst]).tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert graphs.kind.unique().numel() == 2


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (path(), {"node_attrs": ["x"]}, ValueError, "'node_attrs' expected attributes of the data"),
        (path(), {"edge_attrs": ["bond"]}, ValueError, "'edge_attrs' expected attributes of the data"),
        (path(c=torch.tensor([0.0, float("nan"), 1])), {"node_attrs": ["c"]}, ValueError, "without NaN"),
        (path(c=torch.tensor([0.0, 1])), {"node_attrs": ["c"]}, ValueError, "with 3 rows"),
        (path(c=torch.zeros(3, dtype=torch.complex64)), {"node_attrs": ["c"]}, TypeError, "real numbers"),
        (path(c=[1, 2, 3]), {"node_attrs": ["c"]}, TypeError, "real numbers"),
        (path(), {"node_attrs": "x"}, TypeError, "sequence of names"),
        (Data(edge_index=torch.tensor([[0], [3]]), num_nodes=3), {}, ValueError, "node numbers in 0 … 2"),
        (path(batch=torch.tensor([0, 1, 0])), {}, ValueError, "unsorted batch"),
    ],
)
def test_bad_input(data, options, error, message):
    with pytest.raises(error, match=message):
        random_canonical_rank(data, **options)


def test_no_nodes_and_no_edges():
    none = torch.empty(2, 0, dtype=torch.long)
    empty = Data(edge_index=none, num_nodes=0)
    assert random_canonical_rank(Data(num_nodes=0)).tolist() == []
    assert random_canonical_rank(empty).tolist() == []
    batch = Batch.from_data_list([empty, path(), empty, Data(edge_index=none, num_nodes=2)])
    assert [group.order for group in automorphism_group(batch)] == [1, 2, 1, 2]
    hashes = canonical_hash(batch)
    assert hashes[0] == hashes[2] == canonical_hash(empty)
    assert len(set(hashes)) == 3
