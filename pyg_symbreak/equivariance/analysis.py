r"""What a representation says about activations before any is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyg_symbreak.equivariance.matrices import Matrix, Number
from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup
from pyg_symbreak.equivariance.orbits import Orbit, monomial_orbits
from pyg_symbreak.equivariance.representation import Representation

MAX_ORBITS_SHOWN = 12


@dataclass(frozen=True)
class Analysis:
    r"""The orbits of coordinates of a representation, and which activations each of them admits.

    Args:
        representation: The representation.
        orbits: The orbits with the groups that their entries generate, as given and after the best diagonal change of
            basis; empty if the matrices are not monomial.
        scale: The diagonal :math:`D` of that change for all coordinates, or ``None``.
        mixing: Which generator mixes coordinates, in words, or ``None`` if the matrices are monomial.
        connected: ``"none"`` without a Lie generator other than zero, ``"scaling"`` if they are all diagonal,
            ``"mixing"`` if one is not: then only linear (or affine, see next) functions are left.
        unit_row_sums: Whether every element fixes the vector of ones, so that affine functions pass.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance.constructors import octahedral
        >>> print(analyse(octahedral()))
        Oh on R^3, of dimension 3, is monomial with 1 orbit of coordinates.
        Orbit 0 (3 coordinates): entries {±1}; odd functions, f(-x) = -f(x), such as tanh.
    """

    representation: Representation
    orbits: tuple[Orbit, ...]
    scale: tuple[Number, ...] | None
    mixing: str | None
    connected: Literal["none", "scaling", "mixing"]
    unit_row_sums: bool

    @property
    def is_monomial(self) -> bool:
        r"""Whether every element has one entry in every row and column."""
        return self.mixing is None

    @property
    def linear_only(self) -> bool:
        r"""Whether no activation is left but :math:`\alpha x`, or :math:`\alpha x + \beta` with unit row sums."""
        return self.mixing is not None

    @property
    def admits(self) -> tuple[str, ...]:
        r"""For every orbit what it admits as given, in words; one line for all if the matrices are not monomial."""
        if self.mixing is not None:
            return ("affine functions only" if self.unit_row_sums else "linear functions only",)
        return tuple(admitted(orbit.given) for orbit in self.orbits)

    @property
    def admits_rescaled(self) -> tuple[str, ...]:
        r"""The same after the diagonal change of basis :math:`y = Dx`."""
        return self.admits if self.mixing is not None else tuple(admitted(orbit.rescaled) for orbit in self.orbits)

    def __str__(self) -> str:
        name = "The representation" if self.representation.name is None else self.representation.name
        head = f"{name}, of dimension {self.representation.dim},"
        if self.mixing is not None:
            return f"{head} is not monomial: {self.mixing}.\nIn this basis it admits {self.admits[0]}."
        count = len(self.orbits)
        lines = [f"{head} is monomial with {count} orbit{'s' * (count != 1)} of coordinates."]
        for k, orbit in enumerate(self.orbits[:MAX_ORBITS_SHOWN]):
            size = len(orbit.coordinates)
            line = f"Orbit {k} ({size} coordinate{'s' * (size != 1)}): entries {orbit.given}; {self.admits[k]}."
            if orbit.given != orbit.rescaled:
                scale = ", ".join(str(value) for value in orbit.scale[:8]) + ", …" * (size > 8)
                line += f" In the basis rescaled by ({scale}): {orbit.rescaled}; {self.admits_rescaled[k]}."
            lines.append(line)
        if count > MAX_ORBITS_SHOWN:
            lines.append(f"… and {count - MAX_ORBITS_SHOWN} more orbits.")
        return "\n".join(lines)


def analyse(representation: Representation) -> Analysis:
    r"""Find out which kinds of activations a representation admits, orbit by orbit.

    Args:
        representation: The representation.

    .. code-block:: python

        >>> swap = Representation([[[0, -2], [-0.5, 0]]])
        >>> analyse(swap).admits, analyse(swap).admits_rescaled, analyse(swap).scale
        (('functions with f(-2x) = -2 f(x)',), ('any function',), (1, -2.0))
    """
    mixing = next(
        (
            text
            for kind, matrices, lie in (
                ("generator", representation.matrices, False),
                ("Lie generator", representation.lie_matrices, True),
            )
            for k, matrix in enumerate(matrices)
            if (text := _mixing(f"{kind} {k}", matrix, lie)) is not None
        ),
        None,
    )
    connected: Literal["none", "scaling", "mixing"] = "none"
    if any(not x.is_zero for x in representation.lie_matrices):
        connected = "scaling" if all(x.is_diagonal for x in representation.lie_matrices) else "mixing"
    sums: list[tuple[Number, int]] = [(value, 1) for m in representation.matrices for value in m.row_sums]
    sums += [(value, 0) for x in representation.lie_matrices for value in x.row_sums]
    unit = all(
        abs(float(value - target)) <= 1e-9 if isinstance(value, float) else value == target for value, target in sums
    )
    orbits: tuple[Orbit, ...] = ()
    scale: list[Number] = [1] * representation.dim
    if mixing is None:
        orbits = monomial_orbits(representation.matrices, representation.lie_matrices, representation.dim)
        for orbit in orbits:
            for j, value in zip(orbit.coordinates, orbit.scale):
                scale[j] = value
    return Analysis(representation, orbits, None if mixing is not None else tuple(scale), mixing, connected, unit)


def admitted(group: MultiplicativeGroup) -> str:
    r"""The functions that pass all numbers of a group as themselves, in words.

    .. code-block:: python

        >>> admitted(MultiplicativeGroup.generated([2, 3]))
        'positively homogeneous functions, f(ax) = a f(x) for a > 0, such as ReLU'
    """
    base = f"{group.base:.6g}" if isinstance(group.base, float) else str(group.base)
    shown = f"({base})" if "/" in base else base
    return {
        "trivial": "any function",
        "sign": "odd functions, f(-x) = -f(x), such as tanh",
        "powers": f"functions with f({shown}x) = {shown} f(x), such as ReLU",
        "negative powers": f"functions with f(-{shown}x) = -{shown} f(x)",
        "signed powers": f"odd functions with f({shown}x) = {shown} f(x)",
        "positive": "positively homogeneous functions, f(ax) = a f(x) for a > 0, such as ReLU",
        "all": "linear functions only",
    }[group.kind]


def _mixing(name: str, matrix: Matrix, lie: bool) -> str | None:
    if lie:
        if matrix.is_diagonal:
            return None
        turn = matrix.transpose().scaled([-1] * matrix.dim, [1] * matrix.dim) == matrix
        return f"{name} is {'antisymmetric' if turn else 'not diagonal'} and not zero, so it mixes coordinates"
    for i, row in enumerate(matrix.rows):
        if len(row) > 1:
            return f"{name} mixes coordinates {row[0][0]} and {row[1][0]} in row {i}"
    return None
