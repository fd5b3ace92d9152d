r"""CSL: which of ten families a circular graph with skip links belongs to."""

from __future__ import annotations

from typing import Final

from pyg_symbreak.datasets.csl import CSL, NUM_FOLDS
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import MULTICLASS
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import GraphModels, crossed

MODELS: Final = GraphModels(1, 10, 41, {"mlp": {"hidden_channels": 256}, "gin-id": {}, "transformer": {}, "vit": {}})


def _data(root: str | None, seed: int) -> TaskData:
    fold = seed % NUM_FOLDS
    return TaskData(*(GraphExamples(CSL(split=split, fold=fold)) for split in ("train", "val", "test")))


TASK: Final = Task(
    name="csl-classify",
    about="which of ten families of 4-regular graphs; seeds 0 to 4 are the five folds",
    objective=MULTICLASS,
    train=SymmetrizeTrainConfig(epochs=200, batch_size=30, draws=5, learning_rate=1e-3, validate_every=10),
    data=_data,
    build=MODELS,
    methods=crossed(("uniform", "lps", "refinement", "walk", "exact"), {"mlp": {}, "gin-id": {}}),
    check=MODELS.check,
    quick={"epochs": 10},
)
