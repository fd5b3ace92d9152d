r"""Ground states of any lattice by cutting planes and branching."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pyg_symbreak.spins.annealing import greedy_descent, simulated_annealing
from pyg_symbreak.spins.energy import ising_energy
from pyg_symbreak.spins.exact.cut_graph import CutGraph, cut_graph
from pyg_symbreak.spins.exact.cut_relaxation import CutRelaxation
from pyg_symbreak.spins.exact.ground_states import GroundStates
from pyg_symbreak.spins.exact.integer_problem import IntegerProblem, integer_problem
from pyg_symbreak.spins.exact.odd_cycles import find_odd_cycles

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]
_SHIFT: Final = 1e-3
_WIDE: Final = 0.5  # slack beyond which an inequality is dropped
_PRECISION: Final = 1e-9  # of the sum of all couplings; no gap of that size can be told from rounding
_MOST: Final = 4000  # inequalities added at a time


@dataclass(frozen=True)
class PlanesGroundStates(GroundStates):
    r"""What :func:`planes_ground_states` finds: one ground state, or the best state and a bound when time was up.

    Args:
        spins: The state, int8 ``[*sizes]``.
        mirrored: Whether its reverse is as good, because there is no field.
        num_nodes: How many linear programs were branched into; 1 if the first one proved it all.
        seconds: How long it took.
        tolerance: The gap between energy and bound that counts as none.

    .. code-block:: python

        >>> bonds = torch.ones(2, 4, 4)
        >>> bonds[0, 0, 0] = -1
        >>> states = planes_ground_states(torch.zeros(4, 4), bonds)
        >>> states.energy, states.bound, states.proven
        (-30.0, -30.0, True)
    """

    spins: Tensor
    mirrored: bool
    num_nodes: int
    seconds: float
    tolerance: float

    @property
    def proven(self) -> bool:
        r"""Whether the bound leaves no room for a lower energy."""
        return self.energy - self.bound <= self.tolerance

    def _sample(self, num: int, generator: torch.Generator | None) -> Tensor:
        out = self.spins.expand(num, *self.sizes)
        if not self.mirrored:
            return out.clone()
        device = generator.device if generator is not None else None
        sign = 2 * torch.randint(2, (num, *[1] * len(self.sizes)), generator=generator, device=device).cpu() - 1
        return out * sign.to(torch.int8)

    def _all(self) -> Tensor:  # pragma: no cover - the count is never known
        raise NotImplementedError


def planes_ground_states(
    field: Tensor, bonds: Tensor, periodic: bool = True, time_limit: float = 60.0, seed: int = 0
) -> PlanesGroundStates:
    r"""Find a ground state for any couplings, fields and boundaries, and prove that there is none lower.

    States are cuts of the graph of the couplings (with one more node joined to all sites that feel a field), and the
    energy is a constant plus twice the weight of the cut. Linear programs over inequalities of odd cycles bound it
    from below ("An application of combinatorial optimization to statistical physics and circuit layout design",
    Barahona, Grötschel, Jünger, Reinelt; Operations Research 1988); simulated annealing and rounded solutions of the
    programs bound it from above; where both do not meet, the program is split in two by an undecided pair. Bounds are
    computed in integers from dual prices, so that they hold whatever rounding the programs did.

    Args:
        field: The field of each site, ``[*sizes]``.
        bonds: The couplings, ``[d, *sizes]``.
        periodic: Whether the lattice closes up around its boundaries.
        time_limit: Seconds after which the best state and bound so far are returned.
        seed: Of the annealing and of other random choices.

    Returns:
        The state, with a bound. Look at ``proven``: it is false if time was up. ``count`` is not known. For couplings
        that are multiples of a common number the proof is exact; for others it excludes lower energies by more than
        :math:`10^{-9}` of the sum of all couplings and fields.

    Raises:
        ValueError: If the lattice is none (:func:`~pyg_symbreak.spins.check_lattice`).
        ImportError: If scipy is missing.

    .. code-block:: python

        >>> generator = torch.Generator().manual_seed(0)
        >>> bonds = 1 - 2.0 * torch.randint(2, (2, 8, 8), generator=generator)
        >>> states = planes_ground_states(torch.zeros(8, 8), bonds)
        >>> states.proven, states.energy == states.bound
        (True, True)
    """
    begin = time.monotonic()
    problem = integer_problem(field, bonds, periodic, "planes_ground_states")
    field, bonds = field.detach().double().cpu().unsqueeze(0), bonds.detach().double().cpu().unsqueeze(0)
    search = _Search(problem, field, bonds, periodic, begin + time_limit, seed)
    least = search.run()
    spins = problem.to_spins(search.spins)
    slack = math.ldexp(search.precision, problem.unit) + 2 * problem.slack
    energy = float(ising_energy(spins.unsqueeze(0), field, bonds))
    if problem.slack == 0:
        energy = problem.energy_below(search.best)
    return PlanesGroundStates(
        problem.sizes, energy, min(energy, problem.energy_below(least)), None, spins, not problem.field.any(),
        search.num_nodes, time.monotonic() - begin, slack,
    )  # fmt: skip


class _Search:
    """Branch and cut. Energies are integers; those of cuts are -total + 2 * weight."""

    def __init__(
        self, problem: IntegerProblem, field: Tensor, bonds: Tensor, periodic: bool, deadline: float, seed: int
    ) -> None:
        self.problem, self.field, self.bonds, self.periodic = problem, field, bonds, periodic
        self.deadline, self.rng = deadline, np.random.default_rng(seed)
        self.graph: CutGraph = cut_graph(problem)
        self.relaxation = CutRelaxation(self.graph.weight)
        self.total = int(self.graph.weight.sum())
        self.precision = int(_PRECISION * float(np.abs(self.graph.weight).sum()))
        if problem.step > self.precision:
            self.precision = 0  # energies are so few that equal ones are equal
            self.relaxation.shift = _SHIFT * (self.rng.random(len(self.graph.weight)) - 0.5)
        n = problem.num_sites
        scale = float(bonds.abs().mean()) + 1e-9, float(bonds.abs().mean() + field.abs().mean()) + 1e-9
        spins, _ = simulated_annealing(
            field.float(), bonds.float(), 200 if n < 200 else 600, 16 if n < 200 else 48,
            t_max=2 * scale[1], t_min=0.05 * scale[0],
            periodic=periodic, generator=torch.Generator().manual_seed(seed),
        )  # fmt: skip
        self.spins = spins.view(-1).numpy()
        self.best = int(problem.energy(self.spins))
        self.num_nodes = 0

    def run(self) -> int:
        """Search until done or out of time; an integer that no energy lies below."""
        m = len(self.graph.weight)
        if m == 0:
            return self.best
        least = -int(np.abs(self.graph.weight).sum())
        open_nodes = [(least, np.zeros(m), np.ones(m))]
        closed = self.best  # the least bound of what was closed
        while open_nodes:
            bound, lower, upper = open_nodes.pop()
            if self._is_hopeless(bound):
                closed = min(closed, self._rounded(bound))
                continue
            self.num_nodes += 1
            x, bound = self._cut(lower, upper, bound)
            if self._is_hopeless(bound):
                closed = min(closed, self._rounded(bound))
                continue
            if x is None or time.monotonic() > self.deadline:
                return min(closed, self.best, bound, *(node[0] for node in open_nodes))
            if (lower == upper).all():  # a single state, and not tried before
                closed = min(closed, 2 * int(self.graph.weight @ lower.astype(np.int64)) - self.total)
                continue
            open_nodes.extend(self._split(x, bound, lower, upper))
        return min(closed, self.best)

    def _is_hopeless(self, bound: int) -> bool:
        """Whether all states within a bound are no better than the best."""
        return bound > self.best - self.problem.step or bound >= self.best - self.precision

    def _rounded(self, bound: int) -> int:
        """Energies differ by multiples of a step."""
        return self.best if bound > self.best - self.problem.step else bound

    def _cut(self, lower: _Floats, upper: _Floats, bound: int) -> tuple[_Floats | None, int]:
        """Solve linear programs as long as some inequality is violated."""
        before = -math.inf
        while True:
            relaxed = self.relaxation.solve(lower, upper, self.deadline - time.monotonic())
            if relaxed is None:
                return None, bound
            bound = max(bound, 2 * relaxed.bound - self.total)
            self._improve(relaxed.x)
            if self._is_hopeless(bound):
                return relaxed.x, bound
            cycles = find_odd_cycles(*self.graph[:3], relaxed.x, self.graph.short, self.rng)
            if not cycles:
                if not np.any(self.relaxation.shift):
                    return relaxed.x, bound
                self.relaxation.shift = 0.0  # what it costs may be what is missing
                before = -math.inf
                continue
            if relaxed.objective > before + 1e-7:  # dropping any without progress could go on for ever
                self.relaxation.keep(relaxed.slack < _WIDE)
                before = relaxed.objective
            self.relaxation.add(sorted(cycles, key=cycles.__getitem__, reverse=True)[:_MOST])

    def _improve(self, x: _Floats) -> None:
        spins = self.graph.round(x)
        grid = self.problem.to_spins(spins).unsqueeze(0)
        better = greedy_descent(grid, self.field, self.bonds, self.periodic).view(-1).numpy()
        energy = int(self.problem.energy(better))
        if energy < self.best:
            self.best, self.spins = energy, better

    def _split(self, x: _Floats, bound: int, lower: _Floats, upper: _Floats) -> list[tuple[int, _Floats, _Floats]]:
        free = np.flatnonzero(lower < upper)
        weight = np.abs(self.graph.weight[free]).astype(np.float64)
        undecided = np.minimum(x[free], 1 - x[free]) * (weight + weight.mean())
        edge = free[undecided.argmax()]
        out = []
        # The last one is looked at first.
        for value in (0.0, 1.0) if x[edge] > 0.5 else (1.0, 0.0):
            low, high = lower.copy(), upper.copy()
            low[edge] = high[edge] = value
            out.append((bound, *self.graph.implied(low, high)))
        return out
