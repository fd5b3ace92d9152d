"""graphtransformer#22, SAN#6: a random sign that is computed and never applied, or applied in training only."""

import pytest
import torch

from pyg_symbreak.canonicalizers import ExactCanonicalizer
from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import AddCanonicalLaplacianPE, AddCanonicalRank, AddRandomNodeFeatures, AddSymPE


@pytest.mark.parametrize(
    "transform", [AddCanonicalRank(), AddSymPE(dim=4), AddRandomNodeFeatures(dim=2), AddCanonicalLaplacianPE(k=3)]
)
def test_the_random_part_changes_the_result(transform):
    data = graph_zoo()["petersen"]
    key = transform.attr_name
    assert len({tuple(transform(data)[key].flatten().tolist()) for _ in range(10)}) > 1


@pytest.mark.parametrize("train", [True, False])
def test_a_canonicalizer_draws_in_training_and_in_evaluation(train):
    canonicalizer = ExactCanonicalizer().train(train)
    data = graph_zoo()["cycle-9"]
    assert len({tuple(canonicalizer.rank(data).tolist()) for _ in range(40)}) > 10


def test_one_that_is_told_not_to_draw_does_not():
    data = graph_zoo()["petersen"]
    transform = AddCanonicalLaplacianPE(k=3, randomize=False)
    results = [transform(data).laplacian_pe for _ in range(3)]
    assert all(torch.equal(results[0], other) for other in results)
