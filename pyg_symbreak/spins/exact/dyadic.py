r"""Floating point numbers as integers in a common unit, so that sums can be compared exactly."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

_BITS: Final = 59


def common_unit(values: npt.NDArray[np.float64]) -> int | None:
    r"""Find the largest power of two of which every number is an integer multiple.

    Every floating point number is an integer times a power of two. Where all of them fit into 59 bits together, sums
    with any signs can be taken in 64-bit integers without rounding, and two sums are equal only if they are.

    Args:
        values: Finite numbers.

    Returns:
        The exponent :math:`e` of the unit :math:`2^e`, or :obj:`None` if the absolute values add up to :math:`2^{59}`
        units or more.

    .. code-block:: python

        >>> common_unit(np.array([1.5, -3.0, 0.25])), common_unit(np.array([1.0, 1e-30]))
        (-2, None)
    """
    values = np.abs(values[values != 0])
    if not len(values):
        return 0
    mantissa, exponent = np.frexp(values)
    digits = np.ldexp(mantissa, 53).astype(np.int64)
    lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1
    unit = int((exponent - 53 + lowest).min())
    with np.errstate(over="ignore"):
        fits = np.ldexp(values, -unit).sum() < 2.0**_BITS
    return unit if fits else None
