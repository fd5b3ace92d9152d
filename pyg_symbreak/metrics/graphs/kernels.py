r"""Kernels between descriptors of graphs: Gaussians of a distance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Distance = Callable[[Tensor, Tensor], Tensor]


def total_variation(x: Tensor, y: Tensor) -> Tensor:
    r"""Return the total variation distances :math:`\tfrac12 \lVert x_i - y_j \rVert_1`.

    Args:
        x: Rows of shape ``[G, D]``.
        y: Rows of shape ``[H, D']``; the narrower of the two is filled with zeros.

    Returns:
        Distances of shape ``[G, H]``.

    .. code-block:: python

        >>> total_variation(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        tensor([[1., 0.]])
    """
    x, y = _aligned(x, y)
    return torch.cdist(x, y, p=1) / 2


def earth_mover(x: Tensor, y: Tensor) -> Tensor:
    r"""Return the earth mover's distances between histograms whose neighbouring bins are one unit apart.

    In one dimension it is :math:`\lVert F_i - G_j \rVert_1`, of the cumulative sums; no linear program is solved.

    Args:
        x: Histograms of equal mass, ``[G, D]``.
        y: Histograms of the same mass, ``[H, D']``; the narrower of the two is filled with zeros.

    Returns:
        Distances of shape ``[G, H]``.

    .. code-block:: python

        >>> earth_mover(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 1.0], [0.5, 0.5, 0.0]]))
        tensor([[2.0000, 0.5000]])
    """
    x, y = _aligned(x, y)
    return torch.cdist(x.cumsum(dim=1), y.cumsum(dim=1), p=1)


def euclidean(x: Tensor, y: Tensor) -> Tensor:
    r"""Return the Euclidean distances :math:`\lVert x_i - y_j \rVert_2`.

    Args:
        x: Rows of shape ``[G, D]``.
        y: Rows of shape ``[H, D']``; the narrower of the two is filled with zeros.

    Returns:
        Distances of shape ``[G, H]``.

    .. code-block:: python

        >>> euclidean(torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 4.0]]))
        tensor([[5.]])
    """
    x, y = _aligned(x, y)
    return torch.cdist(x, y, p=2, compute_mode="donot_use_mm_for_euclid_dist")


@dataclass(frozen=True)
class GaussianKernel:
    r"""The kernel :math:`k(x, y) = \exp(-d(x, y)^2 / 2 \sigma^2)` of a distance :math:`d`.

    With the total variation or the earth mover's distance it need not be positive definite (O'Bray et al., arXiv
    2106.01098), so a squared MMD may be negative; it is what the field reports.

    Args:
        distance: :func:`total_variation`, :func:`earth_mover` or :func:`euclidean`.
        sigma: The bandwidth, in units of the distance.

    Raises:
        ValueError: If ``sigma`` is not positive.

    .. code-block:: python

        >>> kernel = GaussianKernel(total_variation, sigma=1.0)
        >>> kernel(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
        tensor([[0.6065]])
    """

    distance: Distance
    sigma: float = 1.0

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise ValueError(f"'GaussianKernel' expected 'sigma' > 0 (got {self.sigma})")

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.distance(x, y).square() / (-2 * self.sigma**2)).exp()


def _aligned(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    width = max(x.size(1), y.size(1))
    return F.pad(x, (0, width - x.size(1))), F.pad(y, (0, width - y.size(1)))
