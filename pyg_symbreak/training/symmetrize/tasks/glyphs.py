r"""Glyphs: which letter an image shows, in any of the eight poses of a square."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import EnergyCanonicalizer
from pyg_symbreak.datasets.glyphs import Glyphs
from pyg_symbreak.groups import PointGroup
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.draws import split_method
from pyg_symbreak.training.symmetrize.examples import TaskData, TensorExamples
from pyg_symbreak.training.symmetrize.objective import MULTICLASS
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import crossed

SIZE: Final = 16
DRAWS: Final = ("none", "uniform", "energy", "boltzmann", "group-averaging")
BACKBONES: Final = ("cnn", "mlp")
_COUNTS: Final = {"train": 2000, "val": 400, "test": 1000}


class _Energy(torch.nn.Module):
    """A small convolutional network; it has no symmetry and needs none."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.network = _cnn(width, 1)

    def forward(self, images: Tensor) -> Tensor:
        energy: Tensor = self.network(images)
        return energy.view(-1)


class _Flat(torch.nn.Module):
    """The same energy whatever the image: every element is as likely as any other."""

    def forward(self, images: Tensor) -> Tensor:
        return images.new_zeros(len(images))


def _cnn(width: int, outputs: int) -> torch.nn.Sequential:
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, width, 5, stride=2, padding=2),
        torch.nn.ReLU(),
        torch.nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(2 * width * (SIZE // 4) ** 2, outputs),
    )


def _mlp() -> torch.nn.Sequential:
    return torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(SIZE**2, 128), torch.nn.ReLU(), torch.nn.Linear(128, len(Glyphs.classes))
    )


def check(method: str) -> tuple[str, str]:
    r"""Takes a method apart.

    Raises:
        ValueError: If there is no such method.
    """
    return split_method(method, DRAWS, BACKBONES)


def _build(method: str, config: SymmetrizeTrainConfig, data: TaskData) -> torch.nn.Module:
    draw, name = check(method)
    backbone = _cnn(32, len(Glyphs.classes)) if name == "cnn" else _mlp()
    if draw == "none":
        return backbone
    learned = draw in ("energy", "boltzmann")
    # One energy that is always the same draws uniformly from the group, as a temperature does.
    canonicalizer = EnergyCanonicalizer(
        _Energy() if learned else _Flat(), PointGroup.dihedral(4), temperature=1.0 if draw == "boltzmann" else 0.0
    )
    counts: tuple[Any, Any] = ("all", "all") if draw == "group-averaging" else (config.draws, config.test_draws)
    return Symmetrize(backbone, canonicalizer, *counts, output="graph")


def _data(root: str | None, seed: int) -> TaskData:
    # Trained on upright letters, as a pretrained backbone is; tested in all poses.
    poses = {"train": None, "val": "d4", "test": "d4"}
    made = {split: Glyphs(split=split, size=SIZE, rotated=poses[split], num_graphs=n) for split, n in _COUNTS.items()}
    return TaskData(*(TensorExamples(glyphs.images, glyphs.labels) for glyphs in made.values()))


TASK: Final = Task(
    name="glyphs",
    about="ten letters, seen upright in training and in the eight poses of a square in testing",
    objective=MULTICLASS,
    train=SymmetrizeTrainConfig(epochs=30, batch_size=50, draws=1, test_draws=4, learning_rate=2e-3),
    data=_data,
    build=_build,
    methods=crossed(DRAWS, {"cnn": {}}),
    check=check,
)
