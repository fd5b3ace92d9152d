r"""Whether a model draws all ground states of a system, and each as often as the others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.metrics.spins import GroundStateLaw, ground_state_law
from pyg_symbreak.spins import uniform_ground_states


def combined_p_value(p_values: Sequence[float]) -> float:
    r"""Fisher's method: one p-value of several independent tests of the same hypothesis.

    .. math::
        -2 \sum_i \ln p_i \sim \chi^2_{2 k}

    Args:
        p_values: The p-values; NaN for a test that could not be made.

    Returns:
        The p-value; NaN if no test could be made.

    .. code-block:: python

        >>> round(combined_p_value([0.04, 0.04]), 4), combined_p_value([float("nan")])
        (0.0119, nan)
    """
    known = [max(value, 1e-300) for value in p_values if not math.isnan(value)]
    if not known:
        return math.nan
    half = torch.tensor([len(known), -sum(math.log(value) for value in known)], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))


def ground_state_scores(drawn: Iterable[tuple[Any, Tensor]]) -> dict[str, float]:
    r"""Tests drawn spins against all ground states of their systems.

    Args:
        drawn: Batches of systems with uniform couplings and few ground states each, and the spins ``[samples, B,
            *sizes]``, as of :func:`~pyg_symbreak.training.spins.sampling.sampled`.

    Returns:
        ``exact``, the share of the samples that are ground states, and ``found``, the share of the ground states that
        were drawn, both in per cent; ``uniform_p``, the :func:`combined_p_value` of the hypothesis that all ground
        states of a system are equally likely.
    """
    laws: list[GroundStateLaw] = []
    for batch, spins in drawn:
        for number in range(spins.size(1)):
            *couplings, h = batch.parameters[number].tolist()
            states = uniform_ground_states(tuple(spins.shape[2:]), couplings, h).all()
            laws.append(ground_state_law(spins[:, number], states))
    return {
        "exact": 100 * sum(law.exact.numerator for law in laws) / sum(law.exact.denominator for law in laws),
        "found": 100 * sum(law.found.numerator for law in laws) / sum(law.found.denominator for law in laws),
        "uniform_p": combined_p_value([law.p_value for law in laws]),
    }


def degenerate(degeneracy: Tensor, count: int, largest: int) -> Tensor:
    r"""The first systems that have several ground states, and not too many.

    Args:
        degeneracy: Numbers of ground states, ``[M]``; NaN where not known.
        count: How many systems are wanted.
        largest: The largest number of ground states of one.

    Returns:
        Their numbers, ``[count]`` at most.

    .. code-block:: python

        >>> degenerate(torch.tensor([1.0, 2.0, float("nan"), 90.0, 4.0]), 5, 10).tolist()
        [1, 4]
    """
    chosen: Tensor = ((degeneracy > 1) & (degeneracy <= largest)).nonzero()[:count, 0]
    return chosen
