r"""Finite groups of rotations and reflections, each with its multiplication table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations, product
from typing import Final

import torch
from torch import Tensor

SLACK: Final = 1e-9


class PointGroup:
    r"""A finite subgroup of :math:`O(d)`, given by its matrices.

    The elements are numbered; number 0 is the identity. Rotations turn counter-clockwise for positive angles, as those
    of :class:`~pyg_symbreak.groups.Orthogonal` do. Two groups are equal if their matrices are, in the same order.

    Args:
        matrices: Orthogonal matrices ``[K, d, d]``, the identity first, closed under products.
        name: What to call the group.

    Raises:
        ValueError: If the shape is wrong, a matrix is not orthogonal, the first is not the identity, one occurs twice,
            or a product is missing.

    .. code-block:: python

        >>> d4 = PointGroup.dihedral(4)
        >>> d4, len(d4)
        (PointGroup('D4'), 8)
        >>> d4.table[4, 1] == d4.table[3, 4]  # reflect after a quarter turn = three quarter turns after reflecting
        tensor(True)
        >>> d4.inverses.tolist()
        [0, 3, 2, 1, 4, 5, 6, 7]
    """

    # Groups are kept and used again, so their tensors must not belong to an inference mode.
    @torch.inference_mode(False)
    def __init__(self, matrices: Tensor, name: str = "point group") -> None:
        if matrices.dim() != 3 or matrices.size(0) < 1 or matrices.size(1) != matrices.size(2) or matrices.size(1) < 1:
            raise ValueError(f"'PointGroup' expected 'matrices' of shape [K, d, d] (got {list(matrices.shape)})")
        q = matrices.detach().to("cpu", torch.float64, copy=True)
        eye = torch.eye(q.size(1), dtype=torch.float64)
        worst = float((q @ q.transpose(1, 2) - eye).abs().max())
        if not worst < SLACK:
            raise ValueError(
                f"'PointGroup' expected orthogonal matrices in double precision (got one off by {worst:.1e})"
            )
        if not float((q[0] - eye).abs().max()) < SLACK:
            raise ValueError("'PointGroup' expected the identity as the first matrix (got another)")
        whole = q.round()
        # Signed permutation matrices are made exact: with them, grids and integers move without rounding.
        self.lattice = bool(torch.allclose(q, whole, rtol=0, atol=SLACK))
        self._matrices, self._name = whole if self.lattice else q, name
        self._table = _multiplication_table(self._matrices)
        self._inverses = (self._table == 0).long().argmax(1)

    @staticmethod
    def cyclic(n: int) -> PointGroup:
        r"""The rotations of the plane by multiples of :math:`2\pi / n`: element ``r`` turns by :math:`2\pi r / n`.

        Raises:
            ValueError: If ``n`` is not positive.

        .. code-block:: python

            >>> PointGroup.cyclic(4).matrices[1]
            tensor([[ 0., -1.],
                    [ 1.,  0.]], dtype=torch.float64)
        """
        return _cyclic(_positive("cyclic", n))

    @staticmethod
    def dihedral(n: int) -> PointGroup:
        r"""Rotations and reflections of the regular ``n``-gon: element ``r + n * s`` reflects ``s`` times, then turns.

        The reflection is :math:`(x, y) \mapsto (x, -y)`; the turn is by :math:`2\pi r / n`.

        Raises:
            ValueError: If ``n`` is not positive.

        .. code-block:: python

            >>> PointGroup.dihedral(1).matrices[1]
            tensor([[ 1.,  0.],
                    [ 0., -1.]], dtype=torch.float64)
        """
        return _dihedral(_positive("dihedral", n))

    @staticmethod
    def hyperoctahedral(dim: int, special: bool = False) -> PointGroup:
        r"""All symmetries of the cube in ``dim`` dimensions: the signed permutation matrices.

        For three dimensions these are the octahedral groups :math:`O_h` (48) and, with ``special``, :math:`O` (24).

        Args:
            dim: The dimension.
            special: Whether to leave the reflections out.

        Raises:
            ValueError: If ``dim`` is not positive.

        .. code-block:: python

            >>> len(PointGroup.hyperoctahedral(3)), len(PointGroup.hyperoctahedral(3, special=True))
            (48, 24)
        """
        return _hyperoctahedral(_positive("hyperoctahedral", dim), special)

    @staticmethod
    def tetrahedral() -> PointGroup:
        r"""The 12 rotations of the regular tetrahedron with vertices at alternate corners of the cube.

        .. code-block:: python

            >>> PointGroup.tetrahedral()
            PointGroup('T')
        """
        return PointGroup.generated([[[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[-1, 0, 0], [0, -1, 0], [0, 0, 1]]], "T")

    @staticmethod
    def icosahedral() -> PointGroup:
        r"""The 60 rotations of the icosahedron with vertices at the cyclic shifts of :math:`(0, \pm 1, \pm\phi)`.

        .. code-block:: python

            >>> len(PointGroup.icosahedral())
            60
        """
        a, b = (math.sqrt(5) + 1) / 4, (math.sqrt(5) - 1) / 4
        fifth = [[b, -a, 0.5], [a, 0.5, b], [-0.5, b, a]]
        return PointGroup.generated([fifth, [[0, 0, 1], [1, 0, 0], [0, 1, 0]]], "I")

    @staticmethod
    def generated(
        generators: Sequence[Sequence[Sequence[float]]] | Tensor, name: str = "point group", max_size: int = 1000
    ) -> PointGroup:
        r"""The smallest group that contains some matrices.

        Args:
            generators: Orthogonal matrices ``[M, d, d]``.
            name: What to call the group.
            max_size: How many elements to expect at most.

        Raises:
            ValueError: If the group has more elements, as that of a turn by an irrational angle.

        .. code-block:: python

            >>> len(PointGroup.generated([[[-1, 0], [0, 1]], [[1, 0], [0, -1]]]))
            4
        """
        steps = torch.as_tensor(generators, dtype=torch.float64, device="cpu")
        found = torch.eye(steps.size(-1), dtype=torch.float64).unsqueeze(0)
        start = 0
        while start < found.size(0):
            fresh = (steps.unsqueeze(0) @ found[start:].unsqueeze(1)).flatten(0, 1)
            start = found.size(0)
            for matrix in fresh:
                if not bool(((found - matrix).abs().amax((-2, -1)) < SLACK).any()):
                    found = torch.cat([found, matrix.unsqueeze(0)])
            if found.size(0) > max_size:
                raise ValueError(f"'PointGroup.generated' expected at most {max_size} elements (got more)")
        return PointGroup(found, name)

    @property
    def name(self) -> str:
        r"""What the group is called."""
        return self._name

    @property
    def matrices(self) -> Tensor:
        r"""The matrices, ``[K, d, d]``, float64."""
        return self._matrices

    @property
    def table(self) -> Tensor:
        r"""The products, ``[K, K]``, int64: ``table[a, b]`` acts as ``b`` first and as ``a`` second."""
        return self._table

    @property
    def inverses(self) -> Tensor:
        r"""The inverse of every element, ``[K]``, int64."""
        return self._inverses

    @property
    def dim(self) -> int:
        r"""The dimension :math:`d` of the space."""
        return self._matrices.size(-1)

    @property
    def special(self) -> bool:
        r"""Whether the group has rotations only."""
        return bool((torch.linalg.det(self._matrices) > 0).all())

    def grid_sources(self, sizes: Sequence[int], device: torch.device | str = "cpu") -> Tensor:
        r"""Where the cells of a grid come from when an element moves it, ``[K, cells]``, int64.

        The last dimension of a grid runs along :math:`x`, the one before it runs *down* :math:`y` (rows of an image),
        further ones run along the further axes; the origin is the centre of the grid. A counter-clockwise turn thus
        looks counter-clockwise when the grid is printed or shown.

        Args:
            sizes: The sizes of the last ``d`` dimensions, for an image ``(height, width)``.
            device: The device of the result, where it stays for the next call.

        Raises:
            ValueError: If the group does not map the cells of such grids onto each other.

        .. code-block:: python

            >>> PointGroup.cyclic(4).grid_sources((2, 2))[1].view(2, 2)  # numbers 0 1 / 2 3 after a quarter turn
            tensor([[1, 3],
                    [0, 2]])
        """
        return _grid_sources_on(self, tuple(int(size) for size in sizes), torch.device(device))

    def __len__(self) -> int:
        return self._matrices.size(0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PointGroup) and torch.equal(self._matrices, other._matrices)

    def __hash__(self) -> int:
        return hash((len(self), self.dim))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"


def _positive(method: str, n: int) -> int:
    if n < 1:
        raise ValueError(f"'PointGroup.{method}' expected a positive number (got {n})")
    return n


def _multiplication_table(q: Tensor) -> Tensor:
    rows = []
    for a in q:
        products = (a @ q).flatten(1)
        distance, nearest = torch.cdist(products, q.flatten(1), p=float("inf")).min(1)
        if not float(distance.max()) < SLACK:
            raise ValueError("'PointGroup' expected matrices closed under products (got a product that is missing)")
        if torch.bincount(nearest, minlength=q.size(0)).max() > 1:
            raise ValueError("'PointGroup' expected every matrix once (got one of them twice)")
        rows.append(nearest)
    return torch.stack(rows)


def _turns(n: int) -> Tensor:
    """Rotations of the plane, exact where their entries are multiples of one half."""
    angle = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n
    cos, sin = torch.cos(angle), torch.sin(angle)
    q = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
    half = (2 * q).round() / 2
    return torch.where((q - half).abs() < 1e-12, half, q)


@lru_cache(maxsize=64)
def _cyclic(n: int) -> PointGroup:
    return PointGroup(_turns(n), f"C{n}")


@lru_cache(maxsize=64)
def _dihedral(n: int) -> PointGroup:
    turns = _turns(n)
    return PointGroup(torch.cat([turns, turns @ torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))]), f"D{n}")


@lru_cache(maxsize=8)
def _hyperoctahedral(dim: int, special: bool) -> PointGroup:
    eye = torch.eye(dim, dtype=torch.float64)
    matrices = torch.stack(
        [
            eye[list(places)] * torch.tensor(signs, dtype=torch.float64)
            for signs in product((1.0, -1.0), repeat=dim)
            for places in permutations(range(dim))
        ]
    )
    name = {2: "C4" if special else "D4", 3: "O" if special else "Oh"}.get(dim, f"{'S' if special else ''}B{dim}")
    return PointGroup(matrices[torch.linalg.det(matrices) > 0] if special else matrices, name)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _grid_sources_on(group: PointGroup, sizes: tuple[int, ...], device: torch.device) -> Tensor:
    return _grid_sources(group, sizes).to(device)


def _grid_sources(group: PointGroup, sizes: tuple[int, ...]) -> Tensor:
    if len(sizes) != group.dim:
        raise ValueError(f"'PointGroup.grid_sources' expected {group.dim} sizes (got {list(sizes)})")
    if not group.lattice:
        raise ValueError(
            f"'PointGroup.grid_sources' expected a group that maps grids onto themselves, such as C4 or D4 "
            f"(got {group.name}, which would need interpolation)"
        )
    size = torch.tensor(sizes[::-1], dtype=torch.float64)  # along x, y, …
    if bool((group.matrices.abs() @ size != size).any()):
        raise ValueError(f"'PointGroup.grid_sources' expected axes of equal size for {group.name} (got {list(sizes)})")
    cells = torch.stack(torch.meshgrid(*[torch.arange(s) for s in sizes], indexing="ij"), -1).view(-1, group.dim)
    down = torch.ones(group.dim, dtype=torch.float64)
    if group.dim > 1:
        down[1] = -1
    # Twice the centres of the cells, so that all numbers are whole.
    centre = (2 * cells.flip(-1) - size + 1) * down
    source = centre @ group.matrices  # rows: the inverse, which is the transpose, applied to every centre
    index = ((source * down + size - 1) / 2).round().long().flip(-1)
    strides = torch.tensor([math.prod(sizes[i + 1 :]) for i in range(len(sizes))])
    return (index * strides).sum(-1)
