r"""How lattices are laid out in tensors and as graphs, and which ones are refused."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def check_lattice(
    field: Tensor, bonds: Tensor, periodic: bool | Tensor = True, owner: str = "check_lattice"
) -> tuple[int, ...]:
    r"""Check the field and the bonds of a batch of lattices, and return the sizes.

    Args:
        field: The field of each site, ``[B, *sizes]``.
        bonds: The couplings, ``[B, d, *sizes]``, as in :func:`~pyg_symbreak.spins.ising_energy`.
        periodic: Whether the lattices close up around their boundaries; one answer, or one for each lattice ``[B]``.
        owner: Whom an error should name.

    Returns:
        The sizes, in the order of the dimensions.

    Raises:
        TypeError: If the field or the bonds are no floating point numbers.
        ValueError: If the shapes do not fit, a size is below 3 (two sites would share two bonds), a number is not
            finite, an open lattice has bonds across its boundary, or one of two or more dimensions that should be
            periodic has all bonds but those across the boundaries.

    .. code-block:: python

        >>> check_lattice(torch.zeros(5, 4, 6), torch.ones(5, 2, 4, 6))
        (4, 6)
    """
    for name, value in (("field", field), ("bonds", bonds)):
        if not value.is_floating_point():
            raise TypeError(f"'{owner}' expected '{name}' as floating point numbers (got {value.dtype})")
    sizes = check_sizes(field.shape[1:], owner)
    want = (field.size(0), len(sizes), *sizes)
    if tuple(bonds.shape) != want:
        raise ValueError(
            f"'{owner}' expected 'bonds' of shape {want} for a field of shape {tuple(field.shape)} "
            f"(got {tuple(bonds.shape)})"
        )
    for name, value in (("field", field), ("bonds", bonds)):
        if not bool(value.isfinite().all()):
            raise ValueError(f"'{owner}' expected finite numbers in '{name}' (got NaN or infinity)")
    _check_boundaries(bonds, periodic, owner)
    return sizes


def check_sizes(sizes: Sequence[int], owner: str = "check_sizes") -> tuple[int, ...]:
    r"""Check the sizes of a lattice, and return them as a tuple.

    Args:
        sizes: The sizes, in the order of the dimensions.
        owner: Whom an error should name.

    Raises:
        ValueError: If there are none or more than three, or one is below 3.

    >>> check_sizes([4, 6])
    (4, 6)
    """
    out = tuple(int(size) for size in sizes)
    if not 1 <= len(out) <= 3:
        raise ValueError(f"'{owner}' expected a lattice of 1, 2 or 3 dimensions (got sizes {out})")
    if min(out) < 3:
        raise ValueError(f"'{owner}' expected sizes of at least 3, so that no two sites share two bonds (got {out})")
    return out


def cut_boundary(bonds: Tensor) -> Tensor:
    r"""Open the lattices: a copy of the bonds with zeros across every boundary.

    Args:
        bonds: The couplings, ``[B, d, *sizes]``.

    >>> cut_boundary(torch.ones(1, 1, 4))
    tensor([[[1., 1., 1., 0.]]])
    """
    out = bonds.clone()
    for a in range(bonds.size(1)):
        out[:, a].select(-(a + 1), -1).zero_()
    return out


def lattice_edges(sizes: Sequence[int], periodic: bool = True) -> Tensor:
    r"""The edges of a lattice as a graph whose nodes are the sites, numbered row by row.

    Args:
        sizes: The sizes, each 3 or more.
        periodic: Whether the last site of a line is joined with the first.

    Returns:
        ``edge_index`` ``[2, 2·d·n]`` (fewer on open lattices): from each site to the next one in direction 0 (along
        the last dimension), then in direction 1, …, and then all of them the other way round.

    Raises:
        ValueError: If a size is below 3.

    .. code-block:: python

        >>> lattice_edges((4,))
        tensor([[0, 1, 2, 3, 1, 2, 3, 0],
                [1, 2, 3, 0, 0, 1, 2, 3]])
    """
    sizes = check_sizes(sizes, "lattice_edges")
    sites = torch.arange(torch.Size(sizes).numel()).view(sizes)
    dims = range(-1, -len(sizes) - 1, -1)
    if periodic:
        pairs = [(sites, sites.roll(-1, dim)) for dim in dims]
    else:
        pairs = [(sites.narrow(dim, 0, sizes[dim] - 1), sites.narrow(dim, 1, sizes[dim] - 1)) for dim in dims]
    forward = torch.stack([torch.cat([pair[i].flatten() for pair in pairs]) for i in (0, 1)])
    return torch.cat([forward, forward.flip(0)], dim=1)


def bonds_to_edges(bonds: Tensor, periodic: bool = True) -> Tensor:
    r"""The couplings in the order of the edges of :func:`lattice_edges`, one lattice after the other.

    Args:
        bonds: The couplings, ``[B, d, *sizes]``.
        periodic: As in :func:`lattice_edges`; bonds across the boundary of open lattices are left out.

    Returns:
        ``[B·2·d·n]``, the couplings of the edges of a batch of graphs.

    .. code-block:: python

        >>> bonds_to_edges(torch.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([1., 2., 3., 1., 2., 3.])
    """
    parts = [bonds[:, a] for a in range(bonds.size(1))]
    if not periodic:
        parts = [part.narrow(-(a + 1), 0, part.size(-(a + 1)) - 1) for a, part in enumerate(parts)]
    forward = torch.cat([part.flatten(1) for part in parts], dim=1)
    return torch.cat([forward, forward], dim=1).flatten()


def _check_boundaries(bonds: Tensor, periodic: bool | Tensor, owner: str) -> None:
    closed = torch.as_tensor(periodic, dtype=torch.bool, device=bonds.device).expand(bonds.size(0))
    across, gaps = torch.zeros_like(closed), torch.zeros_like(closed)
    for a in range(bonds.size(1)):
        dim = -(a + 1)
        across |= bonds[:, a].select(dim, -1).unsqueeze(-1).flatten(1).ne(0).any(1)
        gaps |= bonds[:, a].narrow(dim, 0, bonds.size(dim) - 1).flatten(1).eq(0).any(1)
    wrong = across & ~closed
    if bool(wrong.any()):
        raise ValueError(
            f"'{owner}' expected an open lattice to have no bonds across its boundary "
            f"(got some in {int(wrong.sum())} of {wrong.numel()}); 'cut_boundary' removes them"
        )
    # A diluted torus may lack bonds anywhere, but one that lacks those across the boundary and no others is open.
    wrong = closed & ~across & ~gaps
    if bonds.size(1) > 1 and bool(wrong.any()):
        raise ValueError(
            f"'{owner}' expected periodic boundaries (got {int(wrong.sum())} of {wrong.numel()} lattices with all "
            "bonds inside and none across); pass 'periodic=False' for open lattices"
        )
