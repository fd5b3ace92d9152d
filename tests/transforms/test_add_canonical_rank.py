import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing import assert_uniform_over_automorphisms, graph_zoo
from pyg_symbreak.transforms import AddCanonicalRank

ZOO = graph_zoo()
COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}


@pytest.mark.parametrize("name", ["single", "cycle-4", "star-3", "benzene-kekule", "directed-cycle-5", "two-triangles"])
def test_draws_from_the_inversion_kernel(name):
    transform = AddCanonicalRank(**COLORS)
    assert_uniform_over_automorphisms(lambda d: transform(d).canonical_rank, ZOO[name], **COLORS)


@pytest.mark.parametrize("name", ["petersen", "benzene-kekule", "toluene", "frucht"])
def test_without_randomness_relabelled_copies_agree(name):
    transform = AddCanonicalRank(randomize=False, **COLORS)
    data = ZOO[name]
    moved = Permutation.random(torch.tensor([0, data.num_nodes])).act_data(data)

    def form(graph):
        rank = transform(graph).canonical_rank
        colors = torch.empty_like(rank).index_put_((rank,), graph.node_color)
        return colors.tolist(), sorted(zip(*rank[graph.edge_index].tolist(), graph.edge_color.tolist()))

    assert form(data) == form(moved)
    assert torch.equal(transform(data).canonical_rank, transform(data).canonical_rank)


def test_colors_count_only_where_named():
    data = ZOO["square-one-marked"]
    seen = {int(AddCanonicalRank(node_attrs=("node_color",))(data).canonical_rank[0]) for _ in range(40)}
    assert len(seen) == 1
    assert len({int(AddCanonicalRank()(data).canonical_rank[0]) for _ in range(80)}) == 4


def test_dtype():
    assert AddCanonicalRank()(ZOO["cycle-4"]).canonical_rank.dtype == torch.long
