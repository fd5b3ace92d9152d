r"""Closed subgroups of the multiplicative group of the reals, and which one some rationals generate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from pyg_symbreak.equivariance.matrices import Number, tidy

Kind = Literal["trivial", "sign", "powers", "negative powers", "signed powers", "positive", "all"]

DENOMINATOR: Final = 1000
"""The largest denominator that a float is read as a fraction with."""
SLACK: Final = 1e-9
"""How far, relatively, a float may be from such a fraction, and the logarithms of floats from a common measure."""


@dataclass(frozen=True)
class MultiplicativeGroup:
    r"""A closed subgroup of :math:`\mathbb{R}^*`: one of seven kinds.

    .. math::
        \{1\},\quad \{\pm1\},\quad \langle b\rangle,\quad \langle -b\rangle,\quad \langle \pm b\rangle,\quad
        \mathbb{R}_{>0},\quad \mathbb{R}^*

    with :math:`b > 1`. There are no others: logarithms of absolute values form a closed subgroup of
    :math:`\mathbb{R}`, which is zero, :math:`\mathbb{Z}\log b` or everything, and the signs add the rest. The group
    :math:`\langle -b\rangle` of the powers of :math:`-b` is the one that is easily forgotten.

    Args:
        kind: ``"trivial"``, ``"sign"``, ``"powers"`` (of :math:`b`), ``"negative powers"`` (of :math:`-b`),
            ``"signed powers"`` (:math:`\pm b^n`), ``"positive"`` or ``"all"``.
        base: The number :math:`b > 1` of the three kinds of powers, otherwise ``None``.
        numerical: Whether floats were rounded to find it.

    .. code-block:: python

        >>> for values in ([2, 3], [2, -3], [4, -2], [4, -4], [8, -2], [-1], []):
        ...     print(values, MultiplicativeGroup.generated(values))
        [2, 3] ℝ>0
        [2, -3] ℝ*
        [4, -2] ⟨−2⟩
        [4, -4] ⟨±4⟩
        [8, -2] ⟨±2⟩
        [-1] {±1}
        [] {1}
    """

    kind: Kind
    base: Number | None = None
    numerical: bool = False

    def __post_init__(self) -> None:
        if (self.kind in ("powers", "negative powers", "signed powers")) != (self.base is not None):
            raise ValueError(f"'MultiplicativeGroup' expected a base for powers only (got {self.kind}, {self.base})")
        if self.base is not None and not 1 < self.base < math.inf:
            raise ValueError(f"'MultiplicativeGroup' expected a base above 1 (got {self.base})")

    @staticmethod
    def generated(values: Iterable[Number], *, positive: bool = False) -> MultiplicativeGroup:
        r"""The smallest closed subgroup that contains some numbers.

        Rationals are written as products of powers of pairwise coprime numbers, which needs no factoring into primes.
        The vectors of exponents have rank 0, 1 or more. At rank 1 they are the multiples :math:`m_i` of one vector,
        which is that of :math:`b`, and signs :math:`s_i` leave :math:`\langle b\rangle` (all positive),
        :math:`\langle -b\rangle` (:math:`s_i \equiv m_i` modulo 2), or :math:`\langle\pm b\rangle`. At a higher rank
        the logarithms are dense.

        Floats are read as fractions of small denominators where they all are such, and compared by their logarithms
        otherwise; the result is marked as numerical.

        Args:
            values: The numbers.
            positive: Whether to add all positive numbers.

        Raises:
            ValueError: If a number is zero or not finite.
        """
        listed = [tidy(value) for value in values]
        for value in listed:
            if value == 0 or (isinstance(value, float) and not math.isfinite(value)):
                raise ValueError(
                    f"'MultiplicativeGroup.generated' expected finite numbers that are not zero (got {value})"
                )
        numerical = any(isinstance(value, float) for value in listed)
        negative = [value < 0 for value in listed]
        if positive:
            return MultiplicativeGroup("all" if any(negative) else "positive", None, numerical)
        rationals = [_rational(value) for value in listed]
        exact = [abs(value) for value in rationals if value is not None]
        base: Number | None
        if len(exact) == len(listed):
            multiples, base = _common_base(exact)
        else:
            multiples, base = _common_logarithm([abs(float(value)) for value in listed])
        if multiples is None:
            return MultiplicativeGroup("all" if any(negative) else "positive", None, numerical)
        if base is None:
            return MultiplicativeGroup("sign" if any(negative) else "trivial", None, numerical)
        kind: Kind = "signed powers"
        if not any(negative):
            kind = "powers"
        elif all(sign == bool(count % 2) for sign, count in zip(negative, multiples, strict=True)):
            kind = "negative powers"
        return MultiplicativeGroup(kind, base, numerical)

    @property
    def generators(self) -> tuple[Number, ...]:
        r"""Numbers that generate the group; with "positive" or "all", a dense part of it."""
        base = 1 if self.base is None else self.base
        return {
            "trivial": (),
            "sign": (-1,),
            "powers": (base,),
            "negative powers": (-base,),
            "signed powers": (base, -1),
            "positive": (2, 3),
            "all": (2, 3, -1),
        }[self.kind]

    @property
    def dense(self) -> bool:
        r"""Whether the group contains all positive numbers."""
        return self.kind in ("positive", "all")

    def __contains__(self, value: Number) -> bool:
        if value == 0:
            return False
        if self.dense:
            return value > 0 or self.kind == "all"
        larger = MultiplicativeGroup.generated([*self.generators, value])
        if larger.kind != self.kind or larger.base is None or self.base is None:
            return larger.kind == self.kind
        return math.isclose(larger.base, self.base, rel_tol=SLACK) if larger.numerical else larger.base == self.base

    def __le__(self, other: MultiplicativeGroup) -> bool:
        if self.dense and not other.dense:
            return False
        return all(value in other for value in self.generators)

    def __str__(self) -> str:
        shown = "" if self.base is None else f"{self.base:.6g}" if isinstance(self.base, float) else str(self.base)
        return {
            "trivial": "{1}",
            "sign": "{±1}",
            "powers": f"⟨{shown}⟩",
            "negative powers": f"⟨−{shown}⟩",
            "signed powers": f"⟨±{shown}⟩",
            "positive": "ℝ>0",
            "all": "ℝ*",
        }[self.kind]


def coprime_base(values: Iterable[int]) -> list[int]:
    r"""Pairwise coprime numbers above 1 such that every one of some positive numbers is a product of their powers.

    .. code-block:: python

        >>> coprime_base([4, 8, 12])
        [2, 3]
    """
    base: list[int] = []
    waiting = [value for value in values if value > 1]
    while waiting:
        value = waiting.pop()
        for k, other in enumerate(base):
            common = math.gcd(value, other)
            if common > 1:
                del base[k]
                waiting.extend(part for part in (common, value // common, other // common) if part > 1)
                break
        else:
            base.append(value)
        # An equal pair leaves (v, 1, 1): one of them goes, so the product of what is left falls in every step.
    return sorted(base)


def _rational(value: Number) -> Fraction | None:
    if not isinstance(value, float):
        return Fraction(value)
    near = Fraction(value).limit_denominator(DENOMINATOR)
    return near if abs(float(near) - value) <= SLACK * abs(value) else None


def _common_base(values: Sequence[Fraction]) -> tuple[list[int] | None, Fraction | None]:
    """Multiples m and a base b > 1 with values = b^m; no base if all are 1, no multiples if there is none."""
    base = coprime_base([part for value in values for part in (value.numerator, value.denominator)])
    vectors = [[_power(value.numerator, p) - _power(value.denominator, p) for p in base] for value in values]
    first = next((vector for vector in vectors if any(vector)), None)
    if first is None:
        return [0] * len(values), None
    divisor = math.gcd(*first)
    direction = [entry // divisor for entry in first]
    lead = next(k for k, entry in enumerate(direction) if entry)
    multiples = [vector[lead] // direction[lead] for vector in vectors]
    if any(vector != [m * entry for entry in direction] for vector, m in zip(vectors, multiples)):
        return None, None
    step = math.gcd(*multiples)
    found = math.prod((Fraction(p) ** (entry * step) for p, entry in zip(base, direction)), start=Fraction(1))
    multiples = [m // step for m in multiples]
    return multiples, found if found > 1 else 1 / found


def _power(value: int, base: int) -> int:
    count = 0
    while value % base == 0:
        value, count = value // base, count + 1
    return count


def _common_logarithm(values: Sequence[float]) -> tuple[list[int] | None, float | None]:
    """The same for floats: Euclid's algorithm on logarithms, until what is left is noise."""
    logs = [math.log(value) for value in values]
    size = max(abs(log) for log in logs)
    if size <= SLACK:
        return [0] * len(values), None
    measure = 0.0
    for log in logs:
        a, b = measure, abs(log)
        while b > 1e-6 * size:
            a, b = b, math.fmod(a, b)
            b = min(b, a - b) if a else b
        measure = a
    multiples = [round(log / measure) for log in logs]
    # Two numbers without a common measure also leave something small: a true one fits as well as floats can.
    if max(map(abs, multiples)) > 10_000 or any(
        abs(log - m * measure) > 100 * SLACK * size for log, m in zip(logs, multiples)
    ):
        return None, None
    return multiples, math.exp(measure)
