r"""Simulated annealing of many lattices at a time."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.spins.checkerboard import checkerboard
from pyg_symbreak.spins.energy import ising_energy
from pyg_symbreak.spins.layout import check_lattice
from pyg_symbreak.spins.multispin import ATTEMPTED, MultiSpin

_CHUNK: Final = 2**17  # spins updated together: enough to hide the cost of a call, few enough to stay in the cache
_WORDS: Final = 2**15  # the same for words of 64 spins


def simulated_annealing(
    field: Tensor,
    bonds: Tensor,
    num_sweeps: int = 1000,
    num_replicas: int = 1,
    t_max: float = 2.0,
    t_min: float = 0.2,
    schedule: str = "linear",
    periodic: bool | Tensor = True,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Look for states of low energy by cooling random ones slowly.

    Simulated annealing of "Optimization by Simulated Annealing" (Kirkpatrick, Gelatt, Vecchi; Science 1983), with
    Metropolis updates: a reversal that costs :math:`\Delta E` is accepted with probability :math:`\min(1,
    e^{-\Delta E / T})`. One attempt in sixteen is left out at random: with couplings ±J there are states in which no
    reversal costs anything, and without that they would turn over and over for ever. Sites of one color, no two of
    them neighbours, are updated together, in all replicas of all lattices
    (:func:`~pyg_symbreak.spins.checkerboard.checkerboard`). At the end each state is quenched
    (:func:`greedy_descent`), and the best replica is taken.

    Replicas of a lattice are independent. Lattices of one call share random numbers, which changes the law of none.
    Square lattices with couplings ±J and no field are computed 64 at a time, in single bits, which is some thirty times
    as fast (:class:`~pyg_symbreak.spins.multispin.MultiSpin`).

    Args:
        field: The field of each site, ``[B, *sizes]``.
        bonds: The couplings, ``[B, d, *sizes]``.
        num_sweeps: How often each spin is updated.
        num_replicas: How many states of each lattice are cooled.
        t_max: The temperature of the first sweep, in units of energy. The defaults suit couplings of the order of 1.
        t_min: The temperature of the last sweep.
        schedule: ``"linear"`` or ``"geometric"``: how the temperature falls.
        periodic: Whether the lattices close up around their boundaries.
        generator: The source of randomness, by default the global one of torch.

    Returns:
        The best state of each lattice, int8 ``[B, *sizes]``, and its energy, ``[B]`` in double precision.

    Raises:
        ValueError: If ``num_sweeps`` is negative, ``num_replicas`` not positive, the temperatures are not positive and
            falling, the schedule is unknown, or the lattices are none (:func:`~pyg_symbreak.spins.check_lattice`).

    .. code-block:: python

        >>> generator = torch.Generator().manual_seed(0)
        >>> bonds = torch.ones(5, 2, 6, 6)
        >>> spins, energy = simulated_annealing(torch.zeros(5, 6, 6), bonds, 50, 20, generator=generator)
        >>> energy.tolist(), spins.dtype
        ([-72.0, -72.0, -72.0, -72.0, -72.0], torch.int8)
    """
    sizes = check_lattice(field, bonds, periodic, "simulated_annealing")
    if num_sweeps < 0 or num_replicas < 1:
        raise ValueError(
            "'simulated_annealing' expected a number of sweeps and at least one replica "
            f"(got {num_sweeps} and {num_replicas})"
        )
    if not t_max >= t_min > 0:
        raise ValueError(f"'simulated_annealing' expected t_max >= t_min > 0 (got {t_max} and {t_min})")
    if schedule not in ("linear", "geometric"):
        raise ValueError(f"'simulated_annealing' expected the schedule 'linear' or 'geometric' (got {schedule!r})")
    spread = torch.linspace(0, 1, max(num_sweeps, 1), dtype=torch.float64)[:num_sweeps]
    if schedule == "linear":
        temperatures = t_max + (t_min - t_max) * spread
    else:
        temperatures = t_max * (t_min / t_max) ** spread
    size = torch.Size(sizes).numel() * num_replicas
    coded = field.size(0) > 1 and MultiSpin.suits(field, bonds)
    step = 64 * max(1, _WORDS // size) if coded else max(1, _CHUNK // size)
    best, energies = [], []
    for start in range(0, field.size(0), step):
        part = slice(start, start + step)
        lattices: _Colored | MultiSpin
        lattices = MultiSpin(bonds[part], num_replicas) if coded else _Colored(field[part], bonds[part], num_replicas)
        spins = lattices.random(generator)
        for temperature in temperatures.tolist():
            lattices.sweep(spins, temperature, generator)
        lattices.quench(spins)
        states = lattices.to_grid(spins)
        energy = ising_energy(states, field[part].double(), bonds[part].double())
        least, replica = energy.min(0)
        best.append(states[replica, torch.arange(len(replica), device=states.device)])
        energies.append(least)
    if not best:
        return field.new_zeros(field.shape, dtype=torch.int8), field.new_zeros(0, dtype=torch.float64)
    return torch.cat(best), torch.cat(energies)


def greedy_descent(spins: Tensor, field: Tensor, bonds: Tensor, periodic: bool | Tensor = True) -> Tensor:
    r"""Reverse single spins as long as that lowers the energy.

    Args:
        spins: Spins ±1, ``[B, *sizes]``, or ``[S, B, *sizes]`` for several states of each lattice.
        field: The field of each site, ``[B, *sizes]``.
        bonds: The couplings, ``[B, d, *sizes]``.
        periodic: Whether the lattices close up around their boundaries.

    Returns:
        States whose energy no single reversal lowers, and that have no more energy than those given; of the shape and
        dtype of ``spins``.

    Raises:
        ValueError: If the shapes do not fit, or the lattices are none (:func:`~pyg_symbreak.spins.check_lattice`).

    .. code-block:: python

        >>> spins = torch.ones(1, 4, 4)
        >>> spins[0, 1, 1] = -1
        >>> bool((greedy_descent(spins, torch.zeros(1, 4, 4), torch.ones(1, 2, 4, 4)) == 1).all())
        True
    """
    check_lattice(field, bonds, periodic, "greedy_descent")
    grid = spins if spins.dim() == field.dim() + 1 else spins.unsqueeze(0)
    if grid.shape[1:] != field.shape:
        raise ValueError(
            f"'greedy_descent' expected spins of shape {tuple(field.shape)}, or several such (got {tuple(spins.shape)})"
        )
    lattices = _Colored(field, bonds, grid.size(0))
    state = lattices.from_grid(grid)
    lattices.quench(state)
    return lattices.to_grid(state).to(spins.dtype).view_as(spins)


class _Part(NamedTuple):
    """The sites of one color, a slice of all sites, with what surrounds them."""

    start: int
    end: int
    around: list[Tensor]
    couplings: list[Tensor]
    field: Tensor


class _Colored:
    """Lattices whose sites are sorted by color; states are ``[n, R, B]``, so that a color is a slice."""

    def __init__(self, field: Tensor, bonds: Tensor, num_replicas: int) -> None:
        self.sizes = tuple(field.shape[1:])
        self.shape = (field[0].numel(), num_replicas, field.size(0))
        self.order, colors = checkerboard(bonds)
        self.dtype = torch.promote_types(field.dtype, bonds.dtype)
        most = max(color.end - color.start for color in colors)
        self.buffers = torch.empty(2, most, *self.shape[1:], dtype=self.dtype, device=field.device)
        weight, outer = bonds.to(self.dtype).flatten(1), field.to(self.dtype).flatten(1)
        self.parts: list[_Part] = []
        for start, end, sites, around, numbers in colors:
            # Copies for the replicas cost memory, but make every operation one pass over contiguous numbers.
            couplings = [self._spread(weight[:, number]) for number in numbers]
            self.parts.append(_Part(start, end, list(around), couplings, self._spread(outer[:, sites])))
        # Far below any step of energy that is not rounding, and never passed to and fro.
        scale = float(field.abs().max() + 2 * len(self.sizes) * bonds.abs().max()) if field.numel() else 0.0
        self.tolerance = scale * (1e-5 if self.dtype == torch.float32 else 1e-12)
        self.one = torch.ones((), dtype=self.dtype, device=field.device)

    def random(self, generator: torch.Generator | None) -> Tensor:
        bits = torch.randint(2, self.shape, generator=generator, device=self.order.device)
        return (2 * bits - 1).to(self.dtype)

    def from_grid(self, spins: Tensor) -> Tensor:
        return spins.flatten(2).permute(2, 0, 1)[self.order].to(self.dtype).contiguous()

    def to_grid(self, spins: Tensor) -> Tensor:
        out = torch.empty_like(spins, dtype=torch.int8)
        out[self.order] = spins.to(torch.int8)
        return out.permute(1, 2, 0).reshape(*self.shape[1:], *self.sizes)

    def sweep(self, spins: Tensor, temperature: float, generator: torch.Generator | None) -> None:
        for part in self.parts:
            gain = self._gain(spins, part)
            # Accepted if 2 s h < T x with an exponential x; -log of a uniform number is faster than torch's own draw.
            draw = torch.rand(
                part.end - part.start, self.shape[1], 1, generator=generator, device=spins.device, dtype=self.dtype
            )
            draw.mul_(1 / ATTEMPTED).log_()
            draw.masked_fill_(draw > 0, math.inf)
            gain.add_(draw, alpha=temperature / 2)
            # The sign bit, since the sign itself may be zero.
            spins[part.start : part.end].mul_(torch.copysign(self.one, gain, out=self.buffers[1, : len(gain)]))

    def quench(self, spins: Tensor) -> None:
        changed = True
        while changed:
            changed = False
            for part in self.parts:
                lower = self._gain(spins, part) < -self.tolerance
                changed = changed or bool(lower.any())
                spins[part.start : part.end].mul_(1 - 2 * lower.to(self.dtype))

    def _gain(self, spins: Tensor, part: _Part) -> Tensor:
        """Half of the energy that the reversal of each spin would cost, in a buffer."""
        size = part.end - part.start
        out, buffer = self.buffers[0, :size], self.buffers[1, :size]
        out.copy_(part.field)
        for place, coupling in zip(part.around, part.couplings):
            torch.index_select(spins, 0, place, out=buffer)
            out.addcmul_(coupling, buffer)
        return out.mul_(spins[part.start : part.end])

    def _spread(self, values: Tensor) -> Tensor:
        """From [B, sites] to [sites, R, B]."""
        return values.t().unsqueeze(1).expand(-1, self.shape[1], -1).contiguous()
