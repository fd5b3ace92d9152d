r"""How near configurations of spins come to the ground states, and whether all of these are found equally often."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symbreak.metrics.ratio import Ratio

__all__ = ["GroundStateLaw", "distinct_states", "ground_state_law", "relative_gap", "solved"]


def relative_gap(energy: Tensor, ground: Tensor) -> Tensor:
    r"""Compute how far energies lie above the exact ground state, :math:`(E - E_0) / |E_0|`.

    Args:
        energy: Energies, ``[..., B]``.
        ground: The exact energies of the ground states, ``[B]``.

    Returns:
        ``[..., B]``, float64. Where :math:`E_0` is zero (no couplings and no field), the energy itself.

    Raises:
        ValueError: If the last dimensions differ.

    .. code-block:: python

        >>> relative_gap(torch.tensor([[-2.0, -3.0], [-1.0, -4.0]]), torch.tensor([-2.0, -4.0]))
        tensor([[0.0000, 0.2500],
                [0.5000, 0.0000]], dtype=torch.float64)
    """
    if ground.dim() != 1 or energy.shape[-1:] != ground.shape:
        raise ValueError(
            f"'relative_gap' expected 'energy' [..., B] and 'ground' [B] "
            f"(got {list(energy.shape)} and {list(ground.shape)})"
        )
    exact = ground.double()
    return (energy.double() - exact) / torch.where(exact == 0, 1.0, exact.abs())


def solved(energy: Tensor, ground: Tensor, *, tolerance: float = 1e-5) -> Ratio:
    r"""Count the lattices of which some configuration is a ground state.

    Args:
        energy: Energies, ``[B]``, or those of several configurations of each lattice, ``[S, B]``: the best counts.
        ground: The exact energies of the ground states, ``[B]``.
        tolerance: The largest relative gap that counts as none: energies are sums in floating point.

    Raises:
        ValueError: If the last dimensions differ, or there is no configuration.

    .. code-block:: python

        >>> print(solved(torch.tensor([[-2.0, -3.0], [-1.0, -3.5]]), torch.tensor([-2.0, -4.0])))
        1/2 = 0.5000 [0.0945, 0.9055]
    """
    gap = relative_gap(energy, ground).reshape(-1, ground.numel())
    if gap.size(0) == 0:
        raise ValueError(f"'solved' expected at least one configuration of each lattice (got {list(energy.shape)})")
    return Ratio(int((gap.amin(0) <= tolerance).sum()), ground.numel())


def distinct_states(spins: Tensor) -> int:
    r"""Count the different configurations among samples ``[S, *sizes]``.

    .. code-block:: python

        >>> distinct_states(torch.tensor([[1, -1, 1], [1, -1, 1], [-1, 1, -1]]))
        2
    """
    return len(torch.unique(spins.flatten(1), dim=0)) if spins.numel() > 0 else 0


@dataclass(frozen=True)
class GroundStateLaw:
    r"""How samples spread over the ground states of one lattice.

    Args:
        counts: How often each ground state was sampled, ``[M]``, int64.
        exact: How many samples are ground states.
        p_value: Of "all ground states are equally likely" (:math:`\chi^2`), among the samples that are ground states.
            One, if there is only one ground state; NaN, if no sample is a ground state.
    """

    counts: Tensor
    exact: Ratio
    p_value: float

    @property
    def found(self) -> Ratio:
        r"""How many of the ground states were sampled at all."""
        return Ratio(int((self.counts > 0).sum()), self.counts.numel())

    @property
    def uniform(self) -> bool:
        r"""Whether every sample is a ground state, and the test does not reject their equality at a level of 0.1 %."""
        return self.exact.numerator == self.exact.denominator and self.p_value >= 1e-3


def ground_state_law(samples: Tensor, ground_states: Tensor) -> GroundStateLaw:
    r"""Test whether samples are ground states, and uniform over all of them.

    The equivariant conditional law of a uniformly drawn ground state is uniform on all of them. A model that has
    learned it finds each as often as any other; one that always returns the same one has broken the symmetry of the
    data set and not of the input. The law of :math:`\chi^2` holds for five samples or more for each ground state.

    Args:
        samples: Configurations ±1 of one lattice, ``[S, *sizes]``, drawn independently.
        ground_states: All ground states, ``[M, *sizes]``, each once.

    Raises:
        ValueError: If the shapes differ, there are no samples or no ground states, or one of these comes twice.

    .. code-block:: python

        >>> two = torch.tensor([[1, -1, 1, -1], [-1, 1, -1, 1]])
        >>> law = ground_state_law(two.repeat(10, 1), two)
        >>> law.counts, law.p_value, law.uniform
        (tensor([10, 10]), 1.0, True)
        >>> ground_state_law(two[:1].repeat(20, 1), two).uniform
        False
    """
    if samples.shape[1:] != ground_states.shape[1:] or samples.dim() < 2:
        raise ValueError(
            f"'ground_state_law' expected 'samples' [S, *sizes] and 'ground_states' [M, *sizes] "
            f"(got {list(samples.shape)} and {list(ground_states.shape)})"
        )
    total, size = samples.size(0), ground_states.size(0)
    if total == 0 or size == 0:
        raise ValueError(f"'ground_state_law' expected samples and ground states (got {total} and {size})")
    rows = torch.cat([ground_states.flatten(1).to(torch.int8), samples.flatten(1).to(torch.int8)])
    kind = torch.unique(rows, dim=0, return_inverse=True)[1]
    known, drawn = kind[:size], kind[size:]
    if known.unique().numel() != size:
        raise ValueError("'ground_state_law' expected every ground state once (got one of them twice)")
    counts = torch.bincount(drawn, minlength=int(kind.max()) + 1)[known]
    exact = Ratio(int(counts.sum()), total)
    return GroundStateLaw(counts, exact, _chi_square_uniform(counts.double()))


def _chi_square_uniform(counts: Tensor) -> float:
    """Pearson's test; the checkers have it too, but nothing but tests may import them."""
    expected = counts.mean()
    if float(expected) == 0:
        return math.nan
    if counts.numel() < 2:
        return 1.0
    statistic = ((counts - expected) ** 2 / expected).sum()
    degrees = torch.tensor((counts.numel() - 1) / 2, dtype=torch.float64, device=counts.device)
    return float(torch.special.gammaincc(degrees, statistic / 2))
