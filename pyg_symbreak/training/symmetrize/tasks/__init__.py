r"""The tasks by name."""

from __future__ import annotations

from typing import Final

from pyg_symbreak.training.symmetrize.tasks import (
    automorphism,
    csl_classify,
    exp_classify,
    glyphs,
    nbody,
    pattern,
    peptides,
    shapes,
)
from pyg_symbreak.training.symmetrize.tasks.base import Task

_ALL: Final = (
    exp_classify.TASK,
    csl_classify.TASK,
    automorphism.TASK,
    pattern.PUBLISHED,
    pattern.SMALL,
    peptides.TASK,
    shapes.TASK,
    glyphs.TASK,
    nbody.TASK,
)

TASKS: Final[dict[str, Task]] = {task.name: task for task in _ALL}
r"""The tasks that backbones are trained for."""


def get_task(name: str) -> Task:
    r"""Returns a task by its name.

    Raises:
        ValueError: If there is none of that name.

    Example:
        >>> get_task("exp-classify").objective.larger
        True
    """
    if name not in TASKS:
        raise ValueError(f"'symmetrize' expected a task among {', '.join(TASKS)} (got {name!r})")
    return TASKS[name]
