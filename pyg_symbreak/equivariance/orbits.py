r"""Orbits of coordinates under monomial matrices, and the best diagonal change of basis on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pyg_symbreak.equivariance.matrices import Matrix, Number, tidy
from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup


@dataclass(frozen=True)
class Orbit:
    r"""Coordinates that a monomial group carries onto each other, up to factors.

    Args:
        coordinates: The coordinates, ascending.
        given: The closed group that the entries on the orbit generate, in the basis as it is.
        rescaled: The same after the change of basis by ``scale``; no diagonal change makes it smaller.
        scale: For each of these coordinates the entry of the diagonal :math:`D` of that change, :math:`y = Dx`.

    .. code-block:: python

        >>> orbit, = monomial_orbits([Matrix.from_rows([[0, -2], [Fraction(-1, 2), 0]])], [], 2)
        >>> str(orbit.given), str(orbit.rescaled), orbit.scale
        ('⟨−2⟩', '{1}', (1, -2))
    """

    coordinates: tuple[int, ...]
    given: MultiplicativeGroup
    rescaled: MultiplicativeGroup
    scale: tuple[Number, ...]


def components(matrices: Sequence[Matrix], dim: int) -> tuple[tuple[int, ...], ...]:
    r"""The finest partition of the coordinates that no matrix mixes; for monomial matrices, their orbits.

    .. code-block:: python

        >>> components([Matrix.from_rows([[0, 0, 1], [0, 1, 0], [1, 0, 0]])], 3)
        ((0, 2), (1,))
    """
    parent = list(range(dim))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for matrix in matrices:
        for j, column in enumerate(matrix.columns):
            for i, _ in column:
                a, b = root(i), root(j)
                parent[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for i in range(dim):
        found.setdefault(root(i), []).append(i)
    return tuple(tuple(members) for members in found.values())


def spanning_scales(matrices: Sequence[Matrix], dim: int) -> tuple[list[Number], dict[int, list[Number]]]:
    r"""Rescale monomial matrices so that the edges of a Schreier tree of every orbit carry ones.

    The generators join coordinate :math:`j` to :math:`p(j)` by an edge with label :math:`a_j`. In coordinates
    :math:`y = Dx` the label is :math:`D_{p(j)} a_j / D_j`. Going along a tree from the smallest coordinate of an orbit,
    :math:`D` is chosen so that the labels of the tree are one. The labels of the other edges then are products around
    closed walks (and the image of a character of the stabiliser), which no choice of :math:`D` can change.

    Returns:
        The diagonal of :math:`D`, and from the smallest coordinate of every orbit to the labels of its edges then.

    .. code-block:: python

        >>> spanning_scales([Matrix.from_rows([[0, -2], [Fraction(-1, 2), 0]])], 2)
        ([1, -2], {0: [1, 1]})
    """
    arrows = [(j, matrix.columns[j][0]) for matrix in matrices for j in range(dim)]
    near: list[list[tuple[int, Number]]] = [[] for _ in range(dim)]
    for j, (i, value) in arrows:
        near[j].append((i, _inverse(value)))
        near[i].append((j, value))
    scale: list[Number] = [0] * dim
    home = [0] * dim
    for start in range(dim):
        if scale[start] != 0:
            continue
        scale[start], home[start] = 1, start
        queue = [start]
        for j in queue:
            for i, factor in near[j]:
                if scale[i] == 0:
                    scale[i], home[i] = tidy(scale[j] * factor), start
                    queue.append(i)
    loops: dict[int, list[Number]] = {}
    for start in sorted(set(home)):
        loops[start] = []
    for j, (i, value) in arrows:
        loops[home[j]].append(tidy(scale[i] * value * _inverse(scale[j])))
    return scale, loops


def monomial_orbits(matrices: Sequence[Matrix], lie_matrices: Sequence[Matrix], dim: int) -> tuple[Orbit, ...]:
    r"""Analyse monomial generators and diagonal Lie generators orbit by orbit.

    An entry of a Lie generator that is not zero scales its coordinate, and with it the orbit, by every positive factor.

    Args:
        matrices: Monomial matrices.
        lie_matrices: Diagonal matrices.
        dim: Their size.

    Raises:
        ValueError: If a matrix is of another kind.

    .. code-block:: python

        >>> [str(orbit.given) for orbit in monomial_orbits([Matrix.from_rows([[-1, 0], [0, 3]])], [], 2)]
        ['{±1}', '⟨3⟩']
    """
    if not all(m.is_monomial for m in matrices) or not all(x.is_diagonal for x in lie_matrices):
        raise ValueError("'monomial_orbits' expected monomial generators and diagonal Lie generators (got others)")
    scale, loops = spanning_scales(matrices, dim)
    scaling = {j for x in lie_matrices for j, column in enumerate(x.columns) if column}
    found = []
    for orbit in components(matrices, dim):
        positive = any(j in scaling for j in orbit)
        labels = [matrix.columns[j][0][1] for matrix in matrices for j in orbit]
        given = MultiplicativeGroup.generated(labels, positive=positive)
        best = MultiplicativeGroup.generated(loops[orbit[0]], positive=positive)
        # A basis that is as good as any is left alone.
        found.append(Orbit(orbit, given, best, tuple(1 if given == best else scale[j] for j in orbit)))
    return tuple(found)


def _inverse(value: Number) -> Number:
    return 1 / value if isinstance(value, float) else tidy(Fraction(1) / value)
