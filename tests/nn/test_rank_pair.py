import pytest
import torch

from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.nn import RankPairEmbedding
from pyg_symbreak.nn.rank_pair import fit_ranks, permutation_of


def test_pairs_have_a_vector_each_and_differences_share_theirs():
    i, j = torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")
    pair = RankPairEmbedding(3, max_nodes=4)(i, j)
    assert pair.shape == (4, 4, 3)
    assert pair.view(16, 3).unique(dim=0).size(0) == 16
    difference = RankPairEmbedding(3, max_nodes=4, mode="difference")(i, j)
    assert difference.view(16, 3).unique(dim=0).size(0) == 7
    assert torch.equal(difference[0, 1], difference[2, 3])
    assert not torch.equal(difference[0, 1], difference[1, 0])


def test_reset_and_repr():
    embedding = RankPairEmbedding(3, max_nodes=4)
    assert repr(embedding) == "RankPairEmbedding(3, max_nodes=4, mode='pair')"
    before = embedding.weight.clone()
    embedding.reset_parameters()
    assert not torch.equal(before, embedding.weight)


def test_ranks_are_fitted_or_refused():
    rank = torch.tensor([0, 4, 3])
    assert fit_ranks("Owner", rank, 3, "wrap").tolist() == [0, 1, 0]
    assert fit_ranks("Owner", rank, 5, "error") is rank
    assert fit_ranks("Owner", rank[:0], 3, "error").numel() == 0
    with pytest.raises(
        ValueError, match=r"'Owner' expected graphs of at most 'max_nodes' = 4 nodes \(got one of 5\); ra"
    ):
        fit_ranks("Owner", rank, 4, "error")


def test_errors():
    with pytest.raises(ValueError, match=r"'RankPairEmbedding' expected 'dim' to be at least 1 \(got 0\)"):
        RankPairEmbedding(0, max_nodes=4)
    with pytest.raises(ValueError, match=r"'RankPairEmbedding' expected 'mode' in .* \(got 'x'\)"):
        RankPairEmbedding(2, max_nodes=4, mode="x")
    g = Permutation(torch.tensor([0]))
    assert permutation_of("Owner", g) is g
    with pytest.raises(TypeError, match=r"'Owner' expected permutations or ranks \(got 'Orthogonal'\)"):
        permutation_of("Owner", Orthogonal.identity(torch.tensor([0, 1]), 2))
