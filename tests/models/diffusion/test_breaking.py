import dataclasses

import pytest
import torch

from pyg_symbreak.canonicalizers import Canonicalizer, ExactCanonicalizer, LearnedCanonicalizer, RelaxedPermutation
from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.models.diffusion.breaking import Draw, SymmetryBreaking, TypedScore, make_canonicalizer
from pyg_symbreak.models.diffusion.config import RANKED, SYMMETRY_BREAKING, DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.pairs import pair_index, pair_number

CONFIG = DiffusionConfig(("C", "O"), ("none", "single", "double"), max_nodes=6, vector_dim=5, pair_vector_dim=3)


def config(**changes):
    return dataclasses.replace(CONFIG, **changes)


def ring(width=6):
    """A six-ring without any type that tells its nodes apart."""
    e = torch.zeros(width * (width - 1) // 2, dtype=torch.long)
    for i in range(6):
        e[pair_number(width)[i, (i + 1) % 6]] = 1
    mask = torch.arange(width) < 6
    return DenseGraph(torch.zeros(1, width).long(), e.unsqueeze(0), mask.unsqueeze(0))


def distinct(vectors):
    return vectors.unique(dim=0).size(0)


@pytest.mark.parametrize("name", SYMMETRY_BREAKING)
def test_every_method_but_none_tells_the_nodes_of_a_ring_apart(name):
    torch.manual_seed(0)
    breaking = SymmetryBreaking(config(symmetry_breaking=name))
    nodes, pairs = breaking(ring(), torch.ones(1))
    if name == "none":
        assert nodes is None
        assert pairs is None
    else:
        assert distinct(nodes[0]) == 6
        assert distinct(pairs[0]) == 15


def test_nodes_only():
    nodes, pairs = SymmetryBreaking(config(pair_vector_dim=0))(ring(), torch.ones(1))
    assert nodes.shape == (1, 6, 5)
    assert pairs is None


@pytest.mark.parametrize("name", RANKED)
def test_a_held_draw_moves_with_the_graph(name):
    torch.manual_seed(0)
    breaking, graph = SymmetryBreaking(config(symmetry_breaking=name)), ring()
    draw = breaking.draw(graph)
    order = torch.randperm(6)
    moved = graph.move(Permutation.from_order(order))
    first, second = pair_index(6)
    pairs = pair_number(6)[order[first], order[second]]
    one = breaking(graph, torch.ones(1), Draw(draw.rank))
    other = breaking(moved, torch.ones(1), Draw(draw.rank[:, order]))
    assert torch.equal(one[0][:, order], other[0])
    assert torch.equal(one[1][:, pairs], other[1])


def test_vectors_are_those_of_the_rank():
    breaking = SymmetryBreaking(config())
    nodes, pairs = breaking(ring(), torch.ones(1), Draw(torch.tensor([[3, 0, 1, 2, 5, 4]])))
    assert torch.equal(nodes[0, 0], breaking.node[3])
    expected = (breaking.pair[3, 0] + breaking.pair[0, 3]) / 2**0.5
    torch.testing.assert_close(pairs[0, 0], expected)


def test_noise_is_drawn_afresh_and_follows_the_generator():
    breaking = SymmetryBreaking(config(symmetry_breaking="noise"))
    first, second = (breaking(ring(), torch.ones(1))[0] for _ in range(2))
    assert not torch.equal(first, second)
    seeded = [breaking(ring(), torch.ones(1), generator=torch.Generator().manual_seed(3))[0] for _ in range(2)]
    assert torch.equal(*seeded)


def test_gradients_reach_the_learned_scores():
    torch.manual_seed(0)
    graph = ring()
    graph = graph.with_types(torch.tensor([[0, 1, 0, 0, 1, 1]]), graph.e)
    breaking = SymmetryBreaking(config(symmetry_breaking="sympe-learned"))
    draw = breaking.draw(graph)
    assert isinstance(draw.relaxed, RelaxedPermutation)
    nodes, pairs = breaking(graph, torch.ones(1), draw)
    hard = breaking(graph, torch.ones(1), Draw(draw.rank))
    torch.testing.assert_close(nodes, hard[0])
    torch.testing.assert_close(pairs, hard[1])
    (nodes.square().sum() + pairs[:, 0].sum()).backward()
    assert float(breaking.canonicalizer.network.head.weight.grad.abs().sum()) > 0


def test_the_gate_closes_the_vectors():
    breaking = SymmetryBreaking(config(modulation="time"))
    draw = breaking.draw(ring())
    plain = SymmetryBreaking(config())
    plain.node, plain.pair = breaking.node, breaking.pair
    open_nodes, _ = breaking(ring(), torch.ones(1), draw)
    torch.testing.assert_close(open_nodes, plain(ring(), torch.ones(1), draw)[0] * torch.tensor(2.0).sigmoid())
    torch.nn.init.constant_(breaking.gate.out.bias, -100.0)
    closed = breaking(ring(), torch.ones(1), draw)[0].detach()
    assert float(closed.abs().max()) < 1e-6


def test_encoding_dropout_only_in_training():
    torch.manual_seed(0)
    breaking = SymmetryBreaking(config(encoding_dropout=0.5))
    many = DenseGraph.cat([ring()] * 400)
    kept = breaking(many, torch.ones(400))[0].abs().sum((1, 2)) > 0
    assert 140 < int(kept.sum()) < 260
    breaking.eval()
    assert bool((breaking(many, torch.ones(400))[0].abs().sum((1, 2)) > 0).all())


def test_log_prob_of_the_exact_draw_is_that_of_twelve_symmetries():
    breaking = SymmetryBreaking(config())
    graph = ring()
    assert float(breaking.log_prob(graph, breaking.draw(graph)).exp()) == pytest.approx(1 / 12)
    assert float(SymmetryBreaking(config(symmetry_breaking="none")).log_prob(graph, None)) == 0


def test_log_prob_of_a_walk_is_that_of_the_drawn_order():
    torch.manual_seed(0)
    breaking = SymmetryBreaking(config(symmetry_breaking="sympe-walk"))
    graph = DenseGraph.cat([ring()] * 50)
    # Around a ring: one of six nodes, one of its two neighbours, then no choice.
    torch.testing.assert_close(
        breaking.log_prob(graph, breaking.draw(graph)).exp(), torch.full((50,), 1 / 12, dtype=torch.float64)
    )


def test_a_canonicalizer_of_your_own():
    breaking = SymmetryBreaking(config(), ExactCanonicalizer())
    assert isinstance(breaking.canonicalizer, ExactCanonicalizer)
    kinds = {name: type(make_canonicalizer(config(symmetry_breaking=name))).__name__ for name in RANKED}
    assert kinds["sympe-learned"] == "LearnedCanonicalizer"
    assert kinds["sympe-exact"] == "TraversalCanonicalizer"
    assert type(make_canonicalizer(config(walk="none"))).__name__ == "ExactCanonicalizer"


def test_scores_read_node_and_edge_types():
    torch.manual_seed(0)
    score, graph = LearnedCanonicalizer(TypedScore(2, 3)), ring()
    doubled = graph.e.clone()
    doubled[0, 0] = 2
    plain = score.network(graph.to_batch()).detach()
    assert float(plain.std()) < 1e-5
    assert float(score.network(graph.with_types(graph.x, doubled).to_batch()).detach().std()) > 1e-3


def test_errors():
    with pytest.raises(
        ValueError, match=r"'SymmetryBreaking' expected graphs of at most 5 nodes, as in training \(got 6\)"
    ):
        SymmetryBreaking(config(max_nodes=5))(ring(), torch.ones(1))

    class Rotations(Canonicalizer):
        def forward(self, data, *, generator=None):
            return Orthogonal.random(data.ptr, dim=3)

    with pytest.raises(
        TypeError, match=r"'SymmetryBreaking' expected a canonicalizer that draws permutations \(got 'Orth"
    ):
        SymmetryBreaking(config(), Rotations()).draw(ring())
