r"""Ground states of uniform couplings in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, prod

import torch
from torch import Tensor

from pyg_symbreak.spins.energy import ising_energy
from pyg_symbreak.spins.exact.ground_states import GroundStates
from pyg_symbreak.spins.exact.layers import TOLERANCE
from pyg_symbreak.spins.exact.listed import ListedStates
from pyg_symbreak.spins.exact.transfer import transfer_ground_states
from pyg_symbreak.spins.layout import check_sizes


@dataclass(frozen=True)
class UniformGroundStates(GroundStates):
    r"""The ground states that :func:`uniform_ground_states` finds: copies of those of a smaller lattice.

    Args:
        core: The ground states of the lattice of the directions in which neighbours compete.
        equal: For every dimension, whether all spins along it are equal.
        free: For every dimension, whether its layers do not know of each other.
        alternating: For every dimension, whether every other layer is reversed.

    .. code-block:: python

        >>> columns = uniform_ground_states((4, 4), (-1.0, 2.0), 0.5)
        >>> columns.core.sizes, columns.all()[:, 0].tolist()
        ((4,), [[1, -1, 1, -1], [-1, 1, -1, 1]])
    """

    core: GroundStates
    equal: tuple[bool, ...]
    free: tuple[bool, ...]
    alternating: tuple[bool, ...]

    def _sample(self, num: int, generator: torch.Generator | None) -> Tensor:
        return self._spread(self.core.sample(num * self._copies, generator), num)

    def _all(self) -> Tensor:
        core = self.core.all(limit=self.count or 0)
        total = len(core) ** self._copies
        digits = torch.arange(total)[:, None] // torch.tensor([len(core) ** k for k in range(self._copies)])
        return self._spread(core[(digits % len(core)).flatten()], total)

    @property
    def _copies(self) -> int:
        return prod(size for size, free in zip(self.sizes, self.free) if free)

    def _spread(self, core: Tensor, num: int) -> Tensor:
        """Lay independent states of the core side by side, repeat them, and reverse every other layer."""
        d = len(self.sizes)
        first = [axis for axis in range(d) if self.free[axis]]
        last = [axis for axis in range(d) if not self.free[axis] and not self.equal[axis]]
        wide = core.view(num, *[self.sizes[axis] for axis in first + last], *[1] * sum(self.equal))
        order = first + last + [axis for axis in range(d) if self.equal[axis]]
        out = wide.permute(0, *[1 + order.index(axis) for axis in range(d)]).expand(num, *self.sizes).clone()
        for axis in range(d):
            if self.alternating[axis]:
                signs = 1 - 2 * (torch.arange(self.sizes[axis]) % 2)
                out *= signs.to(out.dtype).view(-1, *[1] * (d - 1 - axis))
        return out


def uniform_ground_states(sizes: Sequence[int], couplings: Sequence[float], field: float = 0.0) -> UniformGroundStates:
    r"""Find the ground states of a periodic lattice whose couplings depend on the direction alone.

    .. math::
        H(s) = -\sum_a J_a \sum_u s_u s_{u + e_a} - h \sum_u s_u

    Directions fall into three kinds. Along one with :math:`J_a > 0` all spins can be, and so must be, equal without
    cost to the others; across one with :math:`J_a = 0` the layers do not know of each other; with :math:`h = 0` every
    other layer can be reversed where the size is even, which makes :math:`J_a < 0` positive. There remain the
    directions in which neighbours compete with each other or with the field, and their lattice is solved alone:

    * Each of its bonds gets a part of the field, :math:`h |J_a| / 2 \sum_b |J_b|` for each of its two ends. A
      configuration in which every bond has the least energy that a bond alone could have is a ground state. So all
      spins follow the field where :math:`|h| > 2 \sum_a |J_a|`, and alternate where :math:`|h|` is smaller and all
      sizes are even.
    * On a ring of odd size :math:`n` spins alternate but for one pair. With :math:`k_\pm` pairs of equal
      neighbours, :math:`H = -|J| n + (2 |J| - h) k_+ + (2 |J| + h) k_-` and :math:`k_+ + k_-` is odd.
    * Otherwise the lattice goes to :func:`~pyg_symbreak.spins.exact.transfer_ground_states`: where :math:`|h|` is at
      the boundary :math:`2 \sum_a |J_a|` of two phases (or within :math:`10^{-12}` of it), with a number of ground
      states that grows exponentially; and where two or more directions compete and a size is odd.

    Args:
        sizes: The sizes of the lattice, any, each 3 or more.
        couplings: :math:`J_x, J_y, …` along the last, the second to last, … dimension.
        field: The field :math:`h`.

    Returns:
        The ground states; ``bound`` is the sum over the bonds, and ``energy`` that of a state.

    Raises:
        ValueError: If there is no coupling for each direction, a number is not finite, a size is below 3, or the
            lattice must go to the transfer matrix and is too wide for it.

    .. code-block:: python

        >>> uniform_ground_states((8, 8), (1.0, -2.0), 1.0).count
        2
        >>> uniform_ground_states((5, 5), (1.0, -2.0), 1.0).count
        5
        >>> uniform_ground_states((8, 8), (0.0, 0.0), 0.0).count == 2**64
        True
    """
    sizes = check_sizes(sizes, "uniform_ground_states")
    d, field = len(sizes), float(field)
    strength = [float(coupling) for coupling in couplings][::-1]  # in the order of the dimensions
    if len(strength) != d:
        raise ValueError(
            f"'uniform_ground_states' expected a coupling for each of the {d} directions (got {len(strength)})"
        )
    if not all(map(isfinite, (*strength, field))):
        raise ValueError(f"'uniform_ground_states' expected finite couplings and field (got {couplings}, {field})")
    alternating = tuple(field == 0 and J < 0 and size % 2 == 0 for J, size in zip(strength, sizes))
    equal = tuple(J > 0 or other for J, other in zip(strength, alternating))
    free = tuple(J == 0 for J in strength)
    left = [axis for axis in range(d) if not equal[axis] and not free[axis]]
    core = _core(tuple(sizes[axis] for axis in left), [-strength[axis] for axis in left], field)
    n = prod(sizes)
    shares = n / prod(core.sizes)
    satisfied = n * sum(abs(strength[axis]) for axis in range(d) if equal[axis])
    copies = prod(size for size, is_free in zip(sizes, free) if is_free)
    energy, bound = (shares * value - satisfied for value in (core.energy, core.bound))
    count = None if core.count is None else core.count**copies
    return UniformGroundStates(sizes, energy, bound, count, core, equal, free, alternating)


def _core(sizes: tuple[int, ...], strength: list[float], field: float) -> GroundStates:
    """Ground states where all directions have negative couplings, of the given strengths."""
    sign = -1 if field < 0 else 1
    h, n, total = abs(field), prod(sizes), sum(strength)
    one = torch.tensor(sign, dtype=torch.int8)
    if not sizes:
        states = one.view(1) if h else torch.stack([one, -one])
        return ListedStates(sizes, -h, -h, len(states), states)
    lattice = torch.full(sizes, field, dtype=torch.float64)
    bonds = torch.stack([torch.full_like(lattice, -strong) for strong in reversed(strength)])
    odd = any(size % 2 for size in sizes)
    if abs(h - 2 * total) <= TOLERANCE * (h + 2 * total) or (odd and len(sizes) > 1 and h < 2 * total):
        return transfer_ground_states(lattice, bonds)
    bound = n * sum(min(-strong, strong - h * strong / total) for strong in strength)
    if h > 2 * total:
        states = one.expand(1, *sizes)
    else:
        states = one * torch.ones(1, *sizes, dtype=torch.int8)
        for axis, size in enumerate(sizes):
            states = states * (1 - 2 * (torch.arange(size) % 2)).to(one.dtype).view(-1, *[1] * (len(sizes) - 1 - axis))
        if odd:
            bound = -n * total + 2 * total - h
            states = torch.cat([states.roll(shift, 1) for shift in range(n)])
        if not odd or h == 0:
            states = torch.cat([states, -states])
    energy = float(ising_energy(states[:1], lattice[None], bonds[None]))
    return ListedStates(sizes, energy, bound, len(states), states)
