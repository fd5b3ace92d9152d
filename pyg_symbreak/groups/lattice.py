r"""Symmetry groups of periodic lattices: translations, and the turns and reflections that map the lattice to itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from operator import index

import torch
from torch import Tensor

from pyg_symbreak.groups.point_group import PointGroup


class LatticeGroup:
    r"""The symmetries :math:`T \rtimes P` of a periodic hypercubic lattice: a symmorphic space group on the torus.

    :math:`T` are all translations, :math:`P` is a group of turns and reflections about site 0. With ``spin_flip`` every
    element comes twice, once followed by the reversal of all spins (the grey magnetic group :math:`T \rtimes P \times
    \mathbb{Z}_2`).

    Fields have the lattice as trailing dimensions, ``[…, height, width]``, and sites are numbered in row-major order.
    Directions are numbered :math:`x, y, z`: the last dimension runs along :math:`x`, the one before it along :math:`y`.
    As for grids (:meth:`PointGroup.grid_sources`), rows run *down* :math:`y`, so that counter-clockwise turns look
    counter-clockwise.

    The elements are numbered: number :math:`p n + s`, for :math:`n` sites, first moves site :math:`u` to :math:`Q_p u`,
    then by the translation that takes site 0 to site :math:`s`. The *parts* :math:`p` are the elements of :math:`P`,
    and with ``spin_flip`` the same once more with the spins reversed. Number 0 is the identity. Two groups are equal if
    their sizes, matrices and signs are.

    Args:
        sizes: The sizes of the trailing dimensions, such as ``(height, width)``; at least 3, since two sites in a ring
            would be joined by two bonds.
        point: The turns and reflections, signed permutation matrices.
        spin_flip: Whether spins may be reversed.

    Raises:
        TypeError: If ``point`` is no :class:`~pyg_symbreak.groups.PointGroup`, or a size is no integer.
        ValueError: If a size is below 3, or ``point`` does not map the lattice onto itself.

    .. code-block:: python

        >>> group = LatticeGroup.p4m(8)
        >>> group, len(group), group.num_sites, group.num_parts
        (LatticeGroup('p4m', 8x8), 512, 64, 8)
        >>> group.resized((16, 16))
        LatticeGroup('p4m', 16x16)
    """

    def __init__(self, sizes: Sequence[int], point: PointGroup, *, spin_flip: bool = False) -> None:
        if not isinstance(point, PointGroup):
            raise TypeError(f"'LatticeGroup' expected 'point' as a 'PointGroup' (got '{type(point).__name__}')")
        sizes = tuple(index(size) for size in sizes)
        if len(sizes) != point.dim or min(sizes) < 3:
            raise ValueError(
                f"'LatticeGroup' expected {point.dim} sizes of at least 3 for {_NAMES.get(point.name, point.name)} "
                f"(got {list(sizes)})"
            )
        if not point.lattice:
            raise ValueError(
                f"'LatticeGroup' expected a point group that maps lattices to themselves (got {point.name})"
            )
        along = torch.tensor(sizes[::-1], dtype=torch.float64)  # along x, y, …
        if bool((point.matrices.abs() @ along != along).any()):
            raise ValueError(
                f"'LatticeGroup' expected a lattice with axes of equal size for {_NAMES.get(point.name, point.name)}, "
                f"which turns one into the other (got {'x'.join(map(str, sizes))})"
            )
        self._sizes, self._point, self._spin_flip = sizes, point, spin_flip

    @staticmethod
    def p1(*sizes: int, spin_flip: bool = False) -> LatticeGroup:
        r"""Translations only, in as many dimensions as sizes are given.

        .. code-block:: python

            >>> len(LatticeGroup.p1(4, 6))
            24
        """
        eye = torch.eye(len(sizes), dtype=torch.float64)
        return LatticeGroup(sizes, PointGroup(eye.unsqueeze(0), "C1"), spin_flip=spin_flip)

    @staticmethod
    def p4(size: int, *, spin_flip: bool = False) -> LatticeGroup:
        r"""Translations and quarter turns of a square lattice.

        .. code-block:: python

            >>> len(LatticeGroup.p4(4))
            64
        """
        return LatticeGroup((size, size), PointGroup.cyclic(4), spin_flip=spin_flip)

    @staticmethod
    def p4m(height: int, width: int | None = None, *, spin_flip: bool = False) -> LatticeGroup:
        r"""All symmetries of a square lattice: translations, quarter turns and reflections.

        Raises:
            ValueError: If the lattice is not square.

        .. code-block:: python

            >>> len(LatticeGroup.p4m(4))
            128
        """
        return LatticeGroup((height, height if width is None else width), PointGroup.dihedral(4), spin_flip=spin_flip)

    @staticmethod
    def p2mm(height: int, width: int | None = None, *, spin_flip: bool = False) -> LatticeGroup:
        r"""All symmetries of a rectangular lattice: translations, half turns and reflections along the axes.

        .. code-block:: python

            >>> len(LatticeGroup.p2mm(3, 5))
            60
        """
        return LatticeGroup((height, height if width is None else width), PointGroup.dihedral(2), spin_flip=spin_flip)

    @staticmethod
    def cubic(size: int, *, spin_flip: bool = False) -> LatticeGroup:
        r"""All symmetries of a cubic lattice, the space group :math:`Pm\bar{3}m`.

        .. code-block:: python

            >>> len(LatticeGroup.cubic(3))
            1296
        """
        return LatticeGroup((size, size, size), PointGroup.hyperoctahedral(3), spin_flip=spin_flip)

    @staticmethod
    def full(sizes: Sequence[int], *, spin_flip: bool = False) -> LatticeGroup:
        r"""All symmetries of a lattice of any sizes: of a square lattice :meth:`p4m`, of a rectangular one
        :meth:`p2mm`, of a cubic one :meth:`cubic`, of another box in space ``P4/mmm`` or ``Pmmm``.

        Raises:
            ValueError: If there is no size, or one is below 3.

        .. code-block:: python

            >>> [LatticeGroup.full(sizes) for sizes in ((4, 4), (4, 6), (6,))]
            [LatticeGroup('p4m', 4x4), LatticeGroup('p2mm', 4x6), LatticeGroup('pm', 6)]
        """
        sizes = tuple(int(size) for size in sizes)
        if not sizes:
            raise ValueError("'LatticeGroup.full' expected at least one size (got none)")
        return LatticeGroup(sizes, _full_point(tuple(sizes.index(size) for size in sizes[::-1])), spin_flip=spin_flip)

    def resized(self, sizes: Sequence[int]) -> LatticeGroup:
        r"""The same symmetries of a lattice of other sizes.

        Raises:
            ValueError: As the constructor does.
        """
        sizes = tuple(int(size) for size in sizes)
        return self if sizes == self._sizes else LatticeGroup(sizes, self._point, spin_flip=self._spin_flip)

    @property
    def sizes(self) -> tuple[int, ...]:
        r"""The sizes of the trailing dimensions of fields."""
        return self._sizes

    @property
    def dim(self) -> int:
        r"""The dimension :math:`d`."""
        return len(self._sizes)

    @property
    def num_sites(self) -> int:
        r"""The number :math:`n` of sites."""
        return math.prod(self._sizes)

    @property
    def point(self) -> PointGroup:
        r"""The turns and reflections about site 0."""
        return self._point

    @property
    def spin_flip(self) -> bool:
        r"""Whether spins may be reversed."""
        return self._spin_flip

    @property
    def num_parts(self) -> int:
        r"""The number :math:`K` of parts: elements of the point group, twice as many where spins may be reversed."""
        return len(self._point) * (2 if self._spin_flip else 1)

    @property
    def signs(self) -> Tensor:
        r"""What the parts do to spins, ``[K]``, int64: 1, or −1 where they are reversed."""
        ones = torch.ones(len(self._point), dtype=torch.long)
        return torch.cat([ones, -ones]) if self._spin_flip else ones

    @property
    def matrices(self) -> Tensor:
        r"""The matrices of the parts, ``[K, d, d]``, int64, on the *indices* of sites in the order :math:`x, y, z`."""
        down = torch.ones(self.dim, dtype=torch.float64)
        if self.dim > 1:
            down[1] = -1
        q = (down.unsqueeze(1) * self._point.matrices * down).round().long()
        return q.repeat(2, 1, 1) if self._spin_flip else q

    @property
    def table(self) -> Tensor:
        r"""The products of the parts, ``[K, K]``, int64: ``table[a, b]`` acts as ``b`` first and as ``a`` second."""
        table, size = self._point.table, len(self._point)
        if not self._spin_flip:
            return table
        return torch.cat([torch.cat([table, table + size], 1), torch.cat([table + size, table], 1)])

    @property
    def inverses(self) -> Tensor:
        r"""The inverse of every part, ``[K]``, int64."""
        inverses = self._point.inverses
        return torch.cat([inverses, inverses + len(self._point)]) if self._spin_flip else inverses

    @property
    def name(self) -> str:
        r"""What the group is called: in the plane as the wallpaper group, with ``1'`` for the reversal of spins."""
        name = _NAMES.get(self._point.name, self._point.name)
        return f"{name}1'" if self._spin_flip else name

    def site_sources(self, device: torch.device | str = "cpu") -> Tensor:
        r"""Where the sites come from when a part moves them, ``[K, n]``, int64: site :math:`Q_p^{-1} u` for site ``u``.

        Args:
            device: The device of the result, where it stays for the next call.

        .. code-block:: python

            >>> LatticeGroup.p4(3).site_sources()[1].view(3, 3)  # site 0 stays, the first column becomes the first row
            tensor([[0, 3, 6],
                    [2, 5, 8],
                    [1, 4, 7]])
        """
        return _site_sources(self, torch.device(device))

    def bond_sources(self, device: torch.device | str = "cpu") -> Tensor:
        r"""Where the bonds come from when a part moves them, ``[K, d * n]``, int64.

        Number :math:`a n + u` is the bond between site :math:`u` and the next one in direction :math:`a`.

        Args:
            device: The device of the result, where it stays for the next call.

        .. code-block:: python

            >>> LatticeGroup.p4(3).bond_sources()[1, :3]  # the bonds of the first row, along x, were along y
            tensor([ 9, 12, 15])
        """
        return _bond_sources(self, torch.device(device))

    def coordinates(self, device: torch.device | str = "cpu") -> Tensor:
        r"""The indices of the sites, ``[n, d]``, int64, in the order :math:`x, y, z`.

        .. code-block:: python

            >>> LatticeGroup.p1(3, 4).coordinates()[5]  # the second row, the second column
            tensor([1, 1])
        """
        axes = [torch.arange(size, device=device) for size in self._sizes]
        return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).view(-1, self.dim).flip(-1)

    def site_number(self, coordinates: Tensor) -> Tensor:
        r"""The numbers of sites, ``[…, d]`` → ``[…]``; indices are taken modulo the sizes.

        .. code-block:: python

            >>> LatticeGroup.p1(3, 4).site_number(torch.tensor([-1, 1]))
            tensor(7)
        """
        device = coordinates.device
        along = torch.tensor(self._sizes[::-1], device=device)
        strides = torch.tensor([math.prod(self._sizes[self.dim - a :]) for a in range(self.dim)], device=device)
        return (coordinates.remainder(along) * strides).sum(-1)

    def __len__(self) -> int:
        return self.num_parts * self.num_sites

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, LatticeGroup)
            and self._sizes == other._sizes
            and self._spin_flip == other._spin_flip
            and self._point == other._point
        )

    def __hash__(self) -> int:
        return hash((self._sizes, self._spin_flip, self._point))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {'x'.join(map(str, self._sizes))})"


_NAMES = {
    "C1": "p1",
    "C4": "p4",
    "D4": "p4m",
    "D2": "p2mm",
    "C2": "p2",
    "Oh": "Pm-3m",
    "O": "P432",
    "B1": "pm",
    "D4h": "P4/mmm",
    "D2h": "Pmmm",
}
_BOXES = {1: "D2h", 2: "D4h"}  # by the largest number of axes of equal size, in three dimensions


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _full_point(kinds: tuple[int, ...]) -> PointGroup:
    """All turns and reflections of a box, given for every axis which ones have its size."""
    if len(kinds) == 2:
        return PointGroup.dihedral(4 if kinds[0] == kinds[1] else 2)
    every = PointGroup.hyperoctahedral(len(kinds))
    if len(set(kinds)) == 1:
        return every
    like = torch.tensor(kinds)
    mixed = (like.unsqueeze(1) != like) & (every.matrices != 0)
    fitting = every.matrices[~mixed.flatten(1).any(1)]
    return PointGroup(fitting, _BOXES[max(map(kinds.count, kinds))] if len(kinds) == 3 else "box")


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _site_sources(group: LatticeGroup, device: torch.device) -> Tensor:
    # Rows: the inverse of an orthogonal matrix is its transpose, so u Q is the inverse applied to u.
    moved = group.coordinates() @ group.matrices
    return group.site_number(moved).to(device)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _bond_sources(group: LatticeGroup, device: torch.device) -> Tensor:
    q, coordinates = group.matrices, group.coordinates()
    # Direction b was direction a = from_axis[p, b]; where it is turned round, the bond now begins at its other end.
    from_axis, forward = q.abs().argmax(2), q.sum(2)
    step = torch.eye(group.dim, dtype=torch.long) * (forward < 0).unsqueeze(2)
    ends = coordinates + step.unsqueeze(2)  # [K, d, n, d]
    site = group.site_number(ends @ q.unsqueeze(1))
    return (from_axis.unsqueeze(2) * group.num_sites + site).flatten(1).to(device)
