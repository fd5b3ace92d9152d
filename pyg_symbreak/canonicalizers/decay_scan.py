r"""Running sums that decay from node to node, in parallel over all nodes of all graphs."""

from __future__ import annotations

import torch
from torch import Tensor


def decay_powers(ratio: Tensor, width: int, reverse: bool = False) -> list[Tensor]:
    r"""Return the products of ``ratio`` over the last 1, 2, 4, … nodes, as :func:`decay_scan` wants them.

    Args:
        ratio: The decay on the way to every node from the one before (after, with ``reverse``), ``[N]``; zero at the
            first (last) node of every graph, so that graphs never mix.
        width: The number of nodes of the largest graph.
        reverse: Whether the sums run from the last node to the first.

    .. code-block:: python

        >>> decay_powers(torch.tensor([0.0, 0.5, 0.5]), 3)[1]
        tensor([0.0000, 0.0000, 0.2500])
    """
    powers: list[Tensor] = []
    step, num_nodes = 1, ratio.size(0)
    while step < width:
        powers.append(ratio)
        shifted = torch.zeros_like(ratio)
        if reverse:
            shifted[: num_nodes - step] = ratio[step:]
        else:
            shifted[step:] = ratio[: num_nodes - step]
        ratio, step = ratio * shifted, 2 * step
    return powers


def decay_scan(x: Tensor, powers: list[Tensor], reverse: bool = False) -> Tensor:
    r"""Add up values with decay: :math:`y_p = x_p + a_p \, y_{p - 1}`, in :math:`\log_2 n` steps.

    Args:
        x: The values, ``[N, C]``.
        powers: Those of the decays :math:`a`, from :func:`decay_powers`.
        reverse: Whether the sums run from the last node to the first, :math:`y_p = x_p + a_p \, y_{p + 1}`.

    Returns:
        The sums, ``[N, C]``.

    .. code-block:: python

        >>> powers = decay_powers(torch.tensor([0.0, 0.5, 0.5]), 3)
        >>> decay_scan(torch.ones(3, 1), powers).view(-1)
        tensor([1.0000, 1.5000, 1.7500])
    """
    if not powers:
        return x
    # A margin of zeros on one side makes every step one fused operation from one buffer to the other.
    num_nodes, margin = x.size(0), 2 ** (len(powers) - 1)
    begin, sign = (0, 1) if reverse else (margin, -1)
    here, there = x.new_zeros(2, num_nodes + margin, x.size(1)).unbind(0)
    here.narrow(0, begin, num_nodes).copy_(x)
    for number, power in enumerate(powers):
        near, far = (here.narrow(0, begin + shift, num_nodes) for shift in (0, sign * 2**number))
        torch.addcmul(near, power.unsqueeze(1), far, out=there.narrow(0, begin, num_nodes))
        here, there = there, here
    return here.narrow(0, begin, num_nodes)
