r"""EXP-classify: satisfiable or not, of graphs that 1-WL cannot tell apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import torch

from pyg_symbreak.datasets.exp import EXP
from pyg_symbreak.training.symmetrize.backbones import graph_backbone
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.draws import DRAWS, permutation_draw, split_method, symmetrized
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import BINARY
from pyg_symbreak.training.symmetrize.tasks.base import Task

MAX_NODES: Final = 64
OPTIONS: Final[dict[str, dict[str, Any]]] = {"mlp": {"hidden_channels": 256}, "gin-id": {"hidden_channels": 64}}


def _data(root: str | None, seed: int) -> TaskData:
    if root is None:
        raise ValueError("'exp-classify' expected '--root', the folder above 'exp/raw' with the file (got none)")
    folder = Path(root) / "exp"
    return TaskData(*(GraphExamples(EXP(folder, split=split)) for split in ("train", "val", "test")))


def _build(method: str, config: SymmetrizeTrainConfig, data: TaskData) -> torch.nn.Module:
    draw, name = split_method(method, DRAWS, OPTIONS)
    backbone = graph_backbone(name, 1, 1, MAX_NODES, **OPTIONS[name])
    return symmetrized(backbone, permutation_draw(draw, in_channels=1), config.draws, config.test_draws, "graph")


TASK: Final = Task(
    name="exp-classify",
    about="satisfiable or not, of 1,200 graphs in pairs that 1-WL cannot tell apart",
    objective=BINARY,
    train=SymmetrizeTrainConfig(epochs=150, batch_size=100, learning_rate=1e-3, validate_every=5),
    data=_data,
    build=_build,
    methods=tuple(f"{draw}+{name}" for name in OPTIONS for draw in ("uniform", "learned", "lps", "exact")),
    check=lambda method: split_method(method, DRAWS, OPTIONS),
    quick={"epochs": 10},
    draws=(1, 2, 5, 10),
)
