r"""Points at which an activation is seen not to be equivariant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symbreak.equivariance.assignment import Assignment
from pyg_symbreak.equivariance.matrices import Matrix

TIMES = (1.0, -1.0, 0.5, 0.1, 3.0)
"""The times at which elements exp(tX) are tried."""
VISIBLE = 1e-9
"""The share of the values that a residual has to reach to be seen in double precision."""


@dataclass(frozen=True)
class Witness:
    r"""A point :math:`x` with :math:`\tilde f(Ax) \ne B \tilde f(x)`, found and checked in float64.

    Args:
        generator: Which generator, in words; for a Lie generator with its time.
        index: Its number among the generators, or among the Lie generators.
        time: The time :math:`t` of :math:`A = e^{tX}`, or ``None``.
        x: The point.
        left: The value :math:`\tilde f(Ax)`.
        right: The value :math:`B \tilde f(x)`.

    .. code-block:: python

        >>> print(Witness("generator 0", 0, None, (1.0,), (0.0,), (-1.0,)))
        generator 0 at x = (1): f(Ax) = (0), but B f(x) = (-1); residual 1
    """

    generator: str
    index: int
    time: float | None
    x: tuple[float, ...]
    left: tuple[float, ...]
    right: tuple[float, ...]

    @property
    def residual(self) -> float:
        r"""The largest distance of an entry of both sides."""
        return max(abs(a - b) for a, b in zip(self.left, self.right, strict=True))

    @property
    def verified(self) -> bool:
        r"""Whether the residual stands out of the rounding of double precision."""
        return self.residual > VISIBLE * max(abs(value) for value in self.left + self.right)

    def __str__(self) -> str:
        return (
            f"{self.generator} at x = {_vector(self.x)}: f(Ax) = {_vector(self.left)}, but B f(x) = "
            f"{_vector(self.right)}; residual {self.residual:.3g}"
        )


def find_witness(
    assignment: Assignment,
    a: Matrix,
    b: Matrix,
    columns: Sequence[int],
    generator: str,
    index: int,
    lie: bool = False,
) -> Witness | None:
    r"""Look for a point at which both sides differ.

    Args:
        assignment: The activations.
        a: The matrix on the inputs, or its Lie generator.
        b: The matrix on the outputs, or its Lie generator.
        columns: The coordinates where to look.
        generator: What to call the generator.
        index: Its number.
        lie: Whether these are Lie generators.

    Returns:
        The point at which the residual is largest beside the values, whether it can be seen or not; ``None`` if the
        values are finite nowhere.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance.assignment import assign
        >>> from pyg_symbreak.equivariance.constructors import sign
        >>> from pyg_symbreak.equivariance.multiplier import Multiplier
        >>> relu = assign(Multiplier.homogeneous("relu", torch.relu), sign(2))
        >>> find_witness(relu, sign(2).matrices[0], sign(2).matrices[0], [0], "generator 0", 0).verified
        True
    """
    best: tuple[float, Witness] | None = None
    points = candidates(a.dim, columns)
    before = assignment.apply(points)
    for time in TIMES if lie else (None,):
        left, right = _dense(a, time), _dense(b, time)
        one, two = assignment.apply(_moved(points, left)), _moved(before, right)
        size = torch.maximum(one.abs().amax(1), two.abs().amax(1))
        distance = (one - two).abs().amax(1)
        # A tiny floor keeps noise around zero from winning.
        share = torch.where(torch.isfinite(distance) & torch.isfinite(size), distance / (size + 1e-6), -1.0)
        # Among points that show it well the first is the most readable.
        k = int((share >= 0.4 * share.max()).byte().argmax())
        if float(share[k]) >= 0 and (best is None or float(share[k]) > best[0] * (1 + 1e-6)):
            name = generator if time is None else f"exp({time:g} X) of {generator}"
            values = (tuple(float(v) for v in part[k].tolist()) for part in (points, one, two))
            best = float(share[k]), Witness(name, index, time, *values)
    return None if best is None else best[1]


def candidates(dim: int, columns: Sequence[int]) -> Tensor:
    r"""Points to try, ``[m, dim]``: zero, multiples of single coordinates, pairs of them, and everywhere at random.

    .. code-block:: python

        >>> candidates(3, [0, 1]).size(1)
        3
    """
    whole = torch.tensor([1.0, 2.0, 3.0, 0.5, 5.0, 0.1, 10.0, 1.7], dtype=torch.float64)
    wide = torch.logspace(-8, 8, 65, dtype=torch.float64)
    # Small whole numbers come first: among equally good witnesses the most readable wins.
    single = torch.cat([whole, -whole, wide, -wide, torch.linspace(-8, 8, 80, dtype=torch.float64)])
    middle = torch.cat([whole, -whole, torch.tensor([30.0, -30.0, 0.01, -0.01, 1e3, -1e3], dtype=torch.float64)])
    found = [torch.zeros(1, dim, dtype=torch.float64)]
    for j in dict.fromkeys(columns[:2]):
        found.append(torch.zeros(single.numel(), dim, dtype=torch.float64))
        found[-1][:, j] = single
    if len(set(columns[:2])) == 2:
        found.append(torch.zeros(middle.numel() ** 2, dim, dtype=torch.float64))
        found[-1][:, columns[:2]] = torch.cartesian_prod(middle, middle)
    # Larger spaces get fewer points everywhere: the coordinates that matter are known.
    random = torch.randn(max(4, min(64, 100_000 // dim)), dim, generator=torch.Generator().manual_seed(0)).double()
    found += [random, 10 * random, torch.ones(1, dim, dtype=torch.float64)]
    return torch.cat(found)


def _dense(matrix: Matrix, time: float | None) -> Matrix | Tensor:
    return matrix if time is None else torch.linalg.matrix_exp(time * torch.from_numpy(matrix.dense()))


def _moved(points: Tensor, matrix: Matrix | Tensor) -> Tensor:
    """Points as rows, moved by a matrix."""
    if isinstance(matrix, Tensor):
        return points @ matrix.t()
    entries = [(i, j, float(value)) for j, column in enumerate(matrix.columns) for i, value in column]
    rows, columns, values = (list(part) for part in zip(*entries)) if entries else ([], [], [])
    terms = points[:, columns] * torch.tensor(values, dtype=torch.float64)
    return torch.zeros_like(points).index_add_(1, torch.tensor(rows, dtype=torch.long), terms)


def _vector(values: Sequence[float]) -> str:
    if len(values) <= 8:
        return f"({', '.join(f'{value + 0.0:.6g}' for value in values)})"
    # Long vectors are mostly zero: the places of the others say more.
    places = [f"{k}: {value:.6g}" for k, value in enumerate(values) if value != 0]
    return f"({', '.join(places[:6])}{', …' * (len(places) > 6)}{'; ' * bool(places)}else 0)"
