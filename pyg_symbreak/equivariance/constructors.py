r"""Representations by the names that their field gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pyg_symbreak.equivariance.matrices import FloatArray, Matrix
from pyg_symbreak.equivariance.representation import Representation
from pyg_symbreak.groups.cosets import coset_images
from pyg_symbreak.groups.point_group import PointGroup


def trivial(dim: int = 1, *, num_generators: int = 1) -> Representation:
    r"""A group acting trivially on :math:`\mathbb{R}^{dim}`; of the group of a representation at hand, see its method.

    .. code-block:: python

        >>> trivial(3)
        Representation('trivial', dim=3)
    """
    _at_least("trivial", dim, 1)
    return Representation([Matrix.identity(dim)] * num_generators, name="trivial")


def permutation(n: int) -> Representation:
    r"""The symmetric group :math:`S_n` permuting the coordinates of :math:`\mathbb{R}^n`.

    The generators are the transposition of the first two coordinates and the cycle
    :math:`0 \to 1 \to \dots \to n-1 \to 0`, as in all representations of :math:`S_n` here.

    .. code-block:: python

        >>> permutation(3).generators[1]
        ((Fraction(0, 1), Fraction(0, 1), Fraction(1, 1)),
         (Fraction(1, 1), Fraction(0, 1), Fraction(0, 1)),
         (Fraction(0, 1), Fraction(1, 1), Fraction(0, 1)))
    """
    return Representation(
        [Matrix.monomial(images, [1] * n) for images in symmetric_generators(n)], name=f"S{n} on R^{n}"
    )


def sign(n: int) -> Representation:
    r"""The sign of the permutations in :math:`S_n`, on the line.

    .. code-block:: python

        >>> [int(m[0][0]) for m in sign(3).generators]
        [-1, 1]
    """
    swap, cycle = (-1 if n > 1 else 1), (-1) ** (_at_least("sign", n, 1) - 1)
    return Representation([[[swap]], [[cycle]]], name=f"sign of S{n}")


def standard(n: int) -> Representation:
    r"""The standard representation of :math:`S_n`: vectors with sum zero, in the basis :math:`e_i - e_{n-1}`.

    .. code-block:: python

        >>> standard(3).character()
        (2, 0, -1, 0, 0, -1)
    """
    _at_least("standard", n, 2)
    matrices = []
    for images in symmetric_generators(n):
        columns = []
        for j in range(n - 1):
            moved = [0] * n
            moved[images[j]] += 1
            moved[images[n - 1]] -= 1
            columns.append(moved[: n - 1])
        matrices.append([list(row) for row in zip(*columns)])
    return Representation(matrices, name=f"standard of S{n}")


def tensor_power(n: int, order: int) -> Representation:
    r"""The symmetric group on :math:`(\mathbb{R}^n)^{\otimes k}`, the features of invariant graph networks.

    .. code-block:: python

        >>> len(tensor_power(4, 2).orbits())  # diagonal and off-diagonal
        2
    """
    return permutation(n).tensor_power(order)


def young_module(partition: Sequence[int]) -> Representation:
    r"""The permutation module of the tabloids of a partition, :math:`\mathbb{R}^{S_n / S_\lambda}`.

    Args:
        partition: The numbers :math:`\lambda_1, \lambda_2, \dots`, positive; :math:`n` is their sum.

    .. code-block:: python

        >>> young_module([2, 2]).dim  # ways to split four points into two labelled pairs
        6
    """
    if not partition or any(part < 1 for part in partition):
        raise ValueError(f"'young_module' expected positive numbers (got {list(partition)})")
    letters = [row for row, part in enumerate(partition) for _ in range(part)]
    tabloids = _arrangements(letters)
    number = {tabloid: k for k, tabloid in enumerate(tabloids)}
    matrices = []
    for images in symmetric_generators(len(letters)):
        moved = [0] * len(tabloids)
        for k, tabloid in enumerate(tabloids):
            image = [0] * len(letters)
            for point, row in enumerate(tabloid):
                image[images[point]] = row
            moved[k] = number[tuple(image)]
        matrices.append(Matrix.monomial(moved, [1] * len(tabloids)))
    return Representation(matrices, name=f"M{tuple(partition)}")


def signed_permutation(n: int) -> Representation:
    r"""The hyperoctahedral group :math:`B_n` of all signed permutations of :math:`\mathbb{R}^n`.

    .. code-block:: python

        >>> len(signed_permutation(2).elements())
        8
    """
    flip = Matrix.monomial(range(n), [-1] + [1] * (n - 1))
    matrices = [Matrix.monomial(images, [1] * n) for images in symmetric_generators(n)]
    return Representation([*matrices, flip], name=f"B{n} on R^{n}")


def octahedral() -> Representation:
    r"""The octahedral group :math:`O_h` of the 48 symmetries of the cube, on space.

    .. code-block:: python

        >>> len(octahedral().elements())
        48
    """
    return Representation(signed_permutation(3).matrices, name="Oh on R^3")


def cyclic(n: int) -> Representation:
    r"""The cyclic group :math:`C_n` shifting the coordinates of :math:`\mathbb{R}^n`: its regular representation.

    .. code-block:: python

        >>> cyclic(3).character()
        (3, 0, 0)
    """
    _at_least("cyclic", n, 1)
    return Representation([Matrix.monomial([(j + 1) % n for j in range(n)], [1] * n)], name=f"C{n} on R^{n}")


def cyclic_plane(n: int, frequency: int = 1) -> Representation:
    r"""The cyclic group :math:`C_n` turning the plane by multiples of :math:`2\pi f / n`.

    The entries are exact if they are rational, for turns by multiples of a right angle, and floats otherwise.

    .. code-block:: python

        >>> cyclic_plane(4).is_exact, cyclic_plane(3).is_exact
        (True, False)
    """
    _at_least("cyclic_plane", n, 1)
    return Representation([_turn(frequency, n)], name=f"C{n} on R^2")


def dihedral_plane(n: int, frequency: int = 1) -> Representation:
    r"""The dihedral group :math:`D_n` of the regular ``n``-gon, by a turn and :math:`(x, y) \mapsto (x, -y)`.

    .. code-block:: python

        >>> len(dihedral_plane(4).elements()), len(dihedral_plane(3).elements())
        (8, 6)
    """
    _at_least("dihedral_plane", n, 1)
    return Representation([_turn(frequency, n), Matrix.monomial([0, 1], [1, -1])], name=f"D{n} on R^2")


def special_orthogonal(dim: int) -> Representation:
    r"""The rotations :math:`SO(d)` of :math:`\mathbb{R}^d`, by Lie generators in the planes of neighbouring axes.

    .. code-block:: python

        >>> special_orthogonal(3).lie_generators[0]
        ((Fraction(0, 1), Fraction(-1, 1), Fraction(0, 1)),
         (Fraction(1, 1), Fraction(0, 1), Fraction(0, 1)),
         (Fraction(0, 1), Fraction(0, 1), Fraction(0, 1)))
    """
    algebra = _rotation_algebra("special_orthogonal", dim)
    return Representation([] if algebra else [Matrix.identity(dim)], algebra, name=f"SO({dim})")


def orthogonal(dim: int) -> Representation:
    r"""The rotations and reflections :math:`O(d)` of :math:`\mathbb{R}^d`: Lie generators and one reflection.

    .. code-block:: python

        >>> orthogonal(3)
        Representation('O(3)', dim=3)
    """
    algebra = _rotation_algebra("orthogonal", dim)
    flip = Matrix.monomial(range(dim), [-1] + [1] * (dim - 1))
    return Representation([flip], algebra, name=f"O({dim})")


def euclidean(dim: int, n: int) -> Representation:
    r"""The group :math:`E(d) \times S_n` on :math:`\mathbb{R}^d \otimes \mathbb{R}^n`: vectors on ``n`` nodes.

    Vectors are differences of points, so translations act trivially and are left out. The generators of :math:`O(d)`
    come first, then those of :math:`S_n`; the coordinate of axis :math:`i` at node :math:`k` has number ``i * n + k``.

    .. code-block:: python

        >>> euclidean(3, 4)
        Representation('E(3) x S4', dim=12)
    """
    product = orthogonal(dim).external_product(permutation(n))
    return Representation(product.matrices, product.lie_matrices, name=f"E({dim}) x S{n}")


def point_group(group: PointGroup) -> Representation:
    r"""A finite group of rotations and reflections on its space; every element is a generator.

    Groups of signed permutations are exact, others numerical.

    .. code-block:: python

        >>> point_group(PointGroup.dihedral(4)).is_exact, point_group(PointGroup.icosahedral()).is_exact
        (True, False)
    """
    matrices: list[FloatArray] = [matrix.numpy() for matrix in group.matrices]
    exact = [matrix.astype(int) for matrix in matrices] if group.lattice else matrices
    return Representation(exact, name=f"{group.name} on R^{group.dim}")


def coset_space(
    generators: Sequence[Sequence[int]], subgroup: Sequence[Sequence[int]] = (), limit: int = 10_000
) -> Representation:
    r"""A permutation group :math:`G` acting on its cosets of a subgroup, :math:`\mathbb{R}^{G/H}`.

    Args:
        generators: Generators of :math:`G` as permutations, each the list of the images of :math:`0, 1, \dots`.
        subgroup: Generators of :math:`H`; none for the regular representation.
        limit: How many elements of :math:`G` to expect at most.

    Raises:
        ValueError: If a list is no permutation, the lengths differ, :math:`H` is not inside :math:`G`, or :math:`G` is
            larger than ``limit``.

    .. code-block:: python

        >>> coset_space([[1, 0, 2], [1, 2, 0]], [[1, 0, 2]]).dim
        3
    """
    found = [tuple(int(i) for i in images) for images in (*generators, *subgroup)]
    if not generators or any(sorted(images) != list(range(len(found[0]))) for images in found):
        raise ValueError(
            f"'coset_space' expected permutations of one set of numbers from 0 on (got {[*generators, *subgroup]})"
        )
    steps, inner = found[: len(generators)], found[len(generators) :]
    images = coset_images(steps, inner, owner="coset_space", limit=limit)
    if images is None:
        raise ValueError("'coset_space' expected a subgroup of the group (got a permutation outside of it)")
    return Representation([Matrix.monomial(row, [1] * len(row)) for row in images], name="coset space")


def symmetric_generators(n: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    r"""A transposition and a cycle that generate :math:`S_n`, as images.

    .. code-block:: python

        >>> symmetric_generators(3)
        ((1, 0, 2), (1, 2, 0))
    """
    if n < 1:
        raise ValueError(f"'symmetric_generators' expected at least one point (got {n})")
    swap = (1, 0, *range(2, n)) if n > 1 else (0,)
    return swap, tuple((j + 1) % n for j in range(n))


def _turn(step: int, n: int) -> Matrix:
    quarters, rest = divmod(4 * step, n)
    if rest == 0:
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters % 4]
        return Matrix.from_rows([[cos, -sin], [sin, cos]])
    angle = 2 * math.pi * step / n
    return Matrix.from_rows([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _rotation_algebra(name: str, dim: int) -> list[Matrix]:
    _at_least(name, dim, 1)
    algebra = []
    for axis in range(dim - 1):
        rows = [[0] * dim for _ in range(dim)]
        rows[axis][axis + 1], rows[axis + 1][axis] = -1, 1
        algebra.append(Matrix.from_rows(rows))
    return algebra


def _arrangements(letters: list[int]) -> list[tuple[int, ...]]:
    """All different orders of some letters."""
    if not letters:
        return [()]
    return [
        (letter, *rest)
        for letter in sorted(set(letters))
        for rest in _arrangements([*letters[: letters.index(letter)], *letters[letters.index(letter) + 1 :]])
    ]


def _at_least(name: str, value: int, least: int) -> int:
    if value < least:
        raise ValueError(f"'{name}' expected a number of at least {least} (got {value})")
    return value
