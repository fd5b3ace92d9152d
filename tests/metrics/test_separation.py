from __future__ import annotations

import json

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import to_dense_adj

from pyg_symbreak.datasets.pair_sets import separation_pairs
from pyg_symbreak.groups import Permutation
from pyg_symbreak.metrics.reference_embeddings import canonical_embedding, wl_embedding
from pyg_symbreak.metrics.separation import Separation, measure_separation, separation_any

HARD = separation_pairs("graph7c-hard")
SAMPLED = separation_pairs("graph7c", num_pairs=300)


def mlp(seed=0, dtype=torch.float32):
    """A random network on the adjacency matrix: it tells everything apart and depends on the numbering."""
    generator = torch.Generator().manual_seed(seed)
    weights = [torch.randn(shape, generator=generator, dtype=dtype) for shape in ((49, 32), (32, 4))]
    return lambda batch: (
        (to_dense_adj(batch.edge_index, batch.batch, max_num_nodes=7).flatten(1).to(dtype) @ weights[0]).tanh()
        @ weights[1]
    )


def uniform(backbone):
    """The same with nodes in a random order: invariant in law."""
    return lambda batch: backbone(Permutation.random(batch.ptr).act_data(batch))


def noisy(embed, scale=1.0):
    """An embedding with noise that has nothing to do with the graph."""

    def add(batch):
        out = embed(batch)
        return out + scale * out.abs().amax() * torch.randn(out.shape, dtype=out.dtype)

    return add


@pytest.mark.parametrize("num_draws", [1, 16])
def test_the_ends_of_the_scale(num_draws):
    exact = measure_separation(canonical_embedding, HARD, num_draws=num_draws)
    assert (exact.separated, exact.total, exact.control_separated, exact.control_total) == (17, 17, 0, 17)
    blind = measure_separation(wl_embedding, HARD, num_draws=num_draws)
    assert (blind.separated, blind.control_separated) == (0, 0)
    assert exact.believable
    assert blind.believable


def test_noise_alone_separates_nothing_but_fools_the_usual_score():
    result = measure_separation(noisy(wl_embedding), HARD * 20)
    assert result.by_distance.value == result.control_by_distance.value == 1.0
    assert result.separated < 0.04 * result.total
    assert result.believable
    assert not measure_separation(noisy(wl_embedding), HARD, num_draws=1).believable


def test_the_control_of_a_law_stays_at_chance():
    """Five per cent of the isomorphic pairs, no more and no less, because the shuffles are exact."""
    result = measure_separation(uniform(mlp()), SAMPLED * 4, level=0.05, num_draws=10, num_shuffles=199)
    n = result.control_total
    assert n == 1200
    assert abs(result.control_separated - 0.05 * n) < 4 * (n * 0.05 * 0.95) ** 0.5
    assert result.believable


def test_laws_that_differ_are_told_apart():
    far = [(a, b) for a, b in SAMPLED if abs(a.num_edges - b.num_edges) >= 12]
    assert len(far) > 10
    result = measure_separation(uniform(mlp()), far, num_draws=64)
    assert result.separated > 0.6 * result.total
    assert result.believable


@pytest.mark.parametrize("num_draws", [1, 8])
def test_a_model_that_sees_the_numbering_is_not_believed(num_draws):
    result = measure_separation(mlp(), HARD, num_draws=num_draws)
    assert result.separated == result.total
    assert result.control_separated > 0.8 * result.control_total
    assert not result.believable


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rounding_is_no_separation(dtype):
    """A sum over nodes, each of its own size, rounds differently for every numbering."""

    def embed(batch):
        colors = wl_embedding(batch).to(dtype)[batch.batch] / 7
        place = (torch.arange(batch.num_nodes) - batch.ptr[batch.batch]).to(dtype)[:, None]
        return torch.zeros(batch.num_graphs, 4, dtype=dtype).index_add_(0, batch.batch, colors + place)

    for num_draws in (1, 16):
        assert measure_separation(embed, HARD, num_draws=num_draws).separated == 0
        moved = measure_separation(
            lambda batch: embed(batch) * (1 + 1e-7 * torch.rand(1).to(dtype)), HARD, num_draws=num_draws
        )
        assert moved.control_separated == (0 if dtype == torch.float32 or num_draws > 1 else 17)
    assert measure_separation(embed, SAMPLED, num_draws=1).separated == len(SAMPLED)
    assert measure_separation(embed, SAMPLED, num_draws=1, tolerance=10.0).separated == 0


def test_of_several_models_the_best_counts_and_the_control_stays():
    results = [measure_separation(uniform(mlp(seed)), SAMPLED, level=0.05, num_draws=16) for seed in range(4)]
    whole = separation_any(results)
    assert whole.separated > max(result.separated for result in results) * 0.8
    assert whole.believable
    assert whole.distances.equal(torch.stack([result.distances for result in results]).amax(0))


def test_generator_and_global_state():
    def run(seed):
        torch.manual_seed(0)
        generator = torch.Generator().manual_seed(seed)
        return measure_separation(mlp(), HARD, num_draws=1, generator=generator).control_distances

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))


def test_batches_do_not_matter():
    one, two = (measure_separation(canonical_embedding, HARD, num_draws=1, batch_size=size) for size in (3, 100))
    assert torch.equal(one.distances, two.distances)


def test_no_gradient_is_kept():
    weight = torch.ones(4, 1, dtype=torch.float64, requires_grad=True)
    assert not measure_separation(
        lambda batch: wl_embedding(batch) @ weight, HARD, num_draws=2, level=0.5
    ).distances.requires_grad


def test_dictionary():
    result = measure_separation(wl_embedding, HARD, num_draws=1)
    out = json.loads(json.dumps(result.to_dict()))
    assert out["separated"]["numerator"] == 0
    assert out["control"]["denominator"] == 17
    assert out["believable"] is True


def test_chance_of_the_control():
    zeros, some = torch.ones(100), torch.cat([torch.zeros(12), torch.ones(88)])
    result = Separation(zeros, some, zeros, zeros, level=0.05)
    assert abs(result.control_p_value - 0.00427) < 1e-4  # 1 - binom.cdf(11, 100, 0.05)
    assert result.believable
    assert Separation(zeros, zeros, zeros, zeros, level=0.0).control_p_value == 1
    assert Separation(zeros, some, zeros, zeros, level=0.0).control_p_value == 0


@pytest.mark.parametrize(
    ("embed", "pairs", "settings", "message"),
    [
        (wl_embedding, [], {}, r"pairs, draws .* \(got 0 pairs"),
        (wl_embedding, HARD, {"num_draws": 0}, r"pairs, draws .*num_draws=0"),
        (wl_embedding, HARD, {"batch_size": 0}, r"pairs, draws .*batch_size=0"),
        (
            wl_embedding,
            HARD,
            {"num_draws": 3},
            r"'level' .* 3 draws and 999 shuffles reach, at least 0.101 \(got 0.01\)",
        ),
        (wl_embedding, HARD, {"num_shuffles": 50}, r"'level' .* at least 0.0196 \(got 0.01\)"),
        (wl_embedding, HARD, {"num_shuffles": 0}, r"'level' .* 0 shuffles"),
        (wl_embedding, HARD, {"level": 1.0}, r"'level' below 1"),
        (lambda batch: torch.ones(3), HARD, {}, r"'embed' to return the shape \[17, channels\] \(got \[3\]\)"),
        (lambda batch: torch.full((17, 2), torch.nan), HARD, {}, r"finite values \(got NaN or infinity\)"),
    ],
)
def test_errors(embed, pairs, settings, message):
    with pytest.raises(ValueError, match="'measure_separation' expected .*" + message):
        measure_separation(embed, pairs, **settings)


def test_results_that_do_not_fit():
    with pytest.raises(ValueError, match=r"'separation_any' expected results on the same pairs .* \(got none\)"):
        separation_any([])
    results = [measure_separation(wl_embedding, HARD[:k], num_draws=1) for k in (1, 2)]
    with pytest.raises(ValueError, match=r"'separation_any' expected .* \(got \[\(1, 0.0\), \(2, 0.0\)\]\)"):
        separation_any(results)


def test_other_attributes_move_along():
    graph = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3, x=torch.tensor([[1.0], [2.0], [3.0]]))
    other = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3, x=torch.tensor([[3.0], [2.0], [1.0]]))
    result = measure_separation(lambda batch: canonical_embedding(batch, ("x",)), [(graph, other)] * 5, num_draws=1)
    assert (result.separated, result.control_separated) == (5, 0)


def test_graphs_of_different_sizes():
    one, two = (Data(edge_index=torch.tensor([[0], [1]]), num_nodes=n) for n in (2, 4))
    assert measure_separation(canonical_embedding, [(one, two)], num_draws=1).separated == 1
