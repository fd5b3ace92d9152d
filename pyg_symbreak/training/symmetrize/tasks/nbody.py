r"""Charged particles: where will they be?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import torch

from pyg_symbreak.datasets.nbody import NBody
from pyg_symbreak.models.nbody import NBODY_BACKBONES, NBODY_DRAWS, build_nbody, nbody_settings
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.draws import split_method
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import MSE
from pyg_symbreak.training.symmetrize.tasks.base import Task

_METHODS: Final = (
    "none+egnn",
    "frame-averaging+gnn",
    "learned+gnn",
    "lps+gnn",
    "frame-averaging+transformer",
    "learned+transformer",
    "lps+transformer",
)


def check(method: str) -> tuple[str, str]:
    r"""Takes a method apart.

    Raises:
        ValueError: If there is no such method.
    """
    return split_method(method, NBODY_DRAWS, NBODY_BACKBONES)


def _build(method: str, config: SymmetrizeTrainConfig, data: TaskData) -> torch.nn.Module:
    draw, backbone = check(method)
    tests: Any = config.test_draws
    if draw == "frame-averaging" and backbone != "transformer":
        tests = "all"  # a mean over all signs of the axes; an order of the particles is drawn in any case
    return build_nbody(draw, backbone, config.draws, 1 if draw == "learned" else tests)


def _data(root: str | None, seed: int) -> TaskData:
    folder = None if root is None else f"{root}/nbody"
    return TaskData(*(GraphExamples(NBody(folder, split)) for split in ("train", "val", "test")))


TASK: Final = Task(
    name="nbody",
    about="five charged particles: their positions after 1,000 steps, 3,000/2,000/2,000 simulations",
    objective=MSE,
    train=SymmetrizeTrainConfig(**asdict(nbody_settings("lps", "transformer")), val_draws=4, validate_every=10),
    data=_data,
    build=_build,
    methods=_METHODS,
    check=check,
)
