import copy

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.transforms import AddCanonicalRank, ToCanonicalOrder
from pyg_symbreak.transforms.base import (
    check_names,
    check_positive,
    feature_dtype,
    with_edges,
    write_node_attr,
)


@pytest.mark.parametrize("names", ["x", [1, 2]])
@pytest.mark.parametrize("argument", ["node_attrs", "edge_attrs"])
def test_a_string_is_no_sequence_of_names(names, argument):
    with pytest.raises(TypeError, match=rf"'AddCanonicalRank' expected '{argument}' as a sequence of names \(got "):
        AddCanonicalRank(**{argument: names})


def test_lists_of_names_become_tuples():
    assert AddCanonicalRank(node_attrs=["x"]).node_attrs == ("x",)
    assert check_names(AddCanonicalRank(), "node_attrs", ()) == ()


def test_options_of_the_search_are_checked():
    with pytest.raises(ValueError, match=r"'ToCanonicalOrder' expected 'max_search_nodes' of at least 1 \(got 0\)"):
        ToCanonicalOrder(max_search_nodes=0)
    with pytest.raises(ValueError, match=r"expected 'on_budget' as 'raise' or 'uncertified' \(got 'ignore'\)"):
        ToCanonicalOrder(on_budget="ignore")


@pytest.mark.parametrize("value", [0, -1, 1.5, True])
def test_positive_integers(value):
    with pytest.raises(ValueError, match=rf"'Data' expected 'dim' as a positive integer \(got {value}\)"):
        check_positive(Data(), "dim", value)


def test_feature_dtype():
    assert feature_dtype(Data()) == torch.float32
    assert feature_dtype(Data(x=torch.ones(2, dtype=torch.long))) == torch.float32
    assert feature_dtype(Data(x=torch.ones(2, dtype=torch.float64))) == torch.float64


def test_with_edges_copies_only_where_it_must():
    data = Data(num_nodes=3)
    assert with_edges(data).edge_index.shape == (2, 0)
    assert data.edge_index is None
    assert with_edges(with_edges(data)) is not data


def test_a_batch_learns_of_a_new_attribute_and_its_source_does_not():
    source = Batch.from_data_list([Data(num_nodes=2), Data(num_nodes=3)])
    out = write_node_attr(copy.copy(source), "tag", torch.arange(5), node_ptr(source))
    assert [g.tag.tolist() for g in out.to_data_list()] == [[0, 1], [2, 3, 4]]
    assert all("tag" not in g for g in source.to_data_list())
    assert out[1].tag.tolist() == [2, 3, 4]
