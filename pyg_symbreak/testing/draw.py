r"""The exact check of a random draw: the noise is handed in, and moved along."""

from __future__ import annotations

from typing import Any

import torch

from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.groups import GroupElement
from pyg_symbreak.testing.elements import Sampler, element_values, elements, isolated_seed, move_input
from pyg_symbreak.testing.exact import TOLERANCES


def assert_equivariant_draw(
    canonicalizer: Canonicalizer,
    x: Any,
    *,
    sample: Sampler | None = None,
    num_samples: int = 8,
    num_noises: int = 3,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    r"""Assert that a canonicalizer is exactly equivariant once its noise is given and moved with the input.

    .. math::
        \tilde g(h \cdot x, h \cdot \varepsilon) = h \cdot \tilde g(x, \varepsilon)

    A stochastic layer can be checked in law only, or exactly with its randomness isolated; this is the second way, and
    finds errors far below what a statistical test can see. That the noise itself has an invariant law is checked by
    :func:`~pyg_symbreak.testing.assert_equivariant_in_law`.

    Args:
        canonicalizer: One that takes its noise (:meth:`~pyg_symbreak.canonicalizers.Canonicalizer.noise`).
        x: A ``Data``, a ``Batch``, or a tensor.
        sample: Draws the group element to test with, from ``x`` and a generator; permutations by default.
        num_samples: How many random elements.
        num_noises: How many draws of the noise.
        atol: The largest difference of two entries; by default that of the dtype.
        seed: The seed of everything.

    Raises:
        AssertionError: If a drawn element differs, or is not finite.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.canonicalizers import HaarCanonicalizer
        >>> from pyg_symbreak.groups import Orthogonal
        >>> cloud = Data(pos=torch.randn(5, 3))
        >>> def turns(x, generator):
        ...     return Orthogonal.random(torch.tensor([0, 5]), 3, generator=generator)
        >>> assert_equivariant_draw(HaarCanonicalizer(), cloud, sample=turns)
    """
    generator = torch.Generator().manual_seed(seed)
    with isolated_seed(seed), torch.no_grad():
        for _ in range(num_noises):
            noise = canonicalizer.noise(x, generator=generator)
            kinds = canonicalizer.noise_kinds
            if set(noise) != set(kinds):
                raise AssertionError(f"'noise_kinds' names {sorted(kinds)}, and 'noise' {sorted(noise)}")
            plain = _draw(canonicalizer, x, noise)
            for h in elements(x, sample, num_samples, generator):
                moved = {name: h.act_as(value, kinds[name]) for name, value in noise.items()}
                _compare(_draw(canonicalizer, move_input(h, x), moved), h.compose(plain), h, atol)


def _draw(canonicalizer: Canonicalizer, x: Any, noise: dict[str, torch.Tensor]) -> GroupElement:
    out: GroupElement = canonicalizer(x, noise=noise)
    return out


def _compare(actual: GroupElement, expected: GroupElement, h: GroupElement, atol: float | None) -> None:
    found = element_values(actual)
    for name, wanted in element_values(expected).items():
        if name not in found:
            continue
        got = found[name]
        limit = TOLERANCES.get(got.dtype, 0.0) if atol is None or not got.is_floating_point() else atol
        gap = (got.double() - wanted.double()).abs().nan_to_num(nan=torch.inf)
        if got.shape != wanted.shape or (gap.numel() > 0 and float(gap.max()) > limit):
            raise AssertionError(f"the draw is not equivariant: {name} differs by {float(gap.max()):.3g} for h = {h!r}")
