r"""A lattice cut into layers, each hanging on the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

#: Rounding errors of sums are far below this part of the sum of all absolute values, and chance is far above it.
TOLERANCE: Final = 1e-12

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layers:
    r"""A lattice as layers of few sites.

    A state of a layer is a number whose bit ``j`` says that site ``j`` is down. Make it by :func:`split_into_layers`.

    Args:
        sizes: The sizes of the lattice.
        axis: The dimension along which the layers follow each other.
        between: The couplings from each site of a layer to the next layer, ``[num, width]``; the last to the first.
        field: The field of each site, ``[num, width]``.
        within: The couplings inside the layers: pairs of sites with their couplings ``[num]``.
        tolerance: Energies that differ by no more than this are equal.
    """

    sizes: tuple[int, ...]
    axis: int
    between: _Array
    field: _Array
    within: tuple[tuple[int, int, _Array], ...]
    tolerance: float

    @property
    def num(self) -> int:
        r"""How many layers there are."""
        return int(self.between.shape[0])

    @property
    def width(self) -> int:
        r"""How many sites a layer has."""
        return int(self.between.shape[1])

    @property
    def closed(self) -> bool:
        r"""Whether the last layer is bound to the first."""
        return bool(self.between[-1].any())

    @property
    def infinity(self) -> float:
        r"""An energy that no configuration reaches, however much is added to it."""
        parts = [self.between, self.field, *(weight for *_, weight in self.within)]
        return 4 * float(sum(np.abs(part).sum() for part in parts)) + 4

    def layer_energy(self, layer: int) -> _Array:
        r"""The energy inside a layer for each of its states, ``[2^width]``."""
        out = np.zeros(1 << self.width)
        for j in range(self.width):
            out -= self.field[layer, j] * self._spin(j)
        for i, j, weight in self.within:
            out -= weight[layer] * self._spin(i) * self._spin(j)
        return out

    def closing_energy(self) -> _Array:
        r"""The energy between the last layer and the first, for each exclusive-or of their states, ``[2^width]``."""
        out = np.zeros(1 << self.width)
        for j in range(self.width):
            out -= self.between[-1, j] * self._spin(j)
        return out

    def steps(self) -> Iterator[tuple[int, int]]:
        r"""The sites in the order in which they are added to the first layer, as layer and number in the layer."""
        return ((t, j) for t in range(1, self.num) for j in range(self.width))

    def spins(self, states: npt.NDArray[np.int64]) -> Tensor:
        r"""The configurations with the given states of the layers, int8 ``[num_states, *sizes]``.

        Args:
            states: The states of the layers of each configuration, ``[num_states, num]``.
        """
        bits = (states[..., None] >> np.arange(self.width)) & 1
        others = [size for axis, size in enumerate(self.sizes) if axis != self.axis]
        spins = (1 - 2 * bits).astype(np.int8).reshape(len(states), self.num, *others)
        return torch.from_numpy(np.ascontiguousarray(np.moveaxis(spins, 1, self.axis + 1)))

    def _spin(self, j: int) -> _Array:
        """The spin of a site in each state of its layer."""
        return np.where((np.arange(1 << self.width) >> j) & 1, -1.0, 1.0)


def split_into_layers(field: _Array, bonds: _Array) -> Layers:
    r"""Cut a lattice into layers in the direction in which they have the fewest states.

    Layers count twice where the last is bound to the first, since the state of both must be kept in mind.

    Args:
        field: The field of each site, ``[*sizes]``.
        bonds: The couplings, ``[d, *sizes]``, as in :func:`~pyg_symbreak.spins.ising_energy`.

    .. code-block:: python

        >>> layers = split_into_layers(np.zeros((6, 4)), np.ones((2, 6, 4)))
        >>> layers.axis, layers.num, layers.width, layers.closed
        (0, 6, 4, True)
    """
    sizes, d = field.shape, field.ndim
    tolerance = TOLERANCE * float(np.abs(field).sum() + np.abs(bonds).sum())

    def bits(axis: int) -> int:
        across = bonds[d - 1 - axis].take(-1, axis)
        return int(prod(sizes) // sizes[axis] * (1 + across.any()))

    axis = min(range(d), key=bits)
    rows = [np.moveaxis(x, axis, 0).reshape(sizes[axis], -1) for x in (field, *bonds)]
    numbers = np.arange(rows[0].shape[1]).reshape([size for k, size in enumerate(sizes) if k != axis])
    within = []
    for other in range(d):
        if other != axis:
            following = np.roll(numbers, -1, other - (other > axis)).ravel()
            pairs = rows[d - other]
            within += [(i, int(j), pairs[:, i]) for i, j in enumerate(following) if pairs[:, i].any()]
    return Layers(sizes, axis, rows[d - axis], rows[0], tuple(within), tolerance)
