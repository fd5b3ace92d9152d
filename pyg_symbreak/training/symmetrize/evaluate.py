r"""Predictions of a symmetrized model, and how good they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.groups import GroupElement
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.symmetrize.examples import Examples, batches
from pyg_symbreak.training.symmetrize.objective import Objective


@dataclass(frozen=True)
class Prediction:
    r"""What a model says of a batch.

    Args:
        mean: The mean over the draws.
        error: The Monte-Carlo error of the mean, one standard deviation; :obj:`None` where nothing is drawn, or once.
        elements: The drawn elements, if any.
    """

    mean: Tensor
    error: Tensor | None = None
    elements: GroupElement | list[GroupElement] | None = None


def predict(model: torch.nn.Module, inputs: Any, num_draws: int | None = None) -> Prediction:
    r"""Runs a model, and keeps what :class:`~pyg_symbreak.nn.Symmetrize` knows of its draws.

    Args:
        model: A :class:`~pyg_symbreak.nn.Symmetrize`, or any other module.
        inputs: A batch.
        num_draws: A number of draws other than that of the mode; all elements stay all.

    .. code-block:: python

        >>> predict(torch.nn.Identity(), torch.ones(2)).error is None
        True
    """
    if not isinstance(model, Symmetrize):
        return Prediction(model(inputs))
    listed = "all" in (model.num_draws_eval, model.num_draws)
    draws = model.sample(inputs, num_draws=None if listed else num_draws)
    values = draws.values
    assert isinstance(values, Tensor)
    error = draws.standard_error if values.size(0) > 1 else None
    return Prediction(draws.mean, error, draws.elements)


@torch.no_grad()
def evaluate(
    model: torch.nn.Module,
    examples: Examples,
    objective: Objective,
    *,
    seed: int,
    stream: str = "test",
    size: int = 64,
    num_draws: int | None = None,
) -> dict[str, float]:
    r"""Scores a model, with draws that seed and stream decide. The caller's global generator is left as it was.

    Args:
        model: The model; it is left in the mode, training or evaluation, that it was in.
        examples: What to score it on.
        objective: The loss and the scores.
        seed: The seed of the run.
        stream: What the draws are for.
        size: Examples a batch.
        num_draws: A number of draws other than that of the model in evaluation.

    Returns:
        ``loss``, the scores, and ``draw_error``: the root mean square of the Monte-Carlo errors of the predictions (NaN
        where nothing is drawn, or once).
    """
    training = model.training
    model.eval()
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    means, targets, squares = [], [], []
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):  # or torch warns of several GPUs
        for number, (inputs, target) in enumerate(batches(examples, size)):
            torch.manual_seed(stream_seed(seed, stream, number))
            found = predict(model, inputs.to(device), num_draws)
            means.append(found.mean)
            targets.append(target.to(device))
            if found.error is not None:
                squares.append(found.error.double().square().flatten())
    model.train(training)
    out, wanted = torch.cat(means), torch.cat(targets)
    error = float(torch.cat(squares).mean().sqrt()) if squares else math.nan
    return {"loss": float(objective.loss(out, wanted)), **objective.scores(out, wanted), "draw_error": error}
