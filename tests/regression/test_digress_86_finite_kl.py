"""DiGress#86, #14: the KL divergence is NaN on training samples."""

import pytest
import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion


@pytest.mark.parametrize("transition", ["marginal", "absorbing"])
def test_types_that_never_occur_leave_the_bound_finite(transition):
    # The second node type and the second bond never occur, so their frequencies, and some posteriors, are zero.
    config = DiffusionConfig(
        ("C", "Xe"), ("none", "single", "double"), 3, num_steps=5, num_layers=1, node_dim=8, pair_dim=8, graph_dim=8,
        heads=1, transition=transition,
    )  # fmt: skip
    mask = torch.tensor([[True, True, True], [True, False, False]])
    graph = DenseGraph(torch.zeros(2, 3).long(), torch.tensor([[1, 0, 1], [0, 0, 0]]), mask)
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config, graph)
    bound = model.likelihood(graph, num_draws=20)
    assert all(bool(torch.isfinite(value).all()) for value in bound.values())
    assert bool(torch.isfinite(model.loss(graph)["loss"]))
