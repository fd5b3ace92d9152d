r"""How a learned field starts: from a small cell, repeated all over the lattice."""

from __future__ import annotations

import torch
from torch import Tensor


@torch.no_grad()
def repeat_cell_(field: Tensor, cell: int = 2, disorder: float = 0.1) -> Tensor:
    r"""Fill a learned field with a random pattern of period ``cell`` along every axis, and some disorder.

    A learned field may start as white noise, and what a network makes of it then is ordered in patches at best.
    Gradients move the walls between patches as cooling moves those of a magnet: until they are straight, and no
    further. A field that starts in a periodic pattern has no walls. The order of magnets with bonds between neighbours
    repeats itself after two sites; where an odd number of sites frustrates it, the pattern has a seam, as a ground
    state does. The disorder tells the cells apart, so that no translation leaves the field as it is.

    The patterns of the channels are orthogonal, or, with more channels than sites in a cell, the sites of the cell are:
    then every order (ferromagnetic, antiferromagnetic, striped) has the same weight in the field. An order that has
    little from chance is learned last, and what has ordered wrongly by then stays.

    Args:
        field: What to fill, ``[C, *sizes]``.
        cell: The period of the pattern; with 1 only the disorder varies.
        disorder: The standard deviation of the disorder, relative to that of the pattern.

    Returns:
        The same tensor.

    Raises:
        ValueError: If the period is not positive, or the disorder negative.

    .. code-block:: python

        >>> field = repeat_cell_(torch.empty(1, 4, 5), disorder=0.0)
        >>> bool((field[:, 2:] == field[:, :2]).all()), bool((field[..., 1:] == field[..., :-1]).any())
        (True, False)
    """
    if cell < 1:
        raise ValueError(f"'repeat_cell_' expected 'cell' to be at least 1 (got {cell})")
    if not disorder >= 0:
        raise ValueError(f"'repeat_cell_' expected 'disorder' to be at least 0 (got {disorder})")
    sizes = field.shape[1:]
    pattern = torch.randn(field.size(0), *[min(cell, size) for size in sizes], dtype=field.dtype, device=field.device)
    flat = pattern.view(field.size(0), -1)
    torch.nn.init.orthogonal_(flat, gain=max(flat.shape) ** 0.5)
    for dim, size in enumerate(sizes, start=1):
        place = torch.arange(size, device=field.device).remainder(pattern.size(dim))
        pattern = pattern.index_select(dim, place)
    return field.normal_().mul_(disorder).add_(pattern)
