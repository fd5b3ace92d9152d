r"""Ground states without frustration, at any size, by minimum cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pyg_symbreak.spins.energy import ising_energy
from pyg_symbreak.spins.exact.closures import Closures
from pyg_symbreak.spins.exact.gauge import find_gauge
from pyg_symbreak.spins.exact.ground_states import GroundStates
from pyg_symbreak.spins.exact.integer_problem import integer_problem
from pyg_symbreak.spins.exact.max_flow import Flow, max_flow
from pyg_symbreak.spins.exact.optional import import_scipy

_Ints = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class MinCutGroundStates(GroundStates):
    r"""The ground states that :func:`min_cut_ground_states` finds: all minimum cuts of one network.

    Args:
        gauge: The signs in which all couplings are ferromagnetic, ``[n]``.
        up: The sites whose gauged spin is +1 in every ground state, ``[n]``.
        free: For each site the number of the cluster it belongs to that is the same in some ground states and not in
            others, or -1, ``[n]``.
        closures: Which clusters can be up together.

    .. code-block:: python

        >>> states = min_cut_ground_states(torch.zeros(3, 3), torch.ones(2, 3, 3))
        >>> states.energy, states.bound, states.count, states.is_unique
        (-18.0, -18.0, 2, False)
    """

    gauge: _Ints
    up: _Bools
    free: _Ints
    closures: Closures

    @property
    def is_unique(self) -> bool:
        r"""Whether the smallest and the largest minimum cut are the same."""
        return not (self.free >= 0).any()

    def _sample(self, num: int, generator: torch.Generator | None) -> Tensor:
        device = generator.device if generator is not None else None

        def uniform() -> float:
            return float(torch.rand((), generator=generator, dtype=torch.float64, device=device))

        if self.count is None:
            # The smallest and the largest cut; after rounding only the one whose energy was told.
            whole = range(int(self.free.max()) + 1 if self.bound == self.energy else 0)
            return self._spins([set(whole) if uniform() < 0.5 else set() for _ in range(num)])
        return self._spins([self.closures.sample(uniform) for _ in range(num)])

    def _all(self) -> Tensor:
        return self._spins(self.closures.all())

    def _spins(self, chosen: list[set[int]]) -> Tensor:
        up = np.zeros((len(chosen), int(self.free.max()) + 2), dtype=bool)
        for row, clusters in enumerate(chosen):
            up[row, list(clusters)] = True
        spins = np.where(self.up | up[:, self.free], 1, -1) * self.gauge
        return torch.from_numpy(spins.astype(np.int8)).view(len(chosen), *self.sizes)


def min_cut_ground_states(
    field: Tensor, bonds: Tensor, periodic: bool = True, budget: int = 20_000
) -> MinCutGroundStates:
    r"""Find the ground states of a lattice without frustration, whatever its size, field and boundaries.

    Without frustration, couplings are ferromagnetic in some gauge, and the energy is a constant plus twice the
    capacity of a cut that separates the sites up from the sites down (Picard and Ratliff, "Minimum Cuts and Related
    Problems", Networks 1975). A maximum flow, checked in integers, bounds every cut from below. What it leaves over
    tells all minimum cuts: clusters that must be up with what they point to.

    Args:
        field: The field of each site, ``[*sizes]``.
        bonds: The couplings, ``[d, *sizes]``.
        periodic: Whether the lattice closes up around its boundaries.
        budget: How long ground states may be counted; see :class:`~pyg_symbreak.spins.exact.closures.Closures`.

    Returns:
        The ground states. ``count`` is :obj:`None` if counting takes too long, or if couplings and fields differ by so
        many orders of magnitude that they had to be rounded.

    Raises:
        ValueError: If there is frustration, or the lattice is none (:func:`~pyg_symbreak.spins.check_lattice`).
        ImportError: If scipy is missing.

    .. code-block:: python

        >>> field = torch.zeros(4, 4)
        >>> field[0, 0] = -1
        >>> states = min_cut_ground_states(field, torch.ones(2, 4, 4))
        >>> states.energy, states.count, int(states.sample()[0, 2, 2])
        (-33.0, 1, -1)
    """
    owner = "min_cut_ground_states"
    problem = integer_problem(field, bonds, periodic, owner)
    gauge = find_gauge(problem)
    if gauge is None:
        raise ValueError(
            f"'{owner}' expected couplings without frustration (got a cycle along which their product is negative)"
        )
    capacity = np.abs(problem.coupling)
    flow = max_flow(problem.head, problem.tail, capacity, gauge * problem.field)
    up, free, arcs = _minimum_cuts(flow)
    least = 2 * flow.value - int(capacity.sum()) - int(np.abs(problem.field).sum())
    if int(problem.energy(np.where(up, gauge, -gauge))) != least:
        raise ArithmeticError(f"'{owner}' expected a cut as small as the flow (got a larger one)")
    bound = energy = problem.energy_below(least)
    closures = Closures(int(free.max()) + 1, arcs, budget)
    if problem.slack > 0:
        spins = problem.to_spins(np.where(up, gauge, -gauge)).unsqueeze(0)
        energy = float(ising_energy(spins, field.unsqueeze(0).double().cpu(), bonds.unsqueeze(0).double().cpu()))
    count = closures.count if problem.slack == 0 else None
    return MinCutGroundStates(problem.sizes, energy, bound, count, gauge, up, free, closures)


def _minimum_cuts(flow: Flow) -> tuple[_Bools, _Ints, set[tuple[int, int]]]:
    """Which sites are up in all minimum cuts; the clusters of the undecided ones; which cluster needs which."""
    sparse, csgraph = import_scipy("sparse"), import_scipy("sparse.csgraph")
    n = len(flow.supply)
    out, into, _ = flow.residual()
    graph = sparse.csr_array((np.ones(len(out), dtype=np.int8), (out, into)), shape=(n + 2, n + 2))
    up, down = np.zeros(n + 2, dtype=bool), np.zeros(n + 2, dtype=bool)
    up[csgraph.breadth_first_order(graph, n, return_predecessors=False)] = True
    down[csgraph.breadth_first_order(graph.T.tocsr(), n + 1, return_predecessors=False)] = True
    if (up & down).any():
        raise ArithmeticError("'min_cut_ground_states' expected a maximum flow (got one that can be augmented)")
    part = csgraph.connected_components(graph, directed=True, connection="strong")[1]
    undecided = ~(up | down)
    free = np.full(n + 2, -1)
    free[undecided] = np.unique(part[undecided], return_inverse=True)[1]
    between = undecided[out] & undecided[into]
    pairs = np.unique(np.stack([free[out[between]], free[into[between]]], axis=1), axis=0)
    return up[:n], free[:n], {(a, b) for a, b in pairs.tolist() if a != b}
