r"""EXP-classify: satisfiable or not, of graphs that 1-WL cannot tell apart."""

from __future__ import annotations

from typing import Final

from pyg_symbreak.datasets.exp import EXP
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import BINARY
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import GraphModels, crossed, folder

MODELS: Final = GraphModels(1, 1, 64, {"mlp": {"hidden_channels": 256}, "gin-id": {}, "transformer": {}, "vit": {}})


def _data(root: str | None, seed: int) -> TaskData:
    where = folder("exp-classify", root, "exp")
    return TaskData(*(GraphExamples(EXP(where, split=split)) for split in ("train", "val", "test")))


TASK: Final = Task(
    name="exp-classify",
    about="is the formula of a graph satisfiable, 1,200 graphs in pairs that 1-WL cannot tell apart",
    objective=BINARY,
    train=SymmetrizeTrainConfig(epochs=60, batch_size=100, learning_rate=2e-3, validate_every=5),
    data=_data,
    build=MODELS,
    methods=crossed(
        ("uniform", "learned", "lps", "exact", "walk", "walk-lps", "walk-exact"), {"mlp": {}, "gin-id": {}}
    ),
    check=MODELS.check,
    quick={"epochs": 10},
    draws=(1, 2, 5, 10),
)
