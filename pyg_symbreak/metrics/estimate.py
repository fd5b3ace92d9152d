r"""A number that is no share of a count, with its bootstrap interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symbreak.metrics.ratio import Z_95

__all__ = ["Estimate", "bootstrap"]


@dataclass(frozen=True)
class Estimate:
    r"""A number computed from samples, with an interval; it reads like :class:`~pyg_symbreak.metrics.ratio.Ratio`.

    Args:
        value: The number; NaN where it has no meaning.
        low: The lower end of the interval; NaN if it is not known.
        high: The upper end of the interval.
        denominator: The number of samples that it was computed from.

    .. code-block:: python

        >>> print(Estimate(0.25, 0.125, 0.375, 100))
        0.2500 [0.1250, 0.3750] of 100
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    denominator: int = 0
    numerator: None = None

    def to_dict(self) -> dict[str, float | int | None]:
        r"""Return the five numbers under their names, ready for JSON: ``None`` for NaN.

        .. code-block:: python

            >>> Estimate(0.5, denominator=1).to_dict()
            {'numerator': None, 'denominator': 1, 'value': 0.5, 'low': None, 'high': None}
        """
        ends = {"value": self.value, "low": self.low, "high": self.high}
        numbers = {name: None if math.isnan(end) else end for name, end in ends.items()}
        return {"numerator": None, "denominator": self.denominator, **numbers}

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}] of {self.denominator}"


def bootstrap(
    statistic: Callable[[Tensor], float],
    size: int,
    *,
    num_draws: int = 100,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    generator: torch.Generator | None = None,
) -> Estimate:
    r"""Compute a statistic of samples, and its interval by the bootstrap.

    The interval at 95 % is :math:`\theta \pm 1.96\, s`, cut to the bounds; :math:`s` is the standard deviation of the
    statistic over draws of as many samples with replacement (Efron, Annals of Statistics 1979). It tells how much the
    value would move with other samples of the same model, not how far it is biased: a distance between distributions
    of few samples is always too large.

    Args:
        statistic: Takes how often each sample is counted, int64 of shape ``[size]``, and returns the statistic.
        size: The number of samples. With 0 the value is NaN, with less than 2 the interval is.
        num_draws: The number of draws; with less than 2 there is no interval.
        bounds: The smallest and the largest value that the statistic can take.
        generator: The source of the draws. Without it the same draws are made every time, and the global state is left
            alone.

    Raises:
        ValueError: If the number of draws is negative.

    .. code-block:: python

        >>> values = torch.tensor([1.0, 2.0, 3.0, 4.0])
        >>> bootstrap(lambda count: float(count.double() @ values.double()) / 4, 4).value
        2.5
    """
    if num_draws < 0:
        raise ValueError(f"'bootstrap' expected 'num_draws' of at least 0 (got {num_draws})")
    if size == 0:
        return Estimate(math.nan)
    value = statistic(torch.ones(size, dtype=torch.long))
    if size < 2 or num_draws < 2:
        return Estimate(value, denominator=size)
    if generator is None:
        generator = torch.Generator().manual_seed(0)
    draws = torch.empty(num_draws, dtype=torch.float64)
    for draw in range(num_draws):
        index = torch.randint(size, (size,), generator=generator, device=generator.device)
        draws[draw] = statistic(torch.bincount(index.cpu(), minlength=size))
    half = Z_95 * float(draws.std())
    return Estimate(value, max(value - half, bounds[0]), min(value + half, bounds[1]), size)
