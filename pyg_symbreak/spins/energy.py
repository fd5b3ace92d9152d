r"""The energy of Ising spins on a lattice."""

from __future__ import annotations

import torch
from torch import Tensor


def ising_energy(spins: Tensor, field: Tensor, bonds: Tensor) -> Tensor:
    r"""Compute the energy of spins on periodic or open lattices.

    .. math::
        H(s) = -\sum_{a, u} J_{a, u} \, s_u s_{u + e_a} - \sum_u h_u s_u

    No spin is multiplied with itself, so that for means :math:`m_u \in [-1, 1]` of independent spins :math:`H(m)` is
    the expected energy, and differentiable in them. An open lattice is one whose bonds across the boundary are zero.

    Args:
        spins: Spins ±1 or their means, ``[..., B, *sizes]``, of any dtype: several configurations of each lattice may
            come in leading dimensions.
        field: The field :math:`h` of each site, ``[B, *sizes]``.
        bonds: The couplings :math:`J`, ``[B, d, *sizes]``: those of direction ``a`` = 0, 1, 2 (x, y, z) join each site
            with the next one along the last, second to last, third to last dimension, the last with the first.

    Returns:
        The energies, ``[..., B]``, in the dtype of the field and the bonds, promoted with that of the spins.

    Raises:
        ValueError: If the shapes do not fit.

    .. code-block:: python

        >>> up = torch.ones(1, 4, 4)
        >>> ising_energy(up, 0.5 * up, torch.ones(1, 2, 4, 4))
        tensor([-40.])
    """
    _check_shapes("ising_energy", spins, field, bonds)
    dtype = torch.promote_types(torch.promote_types(spins.dtype, field.dtype), bonds.dtype)
    spins, pull = spins.to(dtype), field.to(dtype)
    for a in range(bonds.size(1)):
        pull = pull + bonds[:, a] * spins.roll(-1, -(a + 1))
    return -(pull * spins).flatten(-bonds.size(1)).sum(-1)


def local_fields(spins: Tensor, field: Tensor, bonds: Tensor) -> Tensor:
    r"""Compute the field that each spin feels from its neighbours and from outside, :math:`-\partial H / \partial s_u`.

    Reversing one spin of a configuration changes its energy by twice the spin times its local field.

    Args:
        spins: Spins ±1 or their means, ``[..., B, *sizes]``.
        field: The field of each site, ``[B, *sizes]``.
        bonds: The couplings, ``[B, d, *sizes]``, as in :func:`ising_energy`.

    Returns:
        The local fields, of the shape of ``spins``.

    Raises:
        ValueError: If the shapes do not fit.

    .. code-block:: python

        >>> up = torch.ones(1, 3, 3)
        >>> local_fields(up, 0.5 * up, torch.ones(1, 2, 3, 3)).unique()
        tensor([4.5000])
    """
    _check_shapes("local_fields", spins, field, bonds)
    dtype = torch.promote_types(torch.promote_types(spins.dtype, field.dtype), bonds.dtype)
    spins, out = spins.to(dtype), field.to(dtype)
    for a in range(bonds.size(1)):
        axis = -(a + 1)
        out = out + bonds[:, a] * spins.roll(-1, axis) + (bonds[:, a] * spins).roll(1, axis)
    return out


def _check_shapes(owner: str, spins: Tensor, field: Tensor, bonds: Tensor) -> None:
    d = field.dim() - 1
    want = (*field.shape[:1], d, *field.shape[1:])
    if d < 1 or tuple(bonds.shape) != want:
        raise ValueError(
            f"'{owner}' expected 'field' [B, *sizes] and 'bonds' [B, {max(d, 1)}, *sizes] "
            f"(got {tuple(field.shape)} and {tuple(bonds.shape)})"
        )
    if tuple(spins.shape[-d:]) != want[2:] or spins.dim() <= d or spins.size(-d - 1) not in (1, want[0]):
        raise ValueError(
            f"'{owner}' expected 'spins' of shape [..., {want[0]}, *{want[2:]}] (got {tuple(spins.shape)})"
        )
