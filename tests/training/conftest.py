from __future__ import annotations

import pytest

from pyg_symbreak.datasets import ErdosRenyiGraphs
from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.data import Splits


@pytest.fixture(scope="session")
def splits() -> Splits:
    counts = {"train": 65, "val": 16, "test": 16}
    return Splits(*(ErdosRenyiGraphs(split=split, num_graphs=count) for split, count in counts.items()))


@pytest.fixture(scope="session")
def model_config() -> AutoencoderConfig:
    sizes = {"hidden_dim": 16, "decoder_dim": 16, "num_layers": 1}
    return AutoencoderConfig(symmetry_breaking="noise", decoder="inner", max_nodes=16, **sizes)


@pytest.fixture(scope="session")
def train_config() -> TrainConfig:
    return TrainConfig(epochs=4, batch_size=16, learning_rate=1e-2, threads=1)
