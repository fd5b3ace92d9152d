r"""Multiplier groups: the numbers that a point-wise function lets pass, and what becomes of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from torch import Tensor

from pyg_symbreak.equivariance.matrices import Number, tidy
from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup
from pyg_symbreak.equivariance.probe import factor_between, line_through

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Multiplier:
    r"""The multiplier group of a point-wise function, with its character.

    .. math::
        \Lambda_f = \{a \ne 0 : f(ax) = b\,f(x) \text{ for all } x \text{ and some } b\}, \qquad \chi_f(a) = b

    Both are closed under products, and for a continuous function :math:`\Lambda_f` is closed in :math:`\mathbb{R}^*`
    (not for every measurable one: :math:`x (1 + 1_\mathbb{Q}(x))` lets the rational numbers pass). Constant and
    affine functions are marked, as the decision treats them by other rules. Make one by the class methods, or find it
    by :func:`~pyg_symbreak.equivariance.registry.multiplier_of`.

    Args:
        name: What to call the function.
        function: The function itself, on float64 tensors.
        group: The group :math:`\Lambda_f`.
        power: On a dense group :math:`\chi_f(a) = |a|^p`; otherwise unused.
        step: On a group of powers, the character of the base, with its sign.
        flip: The character of :math:`-1`, where the group has it: 1 (even) or -1 (odd).
        constant: The number :math:`c` if :math:`f \equiv c`, else ``None``.
        affine: The numbers :math:`(\alpha, \beta)` if :math:`f(x) = \alpha x + \beta` with :math:`\alpha \ne 0`, else
            ``None``.
        exact: Whether all this is known rather than not refuted.
        pointwise: Whether there is one function of one variable at all.
        parts: One multiplier for every channel if the channels have different functions, else empty.
        reason: The class of the function in words.

    .. code-block:: python

        >>> import torch
        >>> relu = Multiplier.homogeneous("relu", torch.relu)
        >>> relu.contains(3), relu.contains(-3), relu.character(Fraction(1, 3))
        (True, False, Fraction(1, 3))
        >>> print(relu)
        relu: positively homogeneous of degree 1
    """

    name: str
    function: Function = field(repr=False, compare=False)
    group: MultiplicativeGroup
    power: Fraction = Fraction(0)
    step: Number = 1
    flip: int = 1
    constant: Number | None = None
    affine: tuple[Number, Number] | None = None
    exact: bool = True
    pointwise: bool = True
    parts: tuple[Multiplier, ...] = ()
    reason: str = ""

    @classmethod
    def generic(cls, name: str, function: Function) -> Multiplier:
        r"""No number but 1 passes."""
        return cls(name, function, MultiplicativeGroup("trivial"), reason="neither odd, even nor homogeneous")

    @classmethod
    def odd(cls, name: str, function: Function) -> Multiplier:
        r"""Only :math:`f(-x) = -f(x)`."""
        return cls(name, function, MultiplicativeGroup("sign"), flip=-1, reason="odd, not homogeneous")

    @classmethod
    def even(cls, name: str, function: Function) -> Multiplier:
        r"""Only :math:`f(-x) = f(x)`."""
        return cls(name, function, MultiplicativeGroup("sign"), flip=1, reason="even, not homogeneous")

    @classmethod
    def homogeneous(
        cls, name: str, function: Function, power: Number = 1, parity: int | None = None, *, exact: bool = True
    ) -> Multiplier:
        r"""A function :math:`f(ax) = a^p f(x)` for positive :math:`a`.

        Args:
            name: What to call the function.
            function: The function.
            power: The degree :math:`p`.
            parity: 1 if the function is even, -1 if it is odd, ``None`` if it is neither.
            exact: Whether this is known.
        """
        if parity is None:
            group, word = MultiplicativeGroup("positive"), "positively homogeneous"
        else:
            group, word = MultiplicativeGroup("all"), f"{'even' if parity == 1 else 'odd'} and homogeneous"
        degree = Fraction(power)
        flip = 1 if parity is None else parity
        return cls(
            name, function, group, power=degree, flip=flip, exact=exact, reason=f"{word} of degree {tidy(degree)}"
        )

    @classmethod
    def multiplicative(
        cls, name: str, function: Function, base: Number, image: Number | None = None, parity: int | None = None
    ) -> Multiplier:
        r"""A function :math:`f(bx) = b' f(x)` for one base :math:`b` and its powers only.

        Args:
            name: What to call the function.
            function: The function.
            base: The number :math:`b`; a negative one gives the family that only powers of :math:`-|b|` pass.
            image: The number :math:`b'`, by default :math:`b`.
            parity: 1 or -1 if the function is even or odd beside, else ``None``.

        Raises:
            ValueError: If the base is 0, 1 or -1, the image is 0, or a base below 0 comes with a parity.

        .. code-block:: python

            >>> import torch
            >>> def waves(x):
            ...     turn = torch.sin(math.pi * torch.log2(x.abs().clamp(min=1e-300)))
            ...     return x * (1 + 0.5 * torch.sign(x) * turn)
            >>> f = Multiplier.multiplicative("waves", waves, -2)
            >>> str(f.group), f.contains(-2), f.contains(2), f.character(-8), f.contains(-1)
            ('⟨−2⟩', True, False, -8, False)
        """
        image = base if image is None else image
        if base in (0, 1, -1) or image == 0 or (base < 0 and parity is not None):
            raise ValueError(
                f"'Multiplier.multiplicative' expected a base other than 0, 1 and -1, positive if a parity is given, "
                f"and an image that is not zero (got {base}, {image}, parity {parity})"
            )
        if _size(base) < 1:
            base, image = _inverse(base), _inverse(image)
        kind = MultiplicativeGroup.generated([base] if parity is None else [base, -1])
        words = "" if parity is None else f", {'even' if parity == 1 else 'odd'}"
        reason = f"f({tidy(base)}x) = {tidy(image)} f(x){words}"
        return cls(name, function, kind, step=image, flip=1 if parity is None else parity, reason=reason)

    @classmethod
    def straight(cls, name: str, function: Function, slope: Number = 1, offset: Number = 0) -> Multiplier:
        r"""An affine function with a slope that is not zero."""
        group = MultiplicativeGroup("all" if offset == 0 else "trivial")
        reason = "linear" if offset == 0 else "affine"
        return cls(name, function, group, power=Fraction(1), flip=-1, affine=(slope, offset), reason=reason)

    @classmethod
    def fixed(cls, name: str, function: Function, value: Number) -> Multiplier:
        r"""A constant function."""
        return cls(name, function, MultiplicativeGroup("all"), constant=value, reason=f"constant, {value}")

    @classmethod
    def not_pointwise(cls, name: str, reason: str) -> Multiplier:
        r"""What mixes entries or is random: there is no function of one variable to speak of."""
        return cls(name, _no_function(name), MultiplicativeGroup("trivial"), pointwise=False, reason=reason)

    @classmethod
    def by_channel(cls, name: str, function: Function, parts: tuple[Multiplier, ...]) -> Multiplier:
        r"""Different functions on different channels; numbers pass that pass all of them in the same way."""
        reason = "one function for every channel, of which those on one orbit have to be equal"
        return cls(name, function, MultiplicativeGroup("trivial"), pointwise=False, parts=parts, reason=reason)

    @classmethod
    def black_box(cls, name: str, function: Function) -> Multiplier:
        r"""A function of which only values are known: whatever no value refutes is assumed."""
        reason = "not refuted by values on a grid"
        line = line_through(function)
        if line is None:
            return cls(name, function, _not_refuted(function), exact=False, reason=reason)
        slope, offset = line
        made = cls.fixed(name, function, offset) if slope == 0 else cls.straight(name, function, slope, offset)
        return replace(made, exact=False, reason=f"{made.reason}, {reason}")

    @property
    def conditional(self) -> bool:
        r"""Whether the answer depends on which channel lies on which orbit."""
        return bool(self.parts)

    def contains(self, a: Number) -> bool:
        r"""Whether :math:`f(ax)` is a multiple of :math:`f(x)`; of a black box, whether nothing refutes it.

        .. code-block:: python

            >>> import torch
            >>> Multiplier.black_box("mine", torch.tanh).contains(-1)
            True
        """
        if a == 0:
            return False
        if self.parts:
            return all(part.contains(a) for part in self.parts) and len({part.character(a) for part in self.parts}) == 1
        if not self.pointwise:
            return a == 1
        if not self.exact:
            return a == 1 or factor_between(self.function, a) is not None
        return a in self.group

    def character(self, a: Number) -> Number:
        r"""The number :math:`b` with :math:`f(ax) = b\,f(x)`; exact for rationals wherever it is rational.

        Raises:
            ValueError: If there is none.

        .. code-block:: python

            >>> import torch
            >>> Multiplier.homogeneous("square", torch.square, 2, 1).character(Fraction(-3, 2))
            Fraction(9, 4)
        """
        if not self.contains(a):
            raise ValueError(f"'Multiplier.character' expected a number that passes {self.name} (got {a})")
        if a == 1:
            return 1
        if self.parts:
            return self.parts[0].character(a)
        if self.constant is not None:
            return 1
        if not self.exact:
            found = factor_between(self.function, a)
            near = Fraction(1.0 if found is None else found).limit_denominator(1000)
            # A measured factor that is within noise of a small fraction is read as that fraction.
            return tidy(near) if found is None or abs(float(near) - found) <= 1e-9 * abs(found) else found
        sign = self.flip if a < 0 else 1
        if self.group.dense:
            return tidy(sign * _power(_size(a), self.power))
        if self.group.base is None:
            return sign
        count = round(math.log(_size(a)) / math.log(self.group.base))
        return tidy(_power(self.step, Fraction(count)) * (sign if self.group.kind == "signed powers" else 1))

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def _size(value: Number) -> Number:
    return -value if value < 0 else value


def _inverse(value: Number) -> Number:
    return 1 / value if isinstance(value, float) else tidy(Fraction(1) / value)


def _power(value: Number, power: Fraction) -> Number:
    if isinstance(value, float):
        return math.pow(value, power)
    whole: Fraction = Fraction(value) ** power.numerator
    if power.denominator == 1:
        return whole
    roots = [_root(part, power.denominator) for part in (whole.numerator, whole.denominator)]
    if roots[0] is None or roots[1] is None:
        return math.pow(value, power)
    return Fraction(roots[0], roots[1])


def _root(value: int, order: int) -> int | None:
    near = round(value ** (1 / order))
    return next((root for root in (near - 1, near, near + 1) if root >= 0 and root**order == value), None)


def _no_function(name: str) -> Function:
    def function(x: Tensor) -> Tensor:
        raise TypeError(f"'Multiplier' expected a function of one variable (got {name})")

    return function


def _not_refuted(function: Function) -> MultiplicativeGroup:
    """The smallest closed group with all numbers of a short list that pass."""
    listed = (-1, 2, -2, 3, -3, 5, Fraction(3, 2), 10, math.e)
    return MultiplicativeGroup.generated([a for a in listed if factor_between(function, a) is not None])
