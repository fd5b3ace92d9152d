from __future__ import annotations

import pytest
import torch

from pyg_symbreak.datasets.automorphism import AutomorphismGraphs
from pyg_symbreak.training.symmetrize.evaluate import evaluate
from pyg_symbreak.training.symmetrize.tasks.automorphism import OBJECTIVE, TASK, renumbered, spread_in_orbits


def test_copies_are_renumbered_with_their_labels() -> None:
    graphs = list(AutomorphismGraphs())
    copies = renumbered(graphs, 3, seed=0)
    assert len(copies) == 15
    for number, copy in enumerate(copies):
        graph = graphs[number % 5]
        degree = torch.bincount(graph.edge_index[0], minlength=graph.num_nodes)
        other = torch.bincount(copy.edge_index[0], minlength=graph.num_nodes)
        pairs = sorted(zip(graph.y.tolist(), degree.tolist()))
        assert sorted(zip(copy.y.int().tolist(), other.tolist())) == pairs
    orbits = torch.cat([copy.orbit.unique() for copy in copies])
    assert len(orbits) == len(orbits.unique()) == 3 * sum(len(graph.y.unique()) for graph in graphs)


def test_spread() -> None:
    orbit = torch.tensor([0, 0, 5, 5])
    assert spread_in_orbits(torch.tensor([1.0, 1.0, 3.0, 3.0]), orbit) == 0
    assert spread_in_orbits(torch.tensor([0.0, 2.0, 3.0, 3.0]), orbit) == pytest.approx(0.5**0.5)


def test_what_is_equivariant_does_not_spread_and_one_draw_does() -> None:
    data = TASK.data(None, 0)
    torch.manual_seed(0)
    spreads = []
    for draws in (1, 100):
        model = TASK.build("exact+mlp", TASK.train, data)
        model.num_draws_eval = draws  # type: ignore[assignment]
        spreads.append(evaluate(model, data.val, OBJECTIVE, seed=0)["spread"])
    assert spreads[1] < 0.2 * spreads[0]
