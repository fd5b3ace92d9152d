r"""Fields on periodic lattices: what they hold, and their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import torch
from torch import Tensor

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.nn.rank_pair import positive

INPUTS: Final = ("site", "spin", "bond")
r"""What input fields may hold: scalars of the sites, scalars that change sign with the spins, scalars of the bonds."""


def half_bonds(bonds: Tensor, dim: int) -> Tensor:
    r"""Show every bond to both of its sites, ``[…, d, *sizes]`` → ``[…, 2 * d, *sizes]``.

    Entry :math:`a < d` of a site is its bond with the next site in direction :math:`a`, entry :math:`d + a` that with
    the site before it. Turns and reflections permute the entries.

    Args:
        bonds: Values of the bonds; entry ``[…, a, u]`` belongs to site ``u`` and the next one in direction ``a``, the
            first of which is the last dimension.
        dim: The dimension :math:`d` of the lattice.

    .. code-block:: python

        >>> half_bonds(torch.tensor([[1, 2, 3]]), 1)  # a ring of three bonds
        tensor([[1, 2, 3],
                [3, 1, 2]])
    """
    before = [bonds.select(-dim - 1, a).roll(1, -1 - a) for a in range(dim)]
    return torch.cat([bonds, torch.stack(before, -dim - 1)], -dim - 1)


def check_group(owner: str, group: object) -> None:
    r"""Check that a group is one of a lattice.

    Raises:
        TypeError: If it is not.
    """
    if not isinstance(group, LatticeGroup):
        raise TypeError(f"'{owner}' expected 'group' as a 'LatticeGroup' (got '{type(group).__name__}')")


def check_channels(owner: str, channels: Mapping[str, int]) -> dict[str, int]:
    r"""Check numbers of channels by the kind of field, and bring them into the order of :data:`INPUTS`.

    Raises:
        ValueError: If there are none, a kind is unknown, or a number is not positive.
    """
    unknown = [str(kind) for kind in channels if kind not in INPUTS]
    if unknown or not channels:
        got = ", ".join(unknown) or "none"
        raise ValueError(f"'{owner}' expected inputs of the kinds {', '.join(INPUTS)} (got {got})")
    for kind, number in channels.items():
        positive(owner, **{kind: number})
    return {kind: int(channels[kind]) for kind in INPUTS if kind in channels}


def check_sizes(owner: str, group: LatticeGroup, sizes: Sequence[int]) -> None:
    r"""Check that a group has the symmetries of lattices of some sizes.

    Raises:
        ValueError: If a size is below 3, or the group turns axes of different sizes into one another.
    """
    sizes = tuple(sizes)
    if sizes == group.sizes:
        return
    if min(sizes) < 3:
        raise ValueError(f"'{owner}' expected lattices of sizes of at least 3 (got {'x'.join(map(str, sizes))})")
    if any(sizes[-1 - a] != sizes[-1 - b] for a, b in _mixed_axes(group)):
        raise ValueError(
            f"'{owner}' expected a lattice with axes of equal size for {group.name}, which turns one into the other "
            f"(got {'x'.join(map(str, sizes))})"
        )


def check_regular(owner: str, group: LatticeGroup, channels: int, x: Tensor) -> None:
    r"""Check a function on the group, ``[B, K, C, *sizes]``.

    Raises:
        ValueError: If the shape is another one, or the group does not fit the lattice.
    """
    dim, parts = group.dim, group.num_parts
    if x.dim() != dim + 3 or x.size(1) != parts or x.size(2) != channels:
        want = f"[B, {parts}, {channels}, {_axes(dim)}]"
        raise ValueError(f"'{owner}' expected a function on {group.name} of shape {want} (got {list(x.shape)})")
    check_sizes(owner, group, x.shape[3:])


def check_fields(
    owner: str, group: LatticeGroup, channels: Mapping[str, int], fields: Tensor | Mapping[str, Tensor]
) -> dict[str, Tensor]:
    r"""Check input fields by name, and return them in the order of ``channels``.

    Raises:
        TypeError: If ``fields`` is no mapping.
        ValueError: If one is missing or not expected, their shapes are wrong or do not fit one another, or the group
            does not fit the lattice.
    """
    if not isinstance(fields, Mapping):
        raise TypeError(f"'{owner}' expected the fields {', '.join(channels)} by name (got '{type(fields).__name__}')")
    if set(fields) != set(channels):
        got = ", ".join(map(str, fields)) or "none"
        raise ValueError(f"'{owner}' expected the fields {', '.join(channels)} (got {got})")
    dim = group.dim
    first: tuple[int, ...] | None = None
    for kind, number in channels.items():
        shape = tuple(fields[kind].shape)
        lead = (number, dim) if kind == "bond" else (number,)
        batch, sizes = shape[:1], shape[1 + len(lead) :]
        if shape[1 : 1 + len(lead)] != lead or len(sizes) != dim or first not in (None, batch + sizes):
            tail = _axes(dim) if first is None else ", ".join(map(str, first[1:]))
            want = f"[{'B' if first is None else first[0]}, {', '.join(map(str, lead))}, {tail}]"
            raise ValueError(f"'{owner}' expected '{kind}' of shape {want} (got {list(shape)})")
        first = batch + sizes
    assert first is not None
    check_sizes(owner, group, first[1:])
    return {kind: fields[kind] for kind in channels}


@lru_cache(maxsize=64)
def _mixed_axes(group: LatticeGroup) -> tuple[tuple[int, int], ...]:
    """Pairs of directions that the group turns into one another."""
    mixed = group.matrices.abs().amax(0).triu(1).nonzero()
    return tuple((int(a), int(b)) for a, b in mixed)


def _axes(dim: int) -> str:
    return ", ".join(("depth", "height", "width")[-dim:] if dim <= 3 else ["size"] * dim)
