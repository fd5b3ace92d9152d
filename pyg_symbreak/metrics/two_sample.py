r"""An exact test of whether two samples of vectors follow one law, for many pairs of samples at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_CHUNK = 32
_SLACK = 1e-9


def energy_test(
    first: Tensor,
    second: Tensor,
    *,
    num_shuffles: int = 999,
    tolerance: float = 0.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Return the p-values of "both samples follow one law" for pairs of samples of vectors.

    The statistic is the energy distance (Székely and Rizzo, "Energy statistics", J. Stat. Plan. Inference 2013) of the
    samples :math:`x_1, \dots, x_m` and :math:`y_1, \dots, y_m`, every coordinate scaled by its deviation in both:

    .. math::
        T = \frac{2}{m^2} \sum_{i, j} \lVert x_i - y_j \rVert - \frac{1}{m^2} \sum_{i, j} \lVert x_i - x_j \rVert
            - \frac{1}{m^2} \sum_{i, j} \lVert y_i - y_j \rVert .

    The law of :math:`T` under the hypothesis comes from shuffling the pooled vectors,
    :math:`p = (1 + \#\{T_r \ge T\}) / (R + 1)`. So :math:`P(p \le \alpha) \le \alpha` holds exactly, for every law,
    every dimension and every sample size, with equality if :math:`\alpha (R + 1)` is whole and the law has a density.

    Args:
        first: Samples of shape ``[P, m, d]``: ``m`` independent vectors for each of ``P`` pairs.
        second: The other samples, of the same shape.
        num_shuffles: The number :math:`R` of shuffles.
        tolerance: Vectors at most so far apart, relative to the length of the longest of the pair, are taken for one:
            rounding must not look like a difference.
        generator: The source of the shuffles.

    Returns:
        ``[P]``, float64.

    Raises:
        ValueError: If the shapes disagree or are no such shapes, a value is not finite, or there are no shuffles.

    .. code-block:: python

        >>> x = torch.randn(2, 20, 3, generator=torch.Generator().manual_seed(0))
        >>> shift = torch.tensor([0.0, 3.0]).view(2, 1, 1)
        >>> p = energy_test(x, x.flip(1) + shift)
        >>> p.shape, bool(p[0] > 0.9), bool(p[1] < 0.01)
        (torch.Size([2]), True, True)
    """
    if first.dim() != 3 or first.shape != second.shape or first.size(1) == 0:
        shapes = f"{list(first.shape)} and {list(second.shape)}"
        raise ValueError(f"'energy_test' expected two tensors of one shape [pairs, draws, channels] (got {shapes})")
    if num_shuffles < 1:
        raise ValueError(f"'energy_test' expected 'num_shuffles' of at least 1 (got {num_shuffles})")
    pooled = torch.cat([first, second], dim=1).detach().double()
    if not bool(pooled.isfinite().all()):
        raise ValueError("'energy_test' expected finite values (got NaN or infinity)")
    parts = [_p_values(part, num_shuffles, tolerance, generator) for part in torch.split(pooled, _CHUNK)]
    return torch.cat(parts) if parts else pooled.new_zeros(0)


def smallest_p_value(num_draws: int, num_shuffles: int = 999) -> float:
    r"""Return the smallest p-value to be expected of :func:`energy_test`, for samples that do not overlap at all.

    Both halves of a shuffle may be swapped, and with few draws chance finds the very split of the samples again.

    .. code-block:: python

        >>> round(smallest_p_value(2), 3), round(smallest_p_value(32), 3)
        (0.334, 0.001)
    """
    chance = 2 / math.comb(2 * num_draws, num_draws)
    return (1 + num_shuffles * chance) / (num_shuffles + 1)


def _p_values(pooled: Tensor, num_shuffles: int, tolerance: float, generator: torch.Generator | None) -> Tensor:
    size = pooled.size(1)
    reach = tolerance * pooled.norm(dim=2).amax(dim=1).view(-1, 1, 1)
    near = _distances(pooled) <= reach
    centred = pooled - pooled.mean(dim=1, keepdim=True)
    spread = centred.square().mean(dim=1, keepdim=True).sqrt()
    scaled = torch.where(spread > reach, centred / spread.clamp(min=torch.finfo(torch.float64).tiny), 0.0)
    distance = _distances(scaled).masked_fill(near, 0.0)
    key = torch.rand(num_shuffles, size, generator=generator, dtype=torch.float64, device=_device(pooled, generator))
    halves = (key.argsort(dim=1) < size // 2).to(pooled)
    sign = torch.cat([(torch.arange(size) < size // 2).to(pooled)[None], halves]) * 2 - 1
    statistic = -((sign @ distance) * sign).sum(dim=2)  # m² T: the sum between the halves less those inside
    slack = _SLACK * distance.sum(dim=(1, 2)).view(-1, 1)
    above = (statistic[:, 1:] >= statistic[:, :1] - slack).sum(dim=1)
    return (1 + above).double() / (num_shuffles + 1)


def _distances(x: Tensor) -> Tensor:
    return torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")  # the fast way is inexact near zero


def _device(x: Tensor, generator: torch.Generator | None) -> torch.device:
    return x.device if generator is None else generator.device
