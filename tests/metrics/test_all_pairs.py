from __future__ import annotations

import pytest
import torch
from torch_geometric.utils import to_dense_adj

from pyg_symbreak.datasets import ConnectedGraphs
from pyg_symbreak.metrics.all_pairs import AllPairs, close_pairs, separation_all_pairs
from pyg_symbreak.metrics.reference_embeddings import canonical_embedding, wl_embedding

GRAPHS = list(ConnectedGraphs(7))
TOTAL = 853 * 852 // 2


@pytest.mark.parametrize(
    ("embed", "merged"),
    [(canonical_embedding, 0), (wl_embedding, 17), (lambda batch: torch.ones(batch.num_graphs, 2), TOTAL)],
)
def test_all_connected_graphs_with_seven_nodes(embed, merged):
    result = separation_all_pairs(embed, GRAPHS, batch_size=100)
    assert (result.merged, result.control_separated) == (merged, 0)
    assert (result.total, result.separated, result.control_total) == (TOTAL, TOTAL - merged, 853)
    assert result.believable
    assert result.share.value == (TOTAL - merged) / TOTAL


def test_the_control_finds_noise_and_numberings():
    noise = separation_all_pairs(lambda batch: torch.randn(batch.num_graphs, 3), GRAPHS)
    assert (noise.merged, noise.control_separated) == (0, 853)
    assert not noise.believable
    rows = separation_all_pairs(lambda batch: to_dense_adj(batch.edge_index, batch.batch)[:, 0].cumsum(1), GRAPHS)
    assert 100 < rows.control_separated < 853


def test_tolerance():
    def embed(batch):
        return torch.ones(batch.num_graphs, 2, dtype=torch.float64) + 1e-5 * torch.rand(batch.num_graphs, 2)

    assert separation_all_pairs(embed, GRAPHS).merged < 100
    assert separation_all_pairs(embed, GRAPHS, tolerance=1e-4).merged == TOTAL
    assert separation_all_pairs(lambda batch: embed(batch).half(), GRAPHS).merged == TOTAL


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("reach", [0.0, 0.05, 0.4, 10.0])
def test_pairs_are_those_of_brute_force(reach, dtype):
    points = torch.rand(200, 3, dtype=dtype).mul(20).round() / 20
    found = {tuple(pair) for part in close_pairs(points, reach) for pair in part.tolist()}
    count = sum(len(part) for part in close_pairs(points, reach))
    distance = (points[:, None] - points).norm(dim=2)
    wanted = {tuple(pair) for pair in (distance <= reach).triu(1).nonzero().tolist()}
    assert found == wanted
    assert count == len(wanted)


def test_few_points():
    assert list(close_pairs(torch.zeros(0, 3), 1.0)) == []
    assert list(close_pairs(torch.zeros(1, 3), 1.0)) == []
    assert [part.tolist() for part in close_pairs(torch.zeros(2, 0), 1.0)] == [[[0, 1]]]


def test_text():
    assert str(AllPairs(1, 3, 0)) == "2 of 3 separated, 1 not, isomorphic 0 of 3 (chance 0)"
    assert AllPairs(1, 3, 2).control_share.numerator == 2


def test_generator():
    def distance(seed):
        generator = torch.Generator().manual_seed(seed)
        embed = lambda batch: to_dense_adj(batch.edge_index, batch.batch)[:, 0].cumsum(1)  # noqa: E731
        return separation_all_pairs(embed, GRAPHS, generator=generator).control_separated

    assert distance(0) == distance(0) != distance(1)


@pytest.mark.parametrize(
    ("embed", "graphs", "message"),
    [
        (wl_embedding, [], r"graphs and a batch size of at least 1 \(got 0 graphs"),
        (lambda batch: torch.ones(2), GRAPHS[:3], r"'embed' to return finite values of shape \[3, channels\]"),
        (lambda batch: torch.full((3, 1), torch.inf), GRAPHS[:3], r"'embed' to return finite values"),
    ],
)
def test_errors(embed, graphs, message):
    with pytest.raises(ValueError, match="'separation_all_pairs' expected " + message):
        separation_all_pairs(embed, graphs)
