r"""The matrix product of tensors of order two, which takes an invariant graph network beyond 1-WL."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.nn.ign.tuples import Bucket, Tuples
from pyg_symbreak.nn.rank_pair import positive


class PairProduct(torch.nn.Module):
    r"""Multiplies two linear images of a tensor of order two as matrices, channel by channel, as in `"Provably Powerful
    Graph Networks" <https://arxiv.org/abs/1905.11136>`_.

    .. math::
        y_{ij} = W \Big(\frac{1}{\sqrt n} \sum_k (U x_{ik}) \odot (V x_{kj})\Big) + b

    It is equivariant but not linear. The time is :math:`\sum_b n_b^3`; graphs of about the same size are multiplied at
    once.

    Args:
        in_channels: The number of channels of the input.
        out_channels: The number of channels of the output.
        width: The number of channels that are multiplied; ``out_channels`` by default.

    Shapes:
        - **input:** ``[tuples.count(2), in_channels]``.
        - **output:** ``[tuples.count(2), out_channels]``.

    Raises:
        ValueError: If a size is out of range or the input has another shape.

    .. code-block:: python

        >>> PairProduct(3, 8)(torch.randn(13, 3), Tuples(torch.tensor([0, 2, 5]))).shape
        torch.Size([13, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, width: int | None = None) -> None:
        super().__init__()
        width = out_channels if width is None else width
        positive("PairProduct", in_channels=in_channels, out_channels=out_channels, width=width)
        self.factors = torch.nn.Linear(in_channels, 2 * width)
        self.out = torch.nn.Linear(width, out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        self.factors.reset_parameters()
        self.out.reset_parameters()

    def forward(self, x: Tensor, tuples: Tuples) -> Tensor:
        shape = [tuples.count(2), self.factors.in_features]
        if list(x.shape) != shape:
            raise ValueError(f"'PairProduct' expected an input of shape {shape} (got {list(x.shape)})")
        first, second = self.factors(x).chunk(2, dim=1)
        out: Tensor = self.out(pair_product(first, second, tuples))
        return out


def pair_product(first: Tensor, second: Tensor, tuples: Tuples) -> Tensor:
    r"""Multiply two tensors of order two as matrices, channel by channel, over the root of the number of nodes.

    Args:
        first: The left factors, ``[tuples.count(2), C]``.
        second: The right factors, ``[tuples.count(2), C]``.
        tuples: The pairs.

    .. code-block:: python

        >>> x = torch.tensor([[0.0], [2.0], [2.0], [0.0]])
        >>> pair_product(x, x, Tuples(torch.tensor([0, 2]))).view(2, 2)
        tensor([[2.8284, 0.0000],
                [0.0000, 2.8284]])
    """
    buckets = tuples.buckets()
    if not buckets:
        return first * second
    rows, parts = [], []
    for bucket in buckets:
        a, b = (_matrices(x, bucket, alone=len(buckets) == 1) for x in (first, second))
        product = (a @ b).permute(0, 2, 3, 1).reshape(-1, first.size(1))
        parts.append(product if bucket.is_full else product.index_select(0, bucket.cells))
        rows.append(bucket.rows)
    out = parts[0] if len(parts) == 1 else torch.cat(parts).index_select(0, torch.cat(rows).argsort())
    return out * tuples.sizes.index_select(0, tuples.graph(2)).to(out.dtype).rsqrt().unsqueeze(1)


def _matrices(x: Tensor, bucket: Bucket, alone: bool) -> Tensor:
    width = bucket.width
    x = x if alone else x.index_select(0, bucket.rows)
    if not bucket.is_full:
        x = x.new_zeros(bucket.num_graphs * width**2, x.size(1)).index_copy(0, bucket.cells, x)
    return x.reshape(bucket.num_graphs, width, width, -1).permute(0, 3, 1, 2)
