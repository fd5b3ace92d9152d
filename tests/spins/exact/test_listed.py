import pytest
import torch

from pyg_symbreak.spins import ListedStates
from pyg_symbreak.testing import chi_square_uniform

STATES = torch.eye(3, dtype=torch.int8).view(3, 1, 3) * 2 - 1


def test_draws_are_uniform():
    states = ListedStates((1, 3), 0.0, 0.0, 3, STATES)
    drawn = states.sample(3000, torch.Generator().manual_seed(0))
    assert drawn.shape == (3000, 1, 3)
    assert chi_square_uniform((drawn[:, 0] > 0).sum(0)) > 1e-4
    assert torch.equal(states.all(), STATES)


def test_some_of_an_unknown_number():
    states = ListedStates((1, 3), 0.0, 0.0, None, STATES[:1])
    assert torch.equal(states.sample(2), STATES[[0, 0]])
    with pytest.raises(ValueError, match="unknown number"):
        states.all()


def test_errors():
    with pytest.raises(
        ValueError, match=r"'ListedStates' expected 'states' of shape \[k, \*\(3, 3\)\] \(got \(3, 1, 3\)"
    ):
        ListedStates((3, 3), 0.0, 0.0, 3, STATES)
    with pytest.raises(ValueError, match="expected 'states' of shape"):
        ListedStates((1, 3), 0.0, 0.0, 0, STATES[:0])
    with pytest.raises(ValueError, match=r"'ListedStates' expected 'count' as None or 3 \(got 2\)"):
        ListedStates((1, 3), 0.0, 0.0, 2, STATES)
