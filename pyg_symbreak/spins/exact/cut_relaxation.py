r"""Lower bounds of the weight of cuts from linear programs, certain in spite of rounding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pyg_symbreak.spins.exact.odd_cycles import OddCycle
from pyg_symbreak.spins.exact.optional import import_scipy

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]
_BITS: Final = 54


class Relaxed(NamedTuple):
    r"""A point of least weight, and what it proves.

    Args:
        x: The point, ``[m]``.
        bound: An integer that no cut weighs less than.
        slack: How far each inequality is from being met with equality.
        objective: The weight of the point, with the shift, as a share of the largest weight.
    """

    x: _Floats
    bound: int
    slack: _Floats
    objective: float


@dataclass
class CutRelaxation:
    r"""Minimise :math:`\sum_e w_e x_e` over :math:`x_e \in [0, 1]` that obey a growing list of odd cycle inequalities.

    Args:
        weight: The integer weights, ``[m]``.
        shift: Added to the weights, as a share of the largest one, for the search for a point only, ``[m]``: many
            points are equally good without it, and the program wanders among them. Bounds are those of the weights.

    .. code-block:: python

        >>> relaxation = CutRelaxation(np.array([-1, -1, -1]))
        >>> relaxation.add([OddCycle((0, 1, 2), (True, True, True))])
        >>> relaxation.solve(np.zeros(3), np.ones(3)).bound
        -2
    """

    weight: _Ints
    shift: _Floats | float = 0.0
    cycles: list[OddCycle] = field(default_factory=list)

    def add(self, cycles: list[OddCycle]) -> None:
        r"""Add inequalities."""
        self.cycles.extend(cycles)

    def solve(self, lower: _Floats, upper: _Floats, time_limit: float | None = None) -> Relaxed | None:
        r"""Solve the linear program, and turn its dual prices into a bound.

        Any non-negative prices :math:`y` of the inequalities :math:`A x \le b` give the bound :math:`\sum_e
        \min_{x_e} (w + A^T y)_e x_e - y^T b`. Prices are rounded to multiples of a power of two, and the sum is taken
        in integers; so the bound holds whatever the program that found the prices did.

        Args:
            lower: 1 for edges known to be cut, else 0, ``[m]``.
            upper: 0 for edges known not to be cut, else 1, ``[m]``.
            time_limit: Seconds after which to give up.

        Returns:
            The point and the bound, or :obj:`None` if time is up.

        Raises:
            ImportError: If scipy is missing.
        """
        if time_limit is not None and time_limit <= 0:
            return None
        matrix, right = self._rows()
        scale = float(max(1, np.abs(self.weight).max()))
        answer = import_scipy("optimize").linprog(
            self.weight / scale + self.shift,
            A_ub=matrix,
            b_ub=right,
            bounds=np.stack([lower, upper], axis=1),
            method="highs-ds",
            options={} if time_limit is None else {"time_limit": time_limit},
        )
        if answer.x is None or answer.status != 0:
            return None
        price = np.maximum(0, -answer.ineqlin.marginals) * scale if len(self.cycles) else np.zeros(0)
        return Relaxed(np.clip(answer.x, 0, 1), self._certain(price, lower, upper), answer.slack, float(answer.fun))

    def keep(self, which: npt.NDArray[np.bool_]) -> None:
        r"""Drop the other inequalities."""
        self.cycles = [cycle for cycle, kept in zip(self.cycles, which.tolist()) if kept]

    def _rows(self) -> tuple[object, _Floats]:
        sparse = import_scipy("sparse")
        lengths = [len(cycle.edges) for cycle in self.cycles]
        columns = np.array([e for cycle in self.cycles for e in cycle.edges], dtype=np.int64)
        inside = np.array([f for cycle in self.cycles for f in cycle.inside], dtype=bool)
        ptr = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        matrix = sparse.csr_array((np.where(inside, 1.0, -1.0), columns, ptr), shape=(len(lengths), len(self.weight)))
        right = np.array([sum(cycle.inside) - 1 for cycle in self.cycles], dtype=np.float64)
        return matrix, right

    def _certain(self, price: _Floats, lower: _Floats, upper: _Floats) -> int:
        shift = max(0, _BITS - int(np.abs(self.weight).sum()).bit_length())
        units = np.rint(np.ldexp(price, shift)).astype(np.int64)
        matrix, right = self._rows()
        rest = (self.weight << shift) + matrix.astype(np.int64).T @ units  # type: ignore[attr-defined]
        side = np.where(rest > 0, lower, upper).astype(np.int64)
        total: int = sum((rest * side).tolist()) - sum((units * right.astype(np.int64)).tolist())
        return -((-total) >> shift)
