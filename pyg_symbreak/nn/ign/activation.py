r"""Point-wise activations that may differ from orbit to orbit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from pyg_symbreak.nn.ign.partitions import set_partitions
from pyg_symbreak.nn.ign.tuples import Tuples


class OrbitActivation(torch.nn.Module):
    r"""Applies one point-wise activation to every orbit of the entries of a tensor over the nodes.

    Permutations of the nodes move entries inside orbits only: two entries of a tensor of order :math:`k` are in one
    orbit if the same indices are equal in both. There is an orbit for every set partition of the :math:`k` axes,
    :math:`S(k, t)` (:func:`~pyg_symbreak.nn.ign.stirling`) of them with :math:`t` different indices, on which the
    tensor is a copy of :math:`\mathbb{R}^{S_n / S_{n-t}}`. Each is a permutation representation: any activation is
    admissible, and another one on every orbit as well.

    Args:
        order: :math:`k`.
        activations: One module for all orbits, or one for each, in the order of
            :func:`~pyg_symbreak.nn.ign.set_partitions`; for :math:`k = 2` first the entries off the diagonal, then
            those on it. A module may have parameters and see all channels of an entry.
        channels: The number of channels, to add a learned bias for every orbit first; 0 adds none.

    Shapes:
        - **input:** ``[tuples.count(order), channels]``.
        - **output:** the same, if the activations keep it.

    Raises:
        ValueError: If there are not as many activations as orbits, or a number is negative.

    .. code-block:: python

        >>> tuples = Tuples(torch.tensor([0, 2]))
        >>> activation = OrbitActivation(2, [torch.nn.ReLU(), torch.nn.Identity()])
        >>> activation(torch.full((4, 1), -1.0), tuples).view(2, 2)
        tensor([[-1.,  0.],
                [ 0., -1.]])
    """

    def __init__(
        self, order: int, activations: torch.nn.Module | Sequence[torch.nn.Module], *, channels: int = 0
    ) -> None:
        super().__init__()
        for name, number in (("order", order), ("channels", channels)):
            if number < 0:
                raise ValueError(f"'OrbitActivation' expected '{name}' to be at least 0 (got {number})")
        orbits = set_partitions(order)
        each = [activations] * len(orbits) if isinstance(activations, torch.nn.Module) else list(activations)
        if len(each) != len(orbits):
            raise ValueError(
                f"'OrbitActivation' expected one activation or {len(orbits)}, one for each orbit of order {order} "
                f"(got {len(each)})"
            )
        self.order, self.channels = order, channels
        self.activations = torch.nn.ModuleList(each)
        self.bias = torch.nn.Parameter(torch.empty(len(orbits), channels)) if channels > 0 else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Set the biases to zero, and draw the parameters of the activations afresh."""
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)
        for module in self.activations:
            reset = getattr(module, "reset_parameters", None)
            if reset is not None:
                reset()

    def forward(self, x: Tensor, tuples: Tuples) -> Tensor:
        count = tuples.count(self.order)
        if x.dim() != 2 or x.size(0) != count or (self.bias is not None and x.size(1) != self.channels):
            shape = f"[{count}, {self.channels if self.bias is not None else 'channels'}]"
            raise ValueError(f"'OrbitActivation' expected an input of shape {shape} (got {list(x.shape)})")
        # Nearly all entries have different indices: the first activation runs on all, and the others where they differ.
        out = self._activate(0, x)
        first = self.activations[0]
        for orbit, partition in enumerate(set_partitions(self.order)):
            if orbit > 0 and (self.bias is not None or self.activations[orbit] is not first):
                rows = tuples.orbit(self.order, partition)
                out = out.index_copy(0, rows, self._activate(orbit, x.index_select(0, rows)))
        return out

    def _activate(self, orbit: int, x: Tensor) -> Tensor:
        return cast(Tensor, self.activations[orbit](x if self.bias is None else x + self.bias[orbit]))

    def extra_repr(self) -> str:
        return f"order={self.order}, channels={self.channels}"
