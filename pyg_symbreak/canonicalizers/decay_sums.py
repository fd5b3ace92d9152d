r"""Running sums that decay from node to node, in parallel over all nodes of all graphs."""

from __future__ import annotations

import torch
from torch import Tensor


class DecaySums:
    r"""Adds up values along the nodes in both directions, with decay on the way.

    .. math::
        y_p = x_p + a_p \, y_{p - 1}, \qquad z_p = x_p + b_p \, z_{p + 1}

    Both take :math:`\log_2 n` steps, each one operation on all nodes. Buffers are made once, for many calls.

    Args:
        up: The decay :math:`a` on the way to every node from the one before, ``[N]``; zero at the first node of every
            graph, so that graphs never mix.
        down: The decay :math:`b` on the way from the one after, ``[N]``; zero at the last.
        width: The number of nodes of the largest graph.

    .. code-block:: python

        >>> sums = DecaySums(torch.tensor([0.0, 0.5, 0.5]), torch.tensor([0.5, 0.5, 0.0]), 3)
        >>> below, above = sums.sides(torch.ones(3, 1))
        >>> below.view(-1), above.view(-1)
        (tensor([0.0000, 0.5000, 0.7500]), tensor([0.7500, 0.5000, 0.0000]))
    """

    def __init__(self, up: Tensor, down: Tensor, width: int) -> None:
        # The way back is the way there for the nodes in reverse, which are put behind as if they were more graphs.
        self.num_nodes = up.numel()
        self.ratio = torch.cat([up, down.flip(0)]).unsqueeze(1)
        self.powers: list[Tensor] = []  # the decays over the last 1, 2, 4, … nodes
        ratio, step = self.ratio, 1
        while step < width:
            self.powers.append(ratio)
            shifted = torch.zeros_like(ratio)
            shifted[step:] = ratio[: ratio.size(0) - step]
            ratio, step = ratio * shifted, 2 * step
        self._margin = max(step // 2, 1)
        self._buffers: dict[int, list[Tensor]] = {}

    def mirror(self, x: Tensor) -> Tensor:
        r"""Put the values ``[N, C]`` in reverse behind themselves, ``[2 N, C]``."""
        return torch.cat([x, x.flip(0)])

    def total(self, mirrored: Tensor) -> Tensor:
        r"""Return :math:`y + z - x` of mirrored values, mirrored as well."""
        out = self._run(mirrored)[self._margin :]
        return out + out.flip(0) - mirrored

    def sides(self, x: Tensor) -> tuple[Tensor, Tensor]:
        r"""Return the sums over the nodes before, :math:`y - x`, and over those after, :math:`z - x`, ``[N, C]``."""
        before = self._run(self.mirror(x)).narrow(0, self._margin - 1, 2 * self.num_nodes)
        out = self.ratio * before
        return out[: self.num_nodes], out[self.num_nodes :].flip(0)

    def _run(self, mirrored: Tensor) -> Tensor:
        """The running sums behind a margin of zeros, in a buffer that the next call uses again."""
        buffers = self._views(mirrored.size(1))
        buffers[1].copy_(mirrored)
        for number, power in enumerate(self.powers):
            near, far, out = buffers[2 + 3 * number : 5 + 3 * number]
            torch.addcmul(near, power, far, out=out)
        return buffers[0]

    def _views(self, channels: int) -> list[Tensor]:
        """The buffer with the result, the place for the input, and what every step reads and writes."""
        if channels not in self._buffers:
            length, margin = 2 * self.num_nodes, self._margin
            pair = self.ratio.new_zeros(2, length + margin, channels).unbind(0)
            steps = len(self.powers)
            views = [pair[steps % 2], pair[0][margin:]]
            for number in range(steps):
                source, target = pair[number % 2], pair[1 - number % 2]
                views += [source[margin:], source.narrow(0, margin - 2**number, length), target[margin:]]
            self._buffers[channels] = views
        return self._buffers[channels]
