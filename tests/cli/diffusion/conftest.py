from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.diffusion.files import save_model
from pyg_symbreak.training.diffusion.sources import Source

TINY = {"num_steps": 4, "num_layers": 1, "node_dim": 8, "pair_dim": 8, "graph_dim": 8, "heads": 2}


@pytest.fixture(scope="session")
def few_molecules() -> Source:
    pytest.importorskip("rdkit")
    from pyg_symbreak.datasets import SmallMolecules
    from pyg_symbreak.training.diffusion.sources import molecular_alphabet

    splits = {split: SmallMolecules(None, split, 3) for split in ("train", "val", "test")}
    return Source("small", splits, molecular_alphabet(splits["train"].node_types, "kekule"))


@pytest.fixture
def tiny() -> list[str]:
    train = {"max_steps": 4, "batch_size": 8, "val_graphs": 8, "val_draws": 1, "log_every": 2}
    values = {**TINY, **train}
    return [word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", str(value))]


@pytest.fixture
def generator(tmp_path: Path) -> Callable[..., Path]:
    """Saves an untrained generator, and returns its folder."""

    def make(name: str = "model", **options: Any) -> Path:
        torch.manual_seed(0)
        alphabet: dict[str, Any] = {
            "node_types": ("C", "O"),
            "edge_types": ("none", "single", "double", "triple"),
            "max_nodes": 4,
            "bonds": "kekule",
        }
        config = DiffusionConfig(**{**alphabet, **TINY, **options})
        return save_model(tmp_path / name, GraphDiffusion(config))

    return make
