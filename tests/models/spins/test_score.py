import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.models.spins.score import ElementScores
from tests.models.spins.cases import random_batch


@pytest.mark.parametrize("group", [LatticeGroup.p4m(3, spin_flip=True), LatticeGroup.p2mm(3, 4)], ids=repr)
def test_scores_move_with_the_input(group):
    batch, scores = random_batch(2, group.sizes), ElementScores(group).double()
    plain = scores(batch)
    assert plain.shape == (2, len(group))
    for number in range(0, len(group), 5):
        h = LatticeSymmetry(torch.full((2,), number), group)
        want = h.act_regular(plain.view(2, group.num_parts, *group.sizes)).flatten(1)
        assert (scores(h.act_data(batch)) - want).abs().max() < 1e-10


def test_scores_tell_elements_apart_and_are_reset():
    group, batch = LatticeGroup.p4m(3), random_batch(1, (3, 3), torch.float32)
    scores = ElementScores(group)
    before = scores(batch)
    assert before.unique().numel() == len(group)
    scores.reset_parameters()
    assert not torch.equal(before, scores(batch))
