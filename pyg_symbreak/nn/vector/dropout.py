r"""Dropout of vector channels."""

from __future__ import annotations

import torch
from torch import Tensor


class VectorDropout(torch.nn.Module):
    r"""Drops whole vectors in training.

    Dropping single entries, as :class:`torch.nn.Dropout` does, would not commute with rotations. The law of what is
    dropped does not depend on the input, and the vectors that stay are scaled by :math:`1 / (1 - p)`.

    Args:
        p: The probability of a vector to be dropped.

    Shapes:
        - **input:** vectors ``[..., channels, d]``.
        - **output:** vectors ``[..., channels, d]``.

    Raises:
        ValueError: If ``p`` is no probability below one.

    .. code-block:: python

        >>> out = VectorDropout(0.5)(torch.ones(10, 4, 3))
        >>> sorted(set(out.sum(-1).flatten().tolist())) in ([0.0, 6.0], [0.0], [6.0])
        True
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"'VectorDropout' expected 'p' in [0, 1) (got {p})")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        keep = torch.empty_like(x[..., :1]).bernoulli_(1 - self.p)
        return x * keep.div_(1 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"
