r"""Squared maximum mean discrepancy between two samples, with its interval."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

_COVERAGE = 0.95
_DRAWS = 1000
_SEED = 0


@dataclass(frozen=True)
class Gram:
    r"""The kernel inside and between two samples: all that a discrepancy and its interval are made of.

    Args:
        within_first: Kernel of the first sample with itself, ``[n, n]``.
        within_second: Kernel of the second sample with itself, ``[m, m]``.
        between: Kernel of the first with the second, ``[n, m]``.

    Raises:
        ValueError: If the shapes do not fit or a sample is empty.

    .. code-block:: python

        >>> Gram(torch.eye(2), torch.eye(2), torch.zeros(2, 2)).biased
        1.0
    """

    within_first: Tensor
    within_second: Tensor
    between: Tensor

    def __post_init__(self) -> None:
        shapes = [list(block.shape) for block in (self.within_first, self.within_second, self.between)]
        n, m = self.within_first.size(0), self.within_second.size(0)
        if shapes != [[n, n], [m, m], [n, m]] or 0 in (n, m):
            raise ValueError(f"'Gram' expected blocks [n, n], [m, m], [n, m] with n, m > 0 (got {shapes})")

    @property
    def biased(self) -> float:
        r"""The V-statistic, the mean over all pairs, those of a graph with itself included: what papers report.

        Its expectation is above the squared MMD by about :math:`(1/n + 1/m)(1 - \bar k)`, also for equal laws.
        """
        means = [block.double().mean() for block in (self.within_first, self.within_second, self.between)]
        return float(means[0] + means[1] - 2 * means[2])

    @property
    def unbiased(self) -> float:
        r"""The statistic without the pairs of a graph with itself (Gretton et al., JMLR 2012, eq. 3); NaN for n < 2."""
        first, second = (torch.ones(1, size, dtype=torch.float64) for size in self.between.shape)
        inside, between = self._parts(first, second)
        return float(inside[0] + inside[1] - 2 * between)

    def jackknife_error(self) -> float:
        r"""Return the jackknife standard error of :attr:`unbiased`, leaving out one graph of either sample at a time.

        Exact sums, no random draws. NaN if a sample has fewer than three graphs. Close to equality of the two laws the
        statistic is degenerate and its law skewed; then the error is a scale, no half-width of an interval.
        """
        n, m = self.between.shape
        if min(n, m) < 3:
            return float("nan")
        variance = 0.0
        between = self.between.double()
        for block, across in ((self.within_first, between), (self.within_second, between.T)):
            size = block.size(0)
            rows = block.double().sum(dim=1) - block.diagonal().double()
            inside = (rows.sum() - 2 * rows) / ((size - 1) * (size - 2))
            outside = (across.sum() - across.sum(dim=1)) / ((size - 1) * across.size(1))
            values = inside - 2 * outside  # up to what does not depend on the graph that is left out
            variance += (size - 1) / size * float((values - values.mean()).square().sum())
        return float(variance**0.5)

    def bootstrap_interval(
        self, draws: int = _DRAWS, coverage: float = _COVERAGE, generator: torch.Generator | None = None
    ) -> tuple[float, float]:
        r"""Return a bootstrap interval for :attr:`biased`, at samples of these sizes.

        Both samples are drawn again with replacement. A graph drawn twice is no pair with itself (it would make samples
        look concentrated): the pairs of different graphs are weighted by how often both were drawn, and the terms of a
        graph with itself are added as they are. The ends are quantiles of the draws.

        Args:
            draws: Number of draws.
            coverage: The share of draws inside.
            generator: Source of the draws; by default one with a fixed seed, so that the same samples give the same
                interval.

        Raises:
            ValueError: If ``draws`` is below 2 or ``coverage`` not between 0 and 1.
        """
        if draws < 2 or not 0 < coverage < 1:
            raise ValueError(
                f"'bootstrap_interval' expected 'draws' >= 2 and 0 < 'coverage' < 1 (got {draws} and {coverage})"
            )
        if generator is None:
            generator = torch.Generator().manual_seed(_SEED)
        weights = [_resample(size, draws, generator) for size in self.between.shape]
        inside, outside = self._parts(*weights)
        total = -2 * outside
        for value, block in zip(inside, (self.within_first, self.within_second)):
            size = block.size(0)
            total += block.diagonal().double().mean() / size
            if size > 1:
                total += (size - 1) / size * value
        ends = torch.tensor([(1 - coverage) / 2, (1 + coverage) / 2], dtype=torch.float64)
        low, high = total[~total.isnan()].quantile(ends).tolist()  # NaN: one graph all the time
        return low, high

    def _parts(self, first: Tensor, second: Tensor) -> tuple[list[Tensor], Tensor]:
        """The weighted means over pairs of different graphs, inside the samples and between them, draw by draw."""
        inside = []
        for block, weight in ((self.within_first, first), (self.within_second, second)):
            block = block.double()
            pairs = ((weight @ block) * weight).sum(dim=1) - weight.square() @ block.diagonal()
            inside.append(pairs / (weight.sum(dim=1).square() - weight.square().sum(dim=1)))
        between = ((first @ self.between.double()) * second).sum(dim=1)
        return inside, between / (first.sum(dim=1) * second.sum(dim=1))


@dataclass(frozen=True)
class MMD:
    r"""A squared MMD: the biased value, its 95 % bootstrap interval, the unbiased value and its jackknife error.

    .. code-block:: python

        >>> mmd = MMD.of(Gram(torch.eye(3), torch.eye(3), torch.zeros(3, 3)))
        >>> mmd.value, mmd.unbiased
        (0.66..., 0.0)
    """

    value: float
    low: float
    high: float
    unbiased: float
    standard_error: float

    @classmethod
    def of(cls, gram: Gram, generator: torch.Generator | None = None) -> MMD:
        """Estimate it all from the kernel's values."""
        low, high = gram.bootstrap_interval(generator=generator)
        return cls(gram.biased, low, high, gram.unbiased, gram.jackknife_error())

    def to_dict(self) -> dict[str, float | None]:
        """The five numbers under their names, ready for JSON: ``None`` for NaN."""
        return {name: None if math.isnan(number) else number for name, number in asdict(self).items()}

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def _resample(size: int, draws: int, generator: torch.Generator) -> Tensor:
    """How often every graph of a sample is drawn, ``[draws, size]``."""
    picks = torch.randint(size, (draws, size), generator=generator)
    out = torch.zeros((draws, size), dtype=torch.float64)
    return out.scatter_add_(1, picks, torch.ones_like(out))
