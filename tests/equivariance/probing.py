"""What numbers say about a function, for tests of what the registry says."""

from fractions import Fraction

import torch

NUMBERS = (-1, 2, Fraction(1, 2), -2, 3, -3, Fraction(3, 2), Fraction(-2, 3), 7, -0.1)


def passes(function, a):
    """The number b with f(ax) = b f(x) on random and on special points, or None; a plain reimplementation."""
    generator = torch.Generator().manual_seed(7)
    spread = torch.randn(4000, dtype=torch.float64, generator=generator)
    special = torch.tensor([0.0, 1e-7, 1e-5, 0.3, 0.5, 1.0, 2.0, 3.0, 6.0, 20.0, 40.0, 100.0], dtype=torch.float64)
    x = torch.cat([spread, 30 * spread, 1e-4 * spread, special, -special])
    inner, outer = function(x), function(float(a) * x)
    known = torch.isfinite(inner) & torch.isfinite(outer)
    inner, outer = inner[known], outer[known]
    if not bool((inner != 0).any()):
        return 1.0 if not bool((outer != 0).any()) else None
    k = int((inner.abs() - 1).abs().argmin())
    b = float(outer[k] / inner[k])
    scale = 1e-12 + 1e-9 * torch.maximum(outer.abs(), (b * inner).abs())
    return b if bool(((outer - b * inner).abs() <= scale).all()) else None


def agrees(multiplier, function):
    """Whether a multiplier group and its character are what the numbers say."""
    for a in NUMBERS:
        found = passes(function, a)
        if (found is not None) != multiplier.contains(a):
            return False
        if found is not None and multiplier.constant != 0:
            told = float(multiplier.character(a))
            if abs(told - found) > 1e-6 * max(1, abs(told)):
                return False
    return True
