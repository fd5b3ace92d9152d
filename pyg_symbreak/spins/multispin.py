r"""Sixty-four lattices with couplings ±J in one machine word."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from pyg_symbreak.spins.checkerboard import SiteColor, checkerboard

_WORD: Final = 64
#: The share of reversals that are attempted. If all were, states exist that only turn into their own reverse: those in
#: which no reversal of a color costs anything, so that every one is accepted.
ATTEMPTED: Final = 15 / 16


class MultiSpin:
    r"""States of square lattices with couplings ±J and no field, 64 of them in each 64-bit integer.

    A bit says that a spin is down. A bond is unsatisfied where the exclusive or of both spins and of the sign of its
    coupling is one, and how many of the four bonds of a site are, which decides on its reversal, takes a few logical
    operations for all 64 lattices together (multispin coding: "Fast vectorized algorithm for the Monte Carlo
    simulation of the random field Ising model", Rieger, Journal of Statistical Physics 1993, and others before). Bits
    of a word are different lattices, never replicas of one, so that they can share a random number.

    Args:
        bonds: The couplings ±J of periodic lattices, ``[B, 2, H, W]``.
        num_replicas: How many states of each lattice there are.

    Raises:
        ValueError: If the couplings are others; see :meth:`suits`.

    .. code-block:: python

        >>> lattices = MultiSpin(torch.ones(100, 2, 4, 4), num_replicas=3)
        >>> state = lattices.random(torch.Generator().manual_seed(0))
        >>> state.shape, lattices.to_grid(state).shape
        (torch.Size([16, 2, 3]), torch.Size([3, 100, 4, 4]))
    """

    def __init__(self, bonds: Tensor, num_replicas: int) -> None:
        if not self.suits(bonds.new_zeros(()), bonds):
            raise ValueError(
                "'MultiSpin' expected couplings ±J of one strength on periodic lattices of two dimensions (got others)"
            )
        self.sizes, self.size = tuple(bonds.shape[2:]), bonds.size(0)
        self.strength = float(bonds.flatten()[0].abs())
        self.shape = (bonds[0, 0].numel(), -(-self.size // _WORD), num_replicas)
        self.order, self.colors = checkerboard(bonds)
        negative = self._pack((bonds < 0).flatten(1).t())  # [2 n, words]
        # Copies for the replicas cost memory, but make every operation one pass over contiguous numbers.
        spread = negative.unsqueeze(-1).expand(-1, -1, num_replicas)
        self.negative = [[spread[numbers].contiguous() for numbers in color.bonds] for color in self.colors]

    @staticmethod
    def suits(field: Tensor, bonds: Tensor) -> bool:
        r"""Whether there is no field, all couplings have the same strength, and the lattices two dimensions."""
        strength = bonds.detach().abs()
        if bonds.dim() != 4 or bonds.size(0) == 0 or bool(field.any()):
            return False
        first = strength.flatten()[0]
        return bool(first > 0) and bool((strength == first).all())

    def random(self, generator: torch.Generator | None = None) -> Tensor:
        r"""Independent uniform states, int64 ``[n, words, R]``."""
        low = -(2**63)
        return torch.empty(self.shape, dtype=torch.int64, device=self.order.device).random_(
            low, None, generator=generator
        )

    def sweep(self, state: Tensor, temperature: float, generator: torch.Generator | None = None) -> None:
        r"""Try to reverse 15 spins in 16 by Metropolis' rule, in place."""
        chances = [ATTEMPTED * math.exp(-cost * self.strength / temperature) for cost in (4.0, 8.0, 0.0)]
        for color, negative in zip(self.colors, self.negative):
            one, two = self._unsatisfied(state, color, negative)
            draw = torch.rand(color.end - color.start, 1, self.shape[2], generator=generator, device=state.device)
            cost_4, cost_8, attempted = ((draw < chance).to(torch.int64).neg_() for chance in chances)
            two.bitwise_or_(one.bitwise_and_(cost_4)).bitwise_or_(cost_8).bitwise_and_(attempted)
            state[color.start : color.end].bitwise_xor_(two)

    def quench(self, state: Tensor) -> None:
        r"""Reverse single spins as long as that lowers energies, in place."""
        changed = True
        while changed:
            changed = False
            for color, negative in zip(self.colors, self.negative):
                lower = self._most_unsatisfied(state, color, negative)
                changed = changed or bool(lower.any())
                state[color.start : color.end].bitwise_xor_(lower)

    def to_grid(self, state: Tensor) -> Tensor:
        r"""Spins ±1, int8 ``[R, B, *sizes]``."""
        out = torch.empty(self.shape[0], self.shape[2], self.shape[1], _WORD, dtype=torch.int8, device=state.device)
        words = state.transpose(1, 2)
        for bit in range(_WORD):
            out[self.order, :, :, bit] = (1 - 2 * (words >> bit & 1)).to(torch.int8)
        return out.flatten(2)[..., : self.size].permute(1, 2, 0).reshape(-1, self.size, *self.sizes)

    def _pack(self, bits: Tensor) -> Tensor:
        """From booleans [k, B] to words [k, words]."""
        wide = bits.new_zeros(len(bits), self.shape[1] * _WORD)
        wide[:, : self.size] = bits
        weight = torch.ones((), dtype=torch.int64, device=bits.device) << torch.arange(_WORD, device=bits.device)
        return (wide.view(len(bits), -1, _WORD).long() * weight).sum(-1)

    def _bits(self, state: Tensor, color: SiteColor, negative: list[Tensor]) -> list[Tensor]:
        """Whether each of the four bonds is unsatisfied."""
        own = state[color.start : color.end]
        out = []
        for places, sign in zip(color.around, negative):
            out.append(torch.index_select(state, 0, places).bitwise_xor_(sign).bitwise_xor_(own))
        return out

    def _unsatisfied(self, state: Tensor, color: SiteColor, negative: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Whether at least one, and at least two of the bonds are unsatisfied."""
        a, b, c, d = self._bits(state, color, negative)
        both, either = a & b, a.bitwise_or_(b)
        two = (c & d).bitwise_or_(both)
        other = c.bitwise_or_(d)
        two.bitwise_or_(either & other)
        return either.bitwise_or_(other), two

    def _most_unsatisfied(self, state: Tensor, color: SiteColor, negative: list[Tensor]) -> Tensor:
        """Whether at least three are."""
        a, b, c, d = self._bits(state, color, negative)
        return (a & b & (c | d)) | (c & d & (a | b))
