r"""What a task is: examples, models by name, a loss, and how it is trained by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import TaskData
from pyg_symbreak.training.symmetrize.objective import Objective


@dataclass(frozen=True)
class Task:
    r"""A task that backbones are trained for.

    Args:
        name: What it is called on the command line.
        about: What is predicted from what, in a line.
        objective: The loss and the scores.
        train: How it is trained unless told otherwise.
        data: Makes the examples, from the folder of the data sets (or :obj:`None`) and the seed of the run.
        build: Makes the model, from the name of the method, the configuration and the examples.
        methods: The methods that are compared unless told otherwise.
        check: Raises a :class:`ValueError` that lists the known parts if there is no such method.
        quick: What ``--quick`` changes of the configuration.
        draws: The numbers of training draws that are compared unless told otherwise.
        output: What the backbones return: of graphs, a certified canonical form gives the same whatever is drawn.
    """

    name: str
    about: str
    objective: Objective
    train: SymmetrizeTrainConfig
    data: Callable[[str | None, int], TaskData]
    build: Callable[[str, SymmetrizeTrainConfig, TaskData], torch.nn.Module]
    methods: tuple[str, ...]
    check: Callable[[str], object]
    quick: dict[str, int] = field(default_factory=lambda: {"epochs": 2})
    draws: tuple[int, ...] = ()
    output: str = "graph"

    def depends_on_draws(self, method: str) -> bool:
        r"""Whether a method is another with another number of draws.

        Without a draw it is not; nor with the exact draw where outputs stay as they are, since it always leads to the
        same canonical form.

        Args:
            method: Its name.
        """
        draw = method.split("+")[0]
        return draw not in ("none", "frame-averaging") and not (draw == "exact" and self.output == "graph")
