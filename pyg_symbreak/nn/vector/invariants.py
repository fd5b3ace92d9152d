r"""Invariant features of vector channels."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.nn.vector.linear import VectorLinear


class VectorInvariants(torch.nn.Module):
    r"""Reads invariant numbers off vectors: inner products of learned combinations of them.

    .. math::
        s_k = \langle (A V)_k, (B V)_k \rangle

    Every orthogonal invariant of vectors is a function of their Gram matrix :math:`V V^\top`; the features are learned
    linear combinations of its entries, as those with a learned frame in `"Vector Neurons"
    <https://arxiv.org/abs/2104.12229>`_ are, at the cost of one linear map.

    Args:
        in_channels: The number of vectors.
        out_channels: The number of features.

    Shapes:
        - **input:** vectors ``[..., in_channels, d]``.
        - **output:** features ``[..., out_channels]``.

    Raises:
        ValueError: If a number of channels is not positive.

    .. code-block:: python

        >>> VectorInvariants(2, 5)(torch.randn(7, 2, 3)).shape
        torch.Size([7, 5])
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.frame = VectorLinear(in_channels, 2 * out_channels)

    def reset_parameters(self) -> None:
        r"""Draw the combinations afresh."""
        self.frame.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        products: Tensor = torch.mul(*self.frame(x).chunk(2, dim=-2))
        return products.sum(-1)
