import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.canonicalizers import ExactCanonicalizer
from pyg_symbreak.testing import assert_uniform_over_automorphisms, graph_zoo, replicate

ZOO = graph_zoo()
COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}
SOME = [
    "cycle-4",
    "cycle-5",
    "square-two-colors",
    "square-edge-colors",
    "directed-cycle-5",
    "benzene-kekule",
]


@pytest.mark.parametrize("name", SOME)
def test_uniform_over_the_coset(name):
    assert_uniform_over_automorphisms(ExactCanonicalizer(**COLORS), ZOO[name], **COLORS)


def test_all_draws_give_one_canonical_form():
    data = ZOO["petersen"]
    canonicalizer = ExactCanonicalizer()
    forms = set()
    for _ in range(20):
        moved = canonicalizer(data).inverse().act_data(data)
        forms.add(tuple(sorted(map(tuple, moved.edge_index.T.tolist()))))
    assert len(forms) == 1


def test_attributes_count_only_if_named():
    data = replicate(ZOO["square-one-marked"], 200)
    plain = ExactCanonicalizer().rank(data).view(-1, 4).unique(dim=0)
    coloured = ExactCanonicalizer(**COLORS).rank(data).view(-1, 4).unique(dim=0)
    assert (len(plain), len(coloured)) == (8, 2)


def test_options_reach_the_engine_and_the_repr():
    batch = Batch.from_data_list([ZOO["cycle-4"], ZOO["petersen"]])
    canonicalizer = ExactCanonicalizer(max_search_nodes=1000)
    assert canonicalizer.rank(batch).numel() == 14
    assert repr(canonicalizer) == "ExactCanonicalizer(node_attrs=(), edge_attrs=(), max_search_nodes=1000)"
    assert torch.equal(torch.tensor(ExactCanonicalizer(("a",)).node_attrs == ("a",)), torch.tensor(True))


def test_errors():
    with pytest.raises(TypeError, match=r"'ExactCanonicalizer' expected 'node_attrs' as a sequence of names \(got the"):
        ExactCanonicalizer("x")
    with pytest.raises(TypeError, match=r"'ExactCanonicalizer' expected 'edge_attrs' as a sequence of names \(got the"):
        ExactCanonicalizer(edge_attrs="edge_attr")
