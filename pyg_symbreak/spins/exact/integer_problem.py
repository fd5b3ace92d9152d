r"""A lattice as a list of pairs with integer couplings, for solvers that must not round."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pyg_symbreak.spins.exact.dyadic import common_unit
from pyg_symbreak.spins.layout import check_lattice, lattice_edges

_Ints = npt.NDArray[np.int64]
_BITS: Final = 58


@dataclass(frozen=True)
class IntegerProblem:
    r"""Minimise :math:`E(s) = -\sum_e J_e \, s_{i_e} s_{j_e} - \sum_u h_u s_u` with integers :math:`J` and :math:`h`.

    Args:
        sizes: The sizes of the lattice.
        head: The first site of each pair with a coupling, ``[m]``.
        tail: The second site, ``[m]``.
        coupling: The couplings in units of :math:`2^e`, none of them zero, ``[m]``.
        field: The fields in the same unit, ``[n]``.
        unit: The exponent :math:`e`.
        slack: By how much the energy of any state can differ from that of the lattice, because couplings and fields
            were rounded; zero where all of them are multiples of the unit.

    .. code-block:: python

        >>> problem = integer_problem(torch.zeros(3), torch.tensor([[1.0, 2.0, -0.5]]))
        >>> problem.coupling.tolist(), problem.unit, problem.step
        ([2, 4, -1], -1, 2)
        >>> problem.energy(np.array([[1, 1, 1], [1, 1, -1]])).tolist()
        [-5, 1]
    """

    sizes: tuple[int, ...]
    head: _Ints
    tail: _Ints
    coupling: _Ints
    field: _Ints
    unit: int
    slack: float

    @property
    def num_sites(self) -> int:
        r"""How many sites the lattice has."""
        return len(self.field)

    @cached_property
    def step(self) -> int:
        r"""A number that divides the difference of the energies of any two states."""
        numbers = np.concatenate([self.coupling, self.field])
        common = int(np.gcd.reduce(np.abs(numbers))) if numbers.any() else 0
        if common == 0:
            return 1
        # The pairs that two states tell apart are a cut. If every site has an even sum of couplings, every cut has one.
        odd = (np.bincount(self.head, self.coupling // common % 2, self.num_sites)
               + np.bincount(self.tail, self.coupling // common % 2, self.num_sites)
               + self.field // common % 2) % 2  # fmt: skip
        return 2 * common if odd.any() else 4 * common

    def energy(self, spins: npt.NDArray[np.integer]) -> _Ints:
        r"""The energies of states ``[..., n]`` in units, exactly."""
        spins = spins.astype(np.int64)
        out: _Ints = -(spins[..., self.head] * spins[..., self.tail]) @ self.coupling - spins @ self.field
        return out

    def energy_below(self, energy: int) -> float:
        r"""A floating point number of which it is certain that an energy of so many units does not lie below it."""
        out = _ldexp_below(energy, self.unit)
        return out if self.slack == 0 else math.nextafter(out - self.slack, -math.inf)

    def to_spins(self, spins: npt.NDArray[np.integer]) -> Tensor:
        r"""States ``[..., n]`` as int8 tensors ``[..., *sizes]``."""
        return torch.from_numpy(spins.astype(np.int8)).view(*spins.shape[:-1], *self.sizes)


def integer_problem(
    field: Tensor, bonds: Tensor, periodic: bool = True, owner: str = "integer_problem"
) -> IntegerProblem:
    r"""Turn the floating point numbers of one lattice into integers.

    Floating point numbers are multiples of powers of two, so nothing is rounded unless they differ by very many orders
    of magnitude; how much an energy can have changed if they do is told.

    Args:
        field: The field of each site, ``[*sizes]``.
        bonds: The couplings, ``[d, *sizes]``.
        periodic: Whether the lattice closes up around its boundaries.
        owner: Whom an error should name.

    Raises:
        ValueError: If the lattice is none; see :func:`~pyg_symbreak.spins.check_lattice`.

    .. code-block:: python

        >>> integer_problem(torch.tensor([0.1, 0.0, 1e-30]), torch.ones(1, 3)).slack < 1e-12
        True
    """
    sizes = check_lattice(field.unsqueeze(0), bonds.unsqueeze(0), periodic, owner)
    pairs = lattice_edges(sizes)
    half = pairs.size(1) // 2
    coupling = bonds.detach().double().cpu().flatten().numpy()
    outer = field.detach().double().cpu().flatten().numpy()
    head, tail = pairs[0, :half].numpy(), pairs[1, :half].numpy()
    head, tail, coupling = (part[coupling != 0] for part in (head, tail, coupling))
    numbers = np.concatenate([coupling, outer])
    unit, slack = common_unit(numbers), 0.0
    if unit is None:
        unit = math.frexp(float(np.abs(numbers).sum()))[1] - _BITS
    integers = np.rint(np.ldexp(numbers, -unit)).astype(np.int64)
    lost = np.abs(np.ldexp(integers.astype(np.float64), unit) - numbers)
    if lost.any():
        slack = math.nextafter(math.fsum(lost), math.inf)
    m = len(coupling)
    kept = integers[:m] != 0
    return IntegerProblem(sizes, head[kept], tail[kept], integers[:m][kept], integers[m:], unit, slack)


def _ldexp_below(number: int, exponent: int) -> float:
    """The largest floating point number at or below, for Python integers of any size."""
    mantissa, shift = number, max(0, number.bit_length() - 53)
    return math.ldexp(float(mantissa >> shift), exponent + shift)
