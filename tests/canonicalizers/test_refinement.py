import pytest

from pyg_symbreak.canonicalizers import RefinementCanonicalizer
from pyg_symbreak.testing import assert_uniform_over_automorphisms, graph_zoo, replicate

ZOO = graph_zoo()
COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}


@pytest.mark.parametrize("name", ["cycle-4", "cycle-9", "square-edge-colors", "benzene-kekule", "directed-cycle-5"])
def test_is_the_exact_law_where_all_leaves_are_equivalent(name):
    assert_uniform_over_automorphisms(RefinementCanonicalizer(**COLORS), ZOO[name], **COLORS)


def test_attributes_count_only_if_named():
    data = replicate(ZOO["square-one-marked"], 200)
    plain = RefinementCanonicalizer().rank(data).view(-1, 4).unique(dim=0)
    coloured = RefinementCanonicalizer(**COLORS).rank(data).view(-1, 4).unique(dim=0)
    assert (len(plain), len(coloured)) == (8, 2)


def test_repr_and_errors():
    assert repr(RefinementCanonicalizer(["a"])) == "RefinementCanonicalizer(node_attrs=('a',), edge_attrs=())"
    with pytest.raises(TypeError, match="'RefinementCanonicalizer' expected 'node_attrs' as a sequence of names"):
        RefinementCanonicalizer("x")
