r"""PATTERN: which nodes belong to a pattern that was planted in a stochastic block model."""

from __future__ import annotations

from typing import Final

from pyg_symbreak.datasets.pattern import PATTERN
from pyg_symbreak.datasets.pattern_graphs import PatternGraphs
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import BALANCED
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import GraphModels, crossed, folder

_DRAWS: Final = ("none", "uniform", "lps", "exact")
_TRAIN: Final = SymmetrizeTrainConfig(epochs=20, batch_size=64, test_draws=5, learning_rate=1e-3)


def _models(max_nodes: int) -> GraphModels:
    backbones = {"mlp": {"hidden_channels": 128}, "gin-id": {}, "transformer": {}, "vit": {}}
    return GraphModels(3, 2, max_nodes, backbones, output="node")


def _published(root: str | None, seed: int) -> TaskData:
    where = folder("pattern", root, "pattern", "PATTERN_v2.zip; 'pattern-small' makes graphs by the same recipe")
    return TaskData(*(GraphExamples(PATTERN(where, split=split)) for split in ("train", "val", "test")))


def _small(root: str | None, seed: int) -> TaskData:
    counts, sizes = {"train": 2000, "val": 200, "test": 400}, range(3, 13)
    made = {split: PatternGraphs(split=split, num_graphs=n, sizes=sizes) for split, n in counts.items()}
    return TaskData(*(GraphExamples(graphs) for graphs in made.values()))


PUBLISHED: Final = Task(
    name="pattern",
    about="which nodes of a graph belong to a planted pattern, 14,000 graphs with up to 188 nodes",
    objective=BALANCED,
    train=_TRAIN,
    data=_published,
    build=_models(188),
    methods=crossed(_DRAWS, {"transformer": {}}),
    check=_models(188).check,
    output="node",
)
SMALL: Final = Task(
    name="pattern-small",
    about="the same of 2,600 graphs with up to 72 nodes, made by the recipe of PATTERN",
    objective=BALANCED,
    train=_TRAIN,
    data=_small,
    build=_models(72),
    methods=crossed(_DRAWS, {"gin-id": {}, "transformer": {}}),
    check=_models(72).check,
    output="node",
)
