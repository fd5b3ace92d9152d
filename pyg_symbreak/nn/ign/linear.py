r"""Equivariant linear maps between tensors over the nodes of a graph."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pyg_symbreak.nn.ign.basis import BasisMap, basis_maps, keys
from pyg_symbreak.nn.ign.tuples import Tuples
from pyg_symbreak.nn.rank_pair import positive

NORMALIZE = ("mean", "sum")
# Shares of the variance of an output that maps without and with sums have at the start, see EquivariantLinear.
PLAIN, SUMMED = 0.8, 0.4


class EquivariantLinear(torch.nn.Module):
    r"""Any linear map from tensors of order :math:`k` to tensors of order :math:`l` over the nodes of a graph that
    commutes with all permutations of the nodes, from `"Invariant and Equivariant Graph Networks"
    <https://arxiv.org/abs/1812.09902>`_.

    .. math::
        y_{i_1 \dots i_l} = b_{[i]} + \sum_{\pi} W_\pi \sum_{j} [(j, i) \sim \pi] \, x_{j_1 \dots j_k}

    The sum runs over all set partitions of the :math:`k + l` axes (15 for :math:`2 \to 2`), and :math:`\sim` means that
    indices in one block are equal; :math:`b` has a vector for every set partition of the output's axes. Sums are
    divided by the number of their terms with ``normalize="mean"``, so that graphs of all sizes have the same scale.

    No map is applied on its own. The input is pooled axis by axis to tensors of lower order; each order has one matrix
    product for all maps between what was pooled and what is broadcast; and the results are broadcast axis by axis. So
    the time is linear in the number of entries, :math:`\sum_b n_b^k + n_b^l`, and only maps that keep all axes work on
    all entries.

    *Start.* Weights are drawn so that an output (off the diagonals) has the variance of the inputs if half of the
    inputs' second moment is a mean that they share, 0.8 of it if they are independent and centred and 1.2 if they are
    all equal; an output on a diagonal has up to half as much again. Biases start at zero.

    Args:
        in_order: :math:`k`.
        out_order: :math:`l`.
        in_channels: The number of channels of the input.
        out_channels: The number of channels of the output.
        bias: Whether to add a bias.
        normalize: ``"mean"`` or ``"sum"``.

    Shapes:
        - **input:** ``[tuples.count(in_order), in_channels]``.
        - **output:** ``[tuples.count(out_order), out_channels]``.

    Raises:
        ValueError: If a size is out of range or the input has another shape.

    .. code-block:: python

        >>> tuples = Tuples(torch.tensor([0, 4, 7]))  # a graph of four nodes and one of three
        >>> layer = EquivariantLinear(2, 1, 3, 8)
        >>> layer(torch.randn(tuples.count(2), 3), tuples).shape
        torch.Size([7, 8])
        >>> layer.weight.shape
        torch.Size([5, 3, 8])
    """

    def __init__(
        self,
        in_order: int,
        out_order: int,
        in_channels: int,
        out_channels: int,
        *,
        bias: bool = True,
        normalize: str = "mean",
    ) -> None:
        super().__init__()
        positive("EquivariantLinear", in_channels=in_channels, out_channels=out_channels)
        for name, order in (("in_order", in_order), ("out_order", out_order)):
            if order < 0:
                raise ValueError(f"'EquivariantLinear' expected '{name}' to be at least 0 (got {order})")
        if normalize not in NORMALIZE:
            raise ValueError(f"'EquivariantLinear' expected 'normalize' in {NORMALIZE} (got '{normalize}')")
        self.in_order, self.out_order = in_order, out_order
        self.in_channels, self.out_channels, self.normalize = in_channels, out_channels, normalize
        self.weight = torch.nn.Parameter(torch.empty(len(self.basis), in_channels, out_channels))
        self.bias = torch.nn.Parameter(torch.empty(len(keys(out_order, 0)), out_channels)) if bias else None
        self.reset_parameters()

    @property
    def basis(self) -> tuple[BasisMap, ...]:
        r"""The basis maps, in the order of the rows of ``weight``."""
        return basis_maps(self.in_order, self.out_order)

    def reset_parameters(self) -> None:
        r"""Draw the weights afresh, and set the biases to zero."""
        variance = torch.tensor(start_variances(self.basis), dtype=self.weight.dtype, device=self.weight.device)
        with torch.no_grad():
            self.weight.uniform_(-1, 1).mul_((3 * variance / self.in_channels).sqrt().view(-1, 1, 1))
            if self.bias is not None:
                self.bias.zero_()

    def forward(self, x: Tensor, tuples: Tuples) -> Tensor:
        shape = [tuples.count(self.in_order), self.in_channels]
        if list(x.shape) != shape:
            raise ValueError(f"'EquivariantLinear' expected an input of shape {shape} (got {list(x.shape)})")
        lowest = min(self.in_order, self.out_order)
        pooled = {self.in_order: x}
        for level in range(self.in_order - 1, -1, -1):
            pools, mean = tuples.pools(self.in_order, level), self.normalize == "mean"
            pooled[level] = pools.sum(pooled[level + 1].view(-1, self.in_channels), mean)
        weights = torch.split(self.weight, [self._count(level) for level in range(lowest + 1)])
        out: Tensor | None = None
        for level in range(self.out_order + 1):
            mixed = None
            if level <= lowest:
                mixed = self._mix(pooled[level], weights[level], level, tuples)
            if out is not None:
                spread = tuples.pools(self.out_order, level - 1).spread(out.view(-1, self.out_channels))
                mixed = spread if mixed is None else spread + mixed.view_as(spread)
            out = mixed
        assert out is not None
        return out.view(-1, self.out_channels)

    def _mix(self, x: Tensor, weight: Tensor, level: int, tuples: Tuples) -> Tensor:
        sources, targets = len(keys(self.in_order, level)), len(keys(self.out_order, level))
        weight = weight.view(sources, -1, targets, self.in_channels, self.out_channels).permute(0, 3, 1, 2, 4)
        x = x.view(-1, sources * self.in_channels)
        weight = weight.reshape(x.size(1), -1)
        if level == 0:
            return x @ weight if self.bias is None else torch.addmm(self.bias.view(-1), x, weight)
        out = x @ weight
        # Permutations of rows and the product commute: the product reads its input once for all of them.
        return tuples.turns(level).sum(out.view(-1, targets * self.out_channels)) if level > 1 else out

    def _count(self, level: int) -> int:
        return len(keys(self.in_order, level)) * math.factorial(level) * len(keys(self.out_order, level))

    def extra_repr(self) -> str:
        return (
            f"{self.in_order} → {self.out_order}, {self.in_channels}, {self.out_channels}, "
            f"bias={self.bias is not None}, normalize={self.normalize!r}"
        )


def start_variances(basis: tuple[BasisMap, ...]) -> list[float]:
    r"""The variances of the weights of basis maps at the start, for one input channel.

    .. code-block:: python

        >>> start_variances(basis_maps(1, 1))  # the mean of all nodes, and the node itself
        [0.4, 0.8]
    """
    outputs = {found.target.partition for found in basis}
    variances = []
    for found in basis:
        same = [other for other in basis if other.target.partition == found.target.partition]
        plain = sum(other.num_sums == 0 for other in same)
        alike = plain if found.num_sums == 0 else len(same) - plain
        share = 1.0 if alike == len(same) else PLAIN if found.num_sums == 0 else SUMMED
        diagonal = len(found.target.partition) < max(map(len, outputs))
        variances.append(share / alike * (0.5 / (len(outputs) - 1) if diagonal else 1.0))
    return variances
