r"""Whether a finite group permutes some basis of its space, as it is or up to signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

import numpy as np

from pyg_symbreak.equivariance.closure import close_with_images
from pyg_symbreak.equivariance.finite_group import FiniteGroup, IntArray, Subgroup
from pyg_symbreak.equivariance.linear import inverse, rank
from pyg_symbreak.equivariance.matrices import FloatArray, Matrix, Number
from pyg_symbreak.equivariance.representation import Representation

Found = list[tuple["Summand", int]]


@dataclass(frozen=True)
class Summand:
    r"""A space of functions on cosets, induced by a character of order at most two.

    Args:
        subgroup: The stabiliser :math:`H` of a basis vector, up to sign.
        values: The character :math:`\lambda` of :math:`H`, by which it acts on that vector; zero outside.
        character: The character of the induced representation, on all elements.

    .. code-block:: python

        >>> group = FiniteGroup([[1, 0]])
        >>> [summand.dim for summand in summands(group, 2)]
        [2, 1, 1]
    """

    subgroup: Subgroup
    values: tuple[int, ...]
    character: tuple[int, ...]

    @property
    def dim(self) -> int:
        r"""The dimension, which is the index of the subgroup."""
        return self.character[0]

    @property
    def signed(self) -> bool:
        r"""Whether the stabiliser changes signs."""
        return -1 in self.values

    def __str__(self) -> str:
        size = len(self.subgroup)
        return f"R^(G/H) with |H| = {size}{', induced from a sign' * self.signed}"


@dataclass(frozen=True)
class Bases:
    r"""In which bases a finite group permutes the coordinates.

    Args:
        permutation: Coset spaces with their multiplicities whose sum is the representation, so that any activation is
            admissible in a basis of it; ``None`` if there are none.
        signed: The same with signs allowed, so that odd activations are; ``None`` if there are none, and then only
            linear ones are left in every basis.
        exact: Whether the characters are known without rounding.
        basis: The matrix whose columns are such a basis, unsigned if there is one; rows of fractions or an array.
            ``None`` without a basis, and if only a character was given.
        representation: The representation in that basis, exact.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance.constructors import cyclic_plane
        >>> [n for n in range(1, 9) if admissible_bases(cyclic_plane(n)).signed is not None]
        [1, 2, 4]
    """

    permutation: tuple[tuple[Summand, int], ...] | None
    signed: tuple[tuple[Summand, int], ...] | None
    exact: bool
    basis: tuple[tuple[Fraction, ...], ...] | FloatArray | None = None
    representation: Representation | None = None

    @property
    def admits(self) -> str:
        r"""What is admissible in the best basis, in words."""
        if self.permutation is not None:
            return "any function"
        return "linear functions only" if self.signed is None else "odd functions"

    def __str__(self) -> str:
        if self.signed is None:
            return "No basis is permuted, not even up to signs: linear functions only."
        chosen = self.signed if self.permutation is None else self.permutation
        words = " + ".join(f"{count} x {summand}" if count > 1 else str(summand) for summand, count in chosen)
        return f"A basis is permuted{' up to signs' * (self.permutation is None)}: {words}. It admits {self.admits}."


def admissible_bases(
    representation: Representation, character: Sequence[Number] | None = None, *, limit: int = 200
) -> Bases:
    r"""Find out whether a basis exists in which a finite group acts by permutations, or by signed ones.

    A group permutes a basis if and only if the space is a sum of :math:`\mathbb{R}^{G/H}`; it does so up to signs if
    and only if it is a sum of representations induced by characters :math:`H \to \{\pm1\}`. Both are questions about
    characters, which are compared with those of all subgroups up to conjugacy. A finite monomial group is one of
    signed permutations after rescaling, so there is no third case.

    Args:
        representation: A representation of a finite group, of which the image counts.
        character: A character of that image to ask about instead, in the order of
            :meth:`~pyg_symbreak.equivariance.Representation.elements`.
        limit: How many elements to expect at most.

    Raises:
        ValueError: If the group is larger or not finite, or the character does not fit.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance.constructors import cyclic_plane, standard
        >>> print(admissible_bases(cyclic_plane(4)))
        A basis is permuted up to signs: R^(G/H) with |H| = 2, induced from a sign. It admits odd functions.
        >>> admissible_bases(standard(4)).admits, admissible_bases(standard(5)).admits
        ('odd functions', 'linear functions only')
    """
    if representation.is_finite is False:
        raise ValueError("'admissible_bases' expected a finite group (got a Lie generator that is not zero)")
    generators = representation.matrices or (Matrix.identity(representation.dim),)
    elements, images = close_with_images(generators, representation.dim, limit)
    given = [matrix.trace for matrix in elements] if character is None else list(character)
    group = FiniteGroup(images)
    if len(given) != len(group):
        raise ValueError(f"'admissible_bases' expected a character of {len(group)} values (got {len(given)})")
    exact = not any(isinstance(value, float) for value in given)
    values = np.array([float(value) for value in given])
    if values[0] < 0.5 or bool((np.abs(values[group.conjugates] - values) > 1e-6).any()):
        raise ValueError(
            "'admissible_bases' expected a character: equal on conjugates, positive at the identity (got another)"
        )
    whole = np.rint(values).astype(np.int64)
    if bool((np.abs(values - whole) > 1e-6).any()):
        # Traces of signed permutations are whole numbers.
        return Bases(None, None, exact)
    parts = summands(group, int(whole[0]))
    plain = decompose(whole, [part for part in parts if not part.signed], parts)
    signed = plain if plain is not None else decompose(whole, parts, parts)
    if signed is None or character is not None:
        return Bases(_tuple(plain), _tuple(signed), exact)
    columns = _basis(representation, elements, group, signed)
    back = inverse(columns)
    moved = [back @ matrix @ columns for matrix in representation.matrices]
    rounded = [Matrix.from_rows(np.rint(m.dense()).astype(int).tolist()) for m in moved]
    found = Representation(rounded, representation.lie_matrices, name=representation.name)
    basis = columns.nested() if columns.exact else columns.dense()
    return Bases(_tuple(plain), _tuple(signed), exact, basis, found)


def summands(group: FiniteGroup, dim: int) -> list[Summand]:
    r"""The representations induced by characters of order at most two, up to a dimension: one for every character.

    .. code-block:: python

        >>> [part.character for part in summands(FiniteGroup([[1, 0]]), 2)]
        [(2, 0), (1, 1), (1, -1)]
    """
    found: dict[tuple[int, ...], Summand] = {}
    for subgroup in group.subgroups():
        if len(group) > dim * len(subgroup):
            continue
        for values in group.characters_of_order_two(subgroup):
            character = tuple(group.induced(subgroup, values).tolist())
            part = Summand(subgroup, tuple(values.tolist()), character)
            # Among equal ones a coset space without signs is the better answer.
            if character not in found or (found[character].signed and not part.signed):
                found[character] = part
    return sorted(found.values(), key=lambda part: (-part.dim, part.signed))


def decompose(character: IntArray, parts: Sequence[Summand], tests: Sequence[Summand]) -> Found | None:
    r"""Write a character as a sum of some, with multiplicities, or ``None`` if it is none.

    What is left after some parts must be a character itself, so its inner products with those of ``tests`` must be
    whole numbers that are not negative: most attempts end early.

    Args:
        character: The character, on all elements.
        parts: The parts to use.
        tests: Parts to test with.

    .. code-block:: python

        >>> parts = summands(FiniteGroup([[1, 0]]), 2)
        >>> [(part.character, count) for part, count in decompose(np.array([3, 1]), parts, parts)]
        [((2, 0), 1), ((1, 1), 1)]
    """
    order = len(character)
    table = np.array([part.character for part in tests], dtype=np.int64).reshape(-1, order)
    dead: set[tuple[int, bytes]] = set()

    def search(at: int, left: IntArray) -> Found | None:
        if not left.any():
            return []
        products = table @ left
        key = (at, left.tobytes())
        if at == len(parts) or key in dead or bool((products < 0).any()) or bool((products % order != 0).any()):
            return None
        part = parts[at]
        values = np.array(part.character, dtype=np.int64)
        for count in range(int(left[0]) // part.dim, -1, -1):
            rest = search(at + 1, left - count * values)
            if rest is not None:
                return [(part, count), *rest] if count else rest
        dead.add(key)
        return None

    return search(0, np.asarray(character, dtype=np.int64))


def _basis(representation: Representation, elements: Sequence[Matrix], group: FiniteGroup, chosen: Found) -> Matrix:
    """A basis that is permuted: orbits of generic vectors on which the stabilisers act by the characters."""
    rng = np.random.default_rng(0)
    dim = representation.dim
    exact = all(matrix.exact for matrix in elements)
    for spread in range(1, 50):
        columns: list[list[Number]] = []
        for part, count in chosen:
            for _ in range(count):
                start = [int(value) for value in rng.integers(-spread, spread + 1, dim)]
                moved = [_scaled(_apply(elements[h], start), part.values[h]) for h in part.subgroup.members]
                vector: list[Number] = reduce(lambda u, v: [a + b for a, b in zip(u, v)], moved)
                columns.extend(_apply(elements[x], vector) for x in group.cosets(part.subgroup))
        rows = [[Fraction(v) if exact else float(v) for v in row] for row in zip(*columns)]
        matrix = Matrix.from_rows(rows)
        # Generic vectors do, if any do: the determinant is a polynomial in them that is not zero.
        if rank(matrix) == dim and (exact or np.linalg.cond(matrix.dense()) < 1e4):
            return matrix
    raise AssertionError("generic vectors of the right kind span the space")


def _apply(matrix: Matrix, vector: Sequence[Number]) -> list[Number]:
    return [sum((value * vector[j] for j, value in row), start=0) for row in matrix.rows]


def _scaled(vector: list[Number], factor: int) -> list[Number]:
    return [factor * value for value in vector]


def _tuple(found: Found | None) -> tuple[tuple[Summand, int], ...] | None:
    return None if found is None else tuple(found)
