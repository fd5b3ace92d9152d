r"""How good a generator is: the likelihood of test graphs, and the scores of what it generates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.diffusion.nll import Likelihood, nll
from pyg_symbreak.training.diffusion.packed import PackedGraphs
from pyg_symbreak.training.diffusion.sampling import SampleConfig, sample_graphs

Score = Callable[[DenseGraph, Any], dict[str, Any]]


@dataclass(frozen=True)
class Evaluation:
    r"""What :func:`evaluate` found.

    Args:
        likelihood: Of the test graphs, if there were any.
        scores: Of the samples, by name, with their counts or intervals.
        samples: The samples, if there were any.
    """

    likelihood: Likelihood | None
    scores: dict[str, Any]
    samples: DenseGraph | None


def evaluate(
    model: GraphDiffusion,
    test: PackedGraphs | None = None,
    sample: SampleConfig | None = None,
    score: Score | None = None,
    *,
    num_draws: int = 10,
    seed: int = 0,
    batch_size: int = 512,
    progress: Callable[[int], object] | None = None,
) -> Evaluation:
    r"""Measure the likelihood of test graphs, generate graphs, and score them.

    Args:
        model: The generator.
        test: The test graphs.
        sample: What to generate.
        score: Scores the samples, as a :class:`~pyg_symbreak.training.diffusion.scoring.Scorer` does.
        num_draws: Times drawn for each test graph.
        seed: The seed of the draws for the likelihood.
        batch_size: Test graphs at a time.
        progress: Called with the number of graphs, of the test or generated, that are done since the last call.

    .. code-block:: python

        >>> from pyg_symbreak.models.diffusion.config import DiffusionConfig
        >>> model = GraphDiffusion(DiffusionConfig(("C",), ("none", "single"), 2, num_layers=1, num_steps=5))
        >>> found = evaluate(model, sample=SampleConfig(3), score=lambda graphs, config: {"count": graphs.num_graphs})
        >>> found.scores
        {'count': 3}
    """
    likelihood = None
    if test is not None:
        likelihood = nll(model, test, num_draws=num_draws, seed=seed, batch_size=batch_size, progress=progress)
    samples, scores = None, {}
    if sample is not None:
        samples = sample_graphs(model, sample, progress=progress)
        scores = {} if score is None else score(samples, model.config)
    return Evaluation(likelihood, scores, samples)
