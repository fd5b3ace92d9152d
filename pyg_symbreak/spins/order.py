r"""Order parameters: which phase a configuration is in."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import torch
from torch import Tensor

_AXES: Final = "xyz"


def order_parameters(spins: Tensor, defined_only: bool = False) -> dict[str, Tensor]:
    r"""Compute the magnetisation, the staggered magnetisation and the stripe orders of configurations.

    Each is the mean of the spins times a pattern of signs that is constant along some directions and alternates along
    the others, and so lies between -1 and 1; a ground state of uniform couplings reaches ±1 in one of them. Pictures
    show the modulus, since configurations that differ by a symmetry of the lattice differ in the sign.

    Args:
        spins: Spins ±1 or their means, ``[B, H, W]`` or ``[B, D, H, W]``.
        defined_only: Leave out the patterns that do not close up around a lattice of odd size instead of raising.

    Returns:
        From name to values ``[B]``:

        * ``"magnetisation"``: the mean (ferromagnetic order),
        * ``"staggered"``: signs alternate in all directions, as on a checkerboard (antiferromagnetic order),
        * ``"stripe_x"``: signs alternate along x only, the last dimension; equal along columns,
        * ``"stripe_y"``: signs alternate along y only, the second to last dimension; equal along rows,
        * ``"stripe_z"``, ``"stripe_xy"``, ``"stripe_xz"``, ``"stripe_yz"`` in three dimensions, likewise.

    Raises:
        ValueError: If the spins are of another shape, or a size is odd and ``defined_only`` is not set.

    .. code-block:: python

        >>> rows = torch.tensor([1.0, -1.0, 1.0, -1.0]).view(1, 4, 1).expand(1, 4, 4)
        >>> {name: float(value) for name, value in order_parameters(rows).items()}
        {'magnetisation': 0.0, 'stripe_x': 0.0, 'stripe_y': 1.0, 'staggered': 0.0}
    """
    if spins.dim() not in (3, 4):
        raise ValueError(f"'order_parameters' expected spins [B, H, W] or [B, D, H, W] (got {tuple(spins.shape)})")
    if not spins.is_floating_point():
        spins = spins.to(torch.get_default_dtype())
    sizes = tuple(spins.shape[1:])
    d = len(sizes)
    odd = {a for a in range(d) if sizes[-(a + 1)] % 2}
    if odd and not defined_only:
        raise ValueError(
            f"'order_parameters' expected even sizes, around which staggered and striped patterns close up "
            f"(got {sizes}); 'defined_only=True' leaves out those that do not"
        )
    out = {}
    for size in range(d + 1):
        for axes in combinations(range(d), size):
            if odd.isdisjoint(axes):
                out[_name(axes, d)] = (spins * _pattern(axes, spins)).flatten(1).mean(1)
    return out


def _name(axes: tuple[int, ...], d: int) -> str:
    if not axes:
        return "magnetisation"
    return "staggered" if len(axes) == d else "stripe_" + "".join(_AXES[a] for a in axes)


def _pattern(axes: tuple[int, ...], spins: Tensor) -> Tensor:
    """Signs of the sites, alternating along the given directions."""
    out = spins.new_ones(spins.shape[1:])
    for a in axes:
        size = spins.size(-(a + 1))
        signs = 1 - 2 * (torch.arange(size, device=spins.device) % 2)
        out = out * signs.view(-1, *[1] * a)
    return out
