"""A share of a counted whole, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Ratio"]

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Ratio:
    r"""A share with its two counts, so that the denominator is never in doubt, and its interval.

    The interval is Wilson's score interval at 95 % ("Probable inference, the law of succession, and statistical
    inference", JASA 1927): it stays inside ``[0, 1]`` and is honest for shares near 0 and 1, also for few samples.

    Args:
        numerator (int): How many have the property.
        denominator (int): Out of how many. With 0, :attr:`value` is NaN and the interval ``[0, 1]``.

    Raises:
        ValueError: If not ``0 <= numerator <= denominator``.

    .. code-block:: python

        >>> from pyg_symbreak.metrics.ratio import Ratio
        >>> valid = Ratio(39, 40)
        >>> valid.value, round(valid.low, 3), round(valid.high, 3)
        (0.975, 0.871, 0.996)
        >>> print(valid)
        39/40 = 0.9750 [0.8712, 0.9956]
    """

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise ValueError(
                f"'Ratio' expected 0 <= numerator <= denominator (got {self.numerator} of {self.denominator})"
            )

    @property
    def value(self) -> float:
        """The share; NaN out of nothing."""
        return self.numerator / self.denominator if self.denominator else math.nan

    @property
    def low(self) -> float:
        """The lower end of the 95 % interval."""
        return self._wilson()[0]

    @property
    def high(self) -> float:
        """The upper end of the 95 % interval."""
        return self._wilson()[1]

    def to_dict(self) -> dict[str, float | int | None]:
        """The counts, the share and its interval under their names, ready for JSON; ``None`` for a share of nothing.

        .. code-block:: python

            >>> from pyg_symbreak.metrics.ratio import Ratio
            >>> Ratio(1, 2).to_dict()["denominator"]
            2
        """
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value if self.denominator else None,
            "low": self.low,
            "high": self.high,
        }

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator} = {self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"

    def _wilson(self) -> tuple[float, float]:
        n = self.denominator
        if n == 0:
            return 0.0, 1.0
        share, z2 = self.numerator / n, Z_95 * Z_95
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
        low = 0.0 if self.numerator == 0 else middle - half
        high = 1.0 if self.numerator == n else middle + half
        return low, high
