import pytest
import torch

from pyg_symbreak.spins import GroundStates, ListedStates, uniform_ground_states


def test_abstract():
    with pytest.raises(TypeError, match="abstract"):
        GroundStates((3, 3), 0.0, 0.0, 1)


def test_errors_name_the_solver():
    states = uniform_ground_states((3, 3), (0.0, 1.0), 0.0)
    assert len(states.all(limit=8)) == states.count == 8
    with pytest.raises(ValueError, match=r"'UniformGroundStates' expected at most 7 ground states to list \(got 8\)"):
        states.all(limit=7)
    with pytest.raises(ValueError, match=r"'UniformGroundStates' expected to draw a number of states \(got -1\)"):
        states.sample(-1)
    assert states.sample(0).shape == (0, 3, 3)
    huge = uniform_ground_states((3, 40), (1.0, 0.0), 0.0)
    assert huge.count == 8
    with pytest.raises(ValueError, match=r"to list \(got about 2\^1100\)"):
        uniform_ground_states((3, 1100), (0.0, 1.0), 0.0).all()
    unknown = ListedStates((3,), 0.0, 0.0, None, torch.ones(1, 3, dtype=torch.int8))
    with pytest.raises(ValueError, match=r"'ListedStates' expected .* \(got an unknown number\)"):
        unknown.all()
