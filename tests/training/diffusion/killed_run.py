"""A training run that kills itself: ``killed_run.py DIRECTORY WHERE COUNT``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import DiffusionFitResult, fit
from pyg_symbreak.training.steps.ema import RunningMean
from tests.training.diffusion.conftest import random_trees


def train(directory: str | Path) -> DiffusionFitResult:
    sizes = {"num_layers": 1, "node_dim": 16, "pair_dim": 8, "graph_dim": 8, "heads": 2, "num_steps": 20}
    model = DiffusionConfig(("C", "N", "O"), ("none", "single", "double"), 6, dropout=0.1, **sizes)
    every = {"log_every": 3, "validate_every": 6, "checkpoint_every": 2, "val_graphs": 8, "val_draws": 1}
    config = DiffusionTrainConfig(max_steps=14, batch_size=16, warmup_steps=4, threads=1, **every)
    return fit(model, config, DiffusionData.from_datasets(random_trees(65), random_trees(8, seed=1)), directory)


def kill_in(owner: Any, name: str, count: int) -> None:
    """Kills this process in the call of that number."""
    original, calls = getattr(owner, name), iter(range(count))

    def counted(*args: Any, **kwargs: Any) -> Any:
        if next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, counted)


if __name__ == "__main__":
    torch.set_num_threads(1)
    places = {"step": (RunningMean, "update"), "write": (os, "fsync"), "rename": (os, "replace")}
    kill_in(*places[sys.argv[2]], int(sys.argv[3]))
    train(sys.argv[1])
