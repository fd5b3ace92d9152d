r"""Normalisation of vector channels."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.nn.rank_pair import positive


class VectorNorm(torch.nn.Module):
    r"""Divides the vectors of a node by their common length, and scales whole vectors.

    .. math::
        v'_c = \gamma_c \, v_c \Big/ \sqrt{\tfrac{1}{C} \sum_{c'} \|v_{c'}\|^2 + \varepsilon}

    Nodes and graphs are normalised one by one, in training as in evaluation. Entries of a vector are never scaled apart
    from each other, and nothing is subtracted. Vectors much shorter than :math:`\sqrt{\varepsilon}` grow by
    :math:`1 / \sqrt{\varepsilon}` at most, and so does the rounding error of vectors that are zero by symmetry.

    Args:
        channels: The number of vectors.
        eps: The floor :math:`\varepsilon` of the mean square length.

    Shapes:
        - **input:** vectors ``[..., channels, d]``.
        - **output:** vectors ``[..., channels, d]``.

    Raises:
        ValueError: If ``channels`` is not positive.

    .. code-block:: python

        >>> VectorNorm(1)(torch.tensor([[[3.0, 4.0]]])).norm().round()
        tensor(1., grad_fn=<RoundBackward0>)
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        positive("VectorNorm", channels=channels)
        self.channels, self.eps = channels, eps
        self.weight = torch.nn.Parameter(torch.ones(channels))

    def reset_parameters(self) -> None:
        r"""Set all scales to one."""
        torch.nn.init.ones_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        inverse = (x.square().sum((-2, -1)) / self.channels + self.eps).rsqrt()
        return x * (inverse.unsqueeze(-1) * self.weight).unsqueeze(-1)

    def extra_repr(self) -> str:
        return f"{self.channels}, eps={self.eps}"
