r"""Sites that can be updated together, because no two of them are neighbours."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symbreak.spins.layout import lattice_edges


class SiteColor(NamedTuple):
    r"""The sites of one color, and their neighbours.

    Args:
        start: The place of the first of them, if all sites are sorted by color.
        end: The place after the last one.
        sites: The sites, ``[end - start]``.
        around: The places of the neighbours in the order of the colors, one in each of the ``2 d`` directions,
            ``[2 d, end - start]``.
        bonds: Which couplings lead to them, as numbers in the bonds of a lattice, flattened, ``[2 d, end - start]``.
    """

    start: int
    end: int
    sites: Tensor
    around: Tensor
    bonds: Tensor


def checkerboard(bonds: Tensor) -> tuple[Tensor, list[SiteColor]]:
    r"""Color the sites of lattices so that no neighbours have the same color.

    Two colors where all sizes are even or the lattices open, as on a checkerboard; else three.

    Args:
        bonds: The couplings, ``[B, d, *sizes]``; where they are zero across the boundary, the lattices are open.

    Returns:
        All sites, sorted by color, ``[n]``; and the colors.

    .. code-block:: python

        >>> order, colors = checkerboard(torch.ones(1, 2, 4, 4))
        >>> order.tolist()
        [0, 2, 5, 7, 8, 10, 13, 15, 1, 3, 4, 6, 9, 11, 12, 14]
        >>> len(colors), len(checkerboard(torch.ones(1, 2, 3, 4))[1])
        (2, 3)
    """
    sizes = tuple(bonds.shape[2:])
    d, n, device = len(sizes), torch.Size(sizes).numel(), bonds.device
    color = _colors(sizes, bonds).to(device)
    order = color.argsort(stable=True)
    place = order.argsort()
    ahead = lattice_edges(sizes)[1].view(2, d, n)[0].to(device)
    behind = ahead.argsort(1)
    first = n * torch.arange(d, device=device).view(-1, 1)
    out = []
    for start, end in pairwise([0, *color.bincount().cumsum(0).tolist()]):
        own = order[start:end]
        # Neighbours ahead by the bonds of the site, neighbours behind by their own bonds.
        around = torch.cat([place[ahead[:, own]], place[behind[:, own]]])
        numbers = torch.cat([first + own, first + behind[:, own]])
        out.append(SiteColor(start, end, own, around, numbers))
    return order, out


def _colors(sizes: tuple[int, ...], bonds: Tensor) -> Tensor:
    out, number = torch.zeros(sizes, dtype=torch.long), 2
    for a in range(len(sizes)):
        size = sizes[-(a + 1)]
        color = torch.arange(size) % 2
        if size % 2 and bool(bonds[:, a].select(-(a + 1), -1).any()):
            color[-1], number = 2, 3
        out = out + color.view(-1, *[1] * a)
    return (out % number).flatten()
