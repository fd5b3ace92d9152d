from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import BINARY
from pyg_symbreak.training.symmetrize.tasks import TASKS
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import GraphModels

MODELS = GraphModels(1, 1, 4, {"mlp": {"hidden_channels": 8}})


def paths_and_stars(root: str | None, seed: int) -> TaskData:
    path, star = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]]), torch.tensor([[0, 0, 0, 1, 2, 3]] * 2)
    star = torch.stack([star[0], star[1].roll(3)])
    graphs = [Data(x=torch.ones(4, 1), edge_index=edges, y=torch.tensor([i])) for i, edges in enumerate((path, star))]
    return TaskData(*(GraphExamples(graphs * 4) for _ in range(3)))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Task:
    train = SymmetrizeTrainConfig(epochs=3, batch_size=4, test_draws=2, learning_rate=1e-2)
    names = ("none+mlp", "exact+mlp")
    task = Task("tiny", "paths or stars", BINARY, train, paths_and_stars, MODELS, names, MODELS.check, draws=(1, 2))
    monkeypatch.setitem(TASKS, "tiny", task)
    return task
