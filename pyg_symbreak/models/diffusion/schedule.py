r"""Noise schedules of discrete diffusion."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.constants import Constants

KINDS = ("cosine", "linear", "polynomial")
_OFFSET = 0.008  # of the cosine schedule (Nichol and Dhariwal): keeps the first steps from being too small


class NoiseSchedule(Constants):
    r"""The share :math:`\bar\alpha_t` of the data that is left after :math:`t` of :math:`T` steps of noise.

    With :math:`u = t / T`:

    ============== ================================================================================
    ``cosine``     :math:`f(u) / f(0)`, :math:`f(u) = \cos^2 \frac{\pi}{2} \frac{u + 0.008}{1.008}`
                   (arXiv 2102.09672; used by DiGress, arXiv 2209.14734)
    ``linear``     :math:`1 - u`
    ``polynomial`` :math:`(1 - u^2)^2` (arXiv 2203.17003)
    ============== ================================================================================

    Here :math:`\bar\alpha_0 = 1` and :math:`\bar\alpha_T = 0` exactly: step 0 is the data, step :math:`T` pure
    noise.

    Args:
        num_steps: The number of steps :math:`T`.
        kind: One of the names in the table.

    Raises:
        ValueError: If ``num_steps`` is not positive or ``kind`` is unknown.

    .. code-block:: python

        >>> schedule = NoiseSchedule(4, "linear")
        >>> schedule.alpha_bar
        tensor([1.0000, 0.7500, 0.5000, 0.2500, 0.0000], dtype=torch.float64)
        >>> schedule.time_of(torch.tensor([0.625, 0.0]))
        tensor([0.3750, 1.0000])
    """

    alpha_bar: Tensor

    def __init__(self, num_steps: int, kind: str = "cosine") -> None:
        super().__init__()
        if num_steps < 1:
            raise ValueError(f"'NoiseSchedule' expected at least one step in 'num_steps' (got {num_steps})")
        if kind not in KINDS:
            raise ValueError(f"'NoiseSchedule' expected 'kind' to be one of {', '.join(KINDS)} (got {kind!r})")
        self.num_steps, self.kind = num_steps, kind
        u = torch.arange(num_steps + 1, dtype=torch.float64) / num_steps
        if kind == "cosine":
            alpha_bar = torch.cos(torch.pi / 2 * (u + _OFFSET) / (1 + _OFFSET)).square()
            alpha_bar = alpha_bar / alpha_bar[0]
        elif kind == "linear":
            alpha_bar = 1 - u
        else:
            alpha_bar = (1 - u.square()).square()
        alpha_bar[-1] = 0  # the cosine of a rounded right angle is not zero
        self.register_buffer("alpha_bar", alpha_bar)

    def at(self, t: Tensor) -> Tensor:
        r"""Return :math:`\bar\alpha_t`, float64, for integer steps ``t`` of any shape."""
        return self.alpha_bar[t]

    def time(self, t: Tensor) -> Tensor:
        r"""Return :math:`t / T` in the default dtype, the time that a denoiser is told."""
        return t.to(torch.get_default_dtype()) / self.num_steps

    def time_of(self, alpha_bar: Tensor) -> Tensor:
        r"""Return the time :math:`t / T \in [0, 1]` at which a share ``alpha_bar`` of the data is left.

        Between steps :math:`\bar\alpha` is interpolated linearly.

        Args:
            alpha_bar: Shares in ``[0, 1]``, of any shape; the answer has their dtype.
        """
        rising = self.alpha_bar.flip(0)
        share = alpha_bar.to(rising.dtype).clamp(0, 1)
        above = torch.searchsorted(rising, share).clamp(1, self.num_steps)
        low, high = rising[above - 1], rising[above]
        place = above - 1 + (share - low) / (high - low)
        return (1 - place / self.num_steps).to(alpha_bar.dtype)

    def extra_repr(self) -> str:
        return f"{self.num_steps}, kind={self.kind!r}"
