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


def cycles(number: int) -> Data:
    """A cycle of six nodes, or two of three, in a random order."""
    one = torch.arange(6)
    next_one = (one + 1) % 6 if number % 2 else torch.tensor([1, 2, 0, 4, 5, 3])
    order = torch.randperm(6, generator=torch.Generator().manual_seed(number))
    edge_index = order[torch.stack([torch.cat([one, next_one]), torch.cat([next_one, one])])]
    return Data(x=torch.ones(6, 1), edge_index=edge_index, y=torch.tensor([number % 2]))


MODELS = GraphModels(1, 1, 6, {"mlp": {"hidden_channels": 16}, "gin-id": {"hidden_channels": 8}})


def make_data(root: str | None = None, seed: int = 0) -> TaskData:
    graphs = [cycles(number) for number in range(50)]
    return TaskData(GraphExamples(graphs[:26]), GraphExamples(graphs[26:38]), GraphExamples(graphs[38:]))


TINY = Task(
    name="tiny",
    about="one cycle or two",
    objective=BINARY,
    train=SymmetrizeTrainConfig(epochs=4, batch_size=8, test_draws=3, learning_rate=1e-2),
    data=make_data,
    build=MODELS,
    methods=("none+mlp", "exact+mlp"),
    check=MODELS.check,
    draws=(1, 2),
)


@pytest.fixture(scope="session")
def data() -> TaskData:
    return make_data()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setitem(TASKS, "tiny", TINY)
    return TINY
