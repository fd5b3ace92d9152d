r"""P-values of the tests that decide whether two samples, or a sample and a law, agree."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def chi_square_sf(statistic: float, degrees: int) -> float:
    r"""Return the probability that a :math:`\chi^2` variable exceeds a value.

    .. math::
        P(X > s) = Q(k / 2, s / 2)

    Args:
        statistic: The value :math:`s`.
        degrees: The degrees of freedom :math:`k`; with none of them nothing can disagree and the answer is one.

    Raises:
        ValueError: If ``degrees`` is negative.

    .. code-block:: python

        >>> round(chi_square_sf(3.841, 1), 3)
        0.05
    """
    if degrees < 0:
        raise ValueError(f"'chi_square_sf' expected 'degrees' of at least 0 (got {degrees})")
    if degrees == 0:
        return 1.0
    half = torch.tensor([degrees / 2, max(statistic, 0.0) / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))


def chi_square_uniform(counts: Tensor) -> float:
    r"""Return the p-value of "all cells are equally likely" (Pearson's :math:`\chi^2` test).

    Args:
        counts: How often each cell was seen, shape ``[K]``, cells never seen included.

    Raises:
        ValueError: If ``counts`` is no vector or holds a negative number.

    .. code-block:: python

        >>> chi_square_uniform(torch.tensor([25, 25, 25, 25]))
        1.0
        >>> chi_square_uniform(torch.tensor([90, 10])) < 1e-6
        True
    """
    observed = _counts("chi_square_uniform", "counts", counts)
    expected = observed.mean()
    if observed.numel() < 2 or float(expected) == 0:
        return 1.0
    statistic = ((observed - expected) ** 2 / expected).sum()
    return chi_square_sf(float(statistic), observed.numel() - 1)


def chi_square_two_sample(first: Tensor, second: Tensor, *, min_expected: float = 5.0) -> float:
    r"""Return the p-value of "both samples follow one law" from their histograms (:math:`\chi^2` test of homogeneity).

    Cells too rare for the :math:`\chi^2` law to hold are pooled into one.

    Args:
        first: How often each cell was seen in the first sample, shape ``[K]``.
        second: The same for the second sample.
        min_expected: The smallest expected count of a cell that stays on its own.

    Raises:
        ValueError: If the two are no vectors of one length, or hold a negative number.

    .. code-block:: python

        >>> chi_square_two_sample(torch.tensor([50, 50]), torch.tensor([50, 50]))
        1.0
        >>> chi_square_two_sample(torch.tensor([90, 10]), torch.tensor([10, 90])) < 1e-6
        True
    """
    a = _counts("chi_square_two_sample", "first", first)
    b = _counts("chi_square_two_sample", "second", second)
    if a.shape != b.shape:
        raise ValueError(f"'chi_square_two_sample' expected 'second' with {a.numel()} cells (got {b.numel()})")
    total = float(a.sum() + b.sum())
    if total == 0 or float(a.sum()) == 0 or float(b.sum()) == 0:
        return 1.0
    share = min(float(a.sum()), float(b.sum())) / total
    rare = (a + b) * share < min_expected
    table = torch.stack([torch.cat([x[~rare], x[rare].sum().view(1)]) for x in (a, b)])
    table = table[:, table.sum(0) > 0]
    expected = table.sum(1, keepdim=True) * table.sum(0, keepdim=True) / total
    statistic = ((table - expected) ** 2 / expected).sum()
    return chi_square_sf(float(statistic), table.size(1) - 1)


def ks_two_sample(first: Tensor, second: Tensor) -> float:
    r"""Return the p-value of "both samples follow one law" for real numbers (Kolmogorov and Smirnov).

    The asymptotic law of the largest distance between the two empirical distribution functions is used; ties make the
    test conservative.

    .. math::
        p = 2 \sum_{j \ge 1} (-1)^{j - 1} e^{-2 j^2 \lambda^2}, \qquad
        \lambda = \Bigl(\sqrt{m} + 0.12 + \tfrac{0.11}{\sqrt{m}}\Bigr) D, \quad m = \frac{n_1 n_2}{n_1 + n_2}

    Args:
        first: The first sample, shape ``[n_1]``.
        second: The second sample, shape ``[n_2]``.

    Raises:
        ValueError: If a sample is empty.

    .. code-block:: python

        >>> x = torch.linspace(0, 1, 500)
        >>> ks_two_sample(x, x)
        1.0
        >>> ks_two_sample(x, x**2) < 1e-6
        True
    """
    a, b = first.detach().double().flatten().sort()[0], second.detach().double().flatten().sort()[0]
    if a.numel() == 0 or b.numel() == 0:
        raise ValueError("'ks_two_sample' expected two samples of at least one number (got an empty sample)")
    points = torch.cat([a, b])
    below_a = torch.searchsorted(a, points, right=True).double() / a.numel()
    below_b = torch.searchsorted(b, points, right=True).double() / b.numel()
    distance = float((below_a - below_b).abs().max())
    root = math.sqrt(a.numel() * b.numel() / (a.numel() + b.numel()))
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.2:  # the series converges slowly there, and the p-value is one to twelve digits
        return 1.0
    terms = [(-1) ** (j - 1) * math.exp(-2 * (j * scaled) ** 2) for j in range(1, 101)]
    return min(1.0, max(0.0, 2 * math.fsum(terms)))


def _counts(owner: str, argument: str, counts: Tensor) -> Tensor:
    if counts.dim() != 1:
        raise ValueError(f"'{owner}' expected '{argument}' of shape [num_cells] (got {list(counts.shape)})")
    if bool((counts < 0).any()):
        raise ValueError(f"'{owner}' expected '{argument}' without negative counts (got {int(counts.min())})")
    return counts.detach().double().cpu()
