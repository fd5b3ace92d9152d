r"""The ground states of a lattice, as every exact solver returns them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class GroundStates(ABC):
    r"""The configurations of least energy of one lattice, with a certificate that there is none lower.

    Solvers take the field ``[*sizes]`` and the bonds ``[d, *sizes]`` of one lattice and return an object of a subclass,
    which implements :meth:`_sample` and :meth:`_all`.

    Args:
        sizes: The sizes of the lattice.
        energy: The energy of a ground state, in double precision.
        bound: A number that no energy lies below, found without reference to any state; it proves that the states are
            ground states where it equals ``energy`` up to rounding.
        count: How many ground states there are, or :obj:`None` where the solver does not know.

    .. code-block:: python

        >>> from pyg_symbreak.spins import uniform_ground_states
        >>> states = uniform_ground_states((4, 4), (1.0, -1.0), 0.0)
        >>> states.energy, states.bound, states.count
        (-32.0, -32.0, 2)
        >>> states.sample(3, torch.Generator().manual_seed(0)).shape
        torch.Size([3, 4, 4])
    """

    sizes: tuple[int, ...]
    energy: float
    bound: float
    count: int | None

    def sample(self, num: int = 1, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw ground states, independent and uniform where ``count`` is known; otherwise some that were found.

        Args:
            num: How many.
            generator: The source of randomness, by default the global one of torch.

        Returns:
            Spins ±1, int8 ``[num, *sizes]``.

        Raises:
            ValueError: If ``num`` is negative.
        """
        if num < 0:
            raise ValueError(f"'{type(self).__name__}' expected to draw a number of states (got {num})")
        return self._sample(num, generator)

    def all(self, limit: int = 10_000) -> Tensor:
        r"""List every ground state once.

        Args:
            limit: The most that are wanted.

        Returns:
            Spins ±1, int8 ``[count, *sizes]``.

        Raises:
            ValueError: If there are more than ``limit``, or the solver does not know how many there are.
        """
        if self.count is None or self.count > limit:
            got = "an unknown number" if self.count is None else _short(self.count)
            raise ValueError(f"'{type(self).__name__}' expected at most {limit} ground states to list (got {got})")
        return self._all()

    @abstractmethod
    def _sample(self, num: int, generator: torch.Generator | None) -> Tensor:
        """The draws of :meth:`sample`."""

    @abstractmethod
    def _all(self) -> Tensor:
        """The list of :meth:`all`; there are not too many for it."""


def _short(count: int) -> str:
    # Floats end at 2^1024, numbers of ground states do not.
    return str(count) if count < 10**15 else f"about 2^{count.bit_length() - 1}"
