r"""Planes of parameters: lattices with uniform couplings on a grid, for phase diagrams."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Data

COUPLINGS = ("Jx", "Jy", "h")
r"""The parameters of uniform couplings in the order of ``data.parameters``."""


@dataclass(frozen=True)
class Axis:
    r"""A parameter that is varied.

    Args:
        name: One of :data:`COUPLINGS`.
        low: The smallest value.
        high: The largest value.
        count: The number of values, at equal distances.
    """

    name: str
    low: float
    high: float
    count: int

    @property
    def values(self) -> Tensor:
        r"""The values, ``[count]``."""
        # In double precision first: what should be zero in the middle is, and so lies on a boundary of phases.
        return torch.linspace(self.low, self.high, self.count, dtype=torch.float64).round(decimals=9).float()


@dataclass(frozen=True)
class Plane:
    r"""A plane of uniform couplings: two parameters are varied, the third is fixed.

    Args:
        across: The parameter of the columns.
        up: The parameter of the rows, the first row being the lowest value.
        fixed: The third parameter and its value.

    Raises:
        ValueError: If the three are not the three of :data:`COUPLINGS`.

    .. code-block:: python

        >>> plane = Plane(Axis("Jy", -3, 3, 3), Axis("h", 0, 2, 2), ("Jx", 1.0))
        >>> plane.parameters().tolist()[:4]
        [[1.0, -3.0, 0.0], [1.0, 0.0, 0.0], [1.0, 3.0, 0.0], [1.0, -3.0, 2.0]]
    """

    across: Axis
    up: Axis
    fixed: tuple[str, float]

    def __post_init__(self) -> None:
        names = (self.across.name, self.up.name, self.fixed[0])
        if sorted(names) != sorted(COUPLINGS):
            raise ValueError(f"'Plane' expected the parameters {', '.join(COUPLINGS)}, each once (got {names})")

    def resized(self, columns: int, rows: int) -> Plane:
        r"""The same plane with another number of columns and rows."""
        across = Axis(self.across.name, self.across.low, self.across.high, columns)
        return Plane(across, Axis(self.up.name, self.up.low, self.up.high, rows), self.fixed)

    @property
    def shape(self) -> tuple[int, int]:
        r"""The number of rows and columns."""
        return self.up.count, self.across.count

    def parameters(self) -> Tensor:
        r"""All points row by row, ``[rows · columns, 3]``, in the order of :data:`COUPLINGS`."""
        up, across = torch.meshgrid(self.up.values, self.across.values, indexing="ij")
        fixed = torch.full_like(up, self.fixed[1])
        named = {self.across.name: across, self.up.name: up, self.fixed[0]: fixed}
        return torch.stack([named[name].flatten() for name in COUPLINGS], dim=1)


def uniform_lattices(parameters: Tensor, size: int) -> list[Data]:
    r"""Square periodic lattices with uniform couplings.

    Args:
        parameters: Values of :data:`COUPLINGS`, ``[P, 3]``.
        size: The side of the lattice.

    Returns:
        Graphs with ``field [1, L, L]``, ``bonds [1, 2, L, L]``, ``parameters [1, 3]`` and ``periodic [1]``.

    .. code-block:: python

        >>> uniform_lattices(torch.tensor([[1.0, -2.0, 0.5]]), 4)[0].bonds[0, :, 0, 0]
        tensor([ 1., -2.])
    """
    sites = torch.ones(1, size, size)
    return [
        Data(
            field=h * sites,
            bonds=torch.stack([jx * sites, jy * sites], dim=1),
            parameters=torch.stack([jx, jy, h]).unsqueeze(0),
            periodic=torch.tensor([True]),
            num_nodes=size * size,
        )
        for jx, jy, h in parameters
    ]
