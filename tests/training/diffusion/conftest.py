from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData


def random_trees(count: int, seed: int = 0, smallest: int = 2, largest: int = 6) -> list[Data]:
    """Trees with three types of nodes and two of edges."""
    generator = torch.Generator().manual_seed(seed)

    def draw(low: int, high: int, *shape: int) -> torch.Tensor:
        return torch.randint(low, high, shape, generator=generator)

    graphs = []
    for _ in range(count):
        n = int(draw(smallest, largest + 1))
        child = torch.arange(1, n)
        parent = torch.tensor([int(draw(0, i)) for i in range(1, n)], dtype=torch.long)
        edge_index = torch.stack([torch.cat([child, parent]), torch.cat([parent, child])])
        edge_type = draw(1, 3, n - 1).repeat(2)
        graphs.append(Data(node_type=draw(0, 3, n), edge_index=edge_index, edge_type=edge_type, num_nodes=n))
    return graphs


@pytest.fixture(scope="session")
def trees() -> list[Data]:
    return random_trees(65)


@pytest.fixture(scope="session")
def data(trees: list[Data]) -> DiffusionData:
    return DiffusionData.from_datasets(trees, random_trees(20, seed=1))


@pytest.fixture(scope="session")
def model_config() -> DiffusionConfig:
    sizes = {"num_layers": 1, "node_dim": 16, "pair_dim": 8, "graph_dim": 8, "heads": 2, "num_steps": 20}
    return DiffusionConfig(("C", "N", "O"), ("none", "single", "double"), 6, dropout=0.1, **sizes)


@pytest.fixture(scope="session")
def train_config() -> DiffusionTrainConfig:
    every = {"log_every": 3, "validate_every": 6, "checkpoint_every": 4, "val_graphs": 16, "val_draws": 1}
    return DiffusionTrainConfig(max_steps=20, batch_size=16, learning_rate=1e-2, warmup_steps=4, threads=1, **every)
