from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.spins import uniform_ground_states
from pyg_symbreak.training.spins.plane import uniform_lattices
from pyg_symbreak.training.spins.uniformity import combined_p_value, degenerate, ground_state_scores

PARAMETERS = [(1.0, -2.0, 0.1), (1.0, 2.0, 0.0), (-1.0, -2.0, 0.5)]


def batch(size: int = 4) -> Any:
    return Batch.from_data_list(uniform_lattices(torch.tensor(PARAMETERS), size))


def exact(size: int, num: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    states = [uniform_ground_states((size, size), (jx, jy), h) for jx, jy, h in PARAMETERS]
    return torch.stack([one.sample(num, generator) for one in states], dim=1)


def test_exact_samples_pass() -> None:
    scores = ground_state_scores([(batch(), exact(4, 200))])
    assert scores["exact"] == scores["found"] == 100
    assert scores["uniform_p"] > 1e-3


def test_always_the_same_state_does_not() -> None:
    scores = ground_state_scores([(batch(), exact(4, 200)[:1].expand(200, -1, -1, -1))])
    assert scores["exact"] == 100
    assert scores["found"] == 50
    assert scores["uniform_p"] < 1e-10


def test_disorder_finds_nothing() -> None:
    spins = torch.ones(10, 3, 4, 4, dtype=torch.int8)
    spins[..., 0, 0] = -1
    scores = ground_state_scores([(batch(), spins)])
    assert scores["exact"] == scores["found"] == 0
    assert math.isnan(scores["uniform_p"])


def test_odd_lattices_have_many_striped_ground_states() -> None:
    parameters = torch.tensor([[1.0, -2.0, 0.0]])
    states = uniform_ground_states((5, 5), (1.0, -2.0), 0.0)
    assert states.count == 10  # a seam in any of five places, and all spins reversed
    lattice = Batch.from_data_list(uniform_lattices(parameters, 5))
    drawn = states.sample(300, torch.Generator().manual_seed(0)).unsqueeze(1)
    scores = ground_state_scores([(lattice, drawn)])
    assert scores["found"] == 100
    assert scores["uniform_p"] > 1e-3


def test_fisher() -> None:
    assert combined_p_value([0.3]) == pytest.approx(0.3)
    assert combined_p_value([0.3, math.nan]) == pytest.approx(0.3)
    assert combined_p_value([0.0, 1.0]) < 1e-100
    draws = torch.rand(2000, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = torch.tensor([combined_p_value(row) for row in draws.tolist()])
    # Uniform again: the Kolmogorov-Smirnov distance of 2000 values exceeds 0.05 once in 10⁴.
    assert float((found.sort().values - torch.linspace(0, 1, 2000)).abs().max()) < 0.05


def test_few_ground_states_only() -> None:
    counts = torch.tensor([2.0, 1.0, math.nan, 14.0, 100.0, 2.0])
    assert degenerate(counts, 2, 40).tolist() == [0, 3]
    assert degenerate(counts, 9, 2).tolist() == [0, 5]
