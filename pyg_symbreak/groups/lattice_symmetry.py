r"""Symmetries of periodic lattices, acting on fields of sites and bonds and on functions on the group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

import torch
from torch import Tensor

from pyg_symbreak.groups.base import GroupElement
from pyg_symbreak.groups.lattice import LatticeGroup
from pyg_symbreak.groups.orthogonal import move_attributes
from pyg_symbreak.groups.permutation import Permutation

AnyData = TypeVar("AnyData")

USUAL_KINDS: Final[Mapping[str, str]] = {"field": "spin", "bonds": "bond", "spins": "spin"}


class LatticeSymmetry(GroupElement):
    r"""One symmetry of a periodic lattice for each lattice of a batch.

    .. math::
        (g \cdot s)_u = \pm s_{Q^{-1}(u - t)}

    Args:
        index: The number of the element within the group, ``[B]``, int64.
        group: The group.
        validate: Whether to check that the numbers are in range.

    Raises:
        TypeError: If ``group`` is no :class:`LatticeGroup` or ``index`` holds no integers.
        ValueError: If ``index`` is not one-dimensional or out of range.

    .. code-block:: python

        >>> group = LatticeGroup.p4m(3)
        >>> field = torch.arange(9).view(1, 3, 3)
        >>> LatticeSymmetry(torch.tensor([4]), group).act_dense(field)  # number p * n + s: down a row, along a column
        tensor([[[8, 6, 7],
                 [2, 0, 1],
                 [5, 3, 4]]])
    """

    def __init__(self, index: Tensor, group: LatticeGroup, *, validate: bool = True) -> None:
        if not isinstance(group, LatticeGroup):
            raise TypeError(f"'LatticeSymmetry' expected 'group' as a 'LatticeGroup' (got '{type(group).__name__}')")
        if index.is_floating_point() or index.is_complex() or index.dtype == torch.bool:
            raise TypeError(f"'LatticeSymmetry' expected 'index' as an integer tensor (got {index.dtype})")
        if index.dim() != 1:
            raise ValueError(f"'LatticeSymmetry' expected 'index' of shape [B] (got {list(index.shape)})")
        if validate and not bool(((index >= 0) & (index < len(group))).all()):
            raise ValueError(f"'LatticeSymmetry' expected 'index' in 0 … {len(group) - 1} (got {index.tolist()})")
        self._index, self._group = index.to(torch.long), group

    @classmethod
    def identity(cls, num_lattices: int, group: LatticeGroup) -> LatticeSymmetry:
        r"""Return the elements that move nothing.

        .. code-block:: python

            >>> LatticeSymmetry.identity(2, LatticeGroup.p1(4, 4)).index
            tensor([0, 0])
        """
        return cls(torch.zeros(num_lattices, dtype=torch.long), group, validate=False)

    @classmethod
    def random(
        cls, num_lattices: int, group: LatticeGroup, generator: torch.Generator | None = None
    ) -> LatticeSymmetry:
        r"""Draw independent elements, each uniform over the group.

        .. code-block:: python

            >>> int(LatticeSymmetry.random(1, LatticeGroup.p1(4, 4)).index) in range(16)
            True
        """
        device = "cpu" if generator is None else generator.device
        return cls(torch.randint(len(group), (num_lattices,), generator=generator, device=device), group)

    @classmethod
    def all(cls, num_lattices: int, group: LatticeGroup) -> LatticeSymmetry:
        r"""Return every element of the group, each for one copy of the batch, one copy after the other.

        .. code-block:: python

            >>> LatticeSymmetry.all(2, LatticeGroup.p1(3)).index
            tensor([0, 0, 1, 1, 2, 2])
        """
        return cls.identity(num_lattices, group).all_like()

    @property
    def index(self) -> Tensor:
        r"""The numbers of the elements within the group, ``[B]``."""
        return self._index

    @property
    def group(self) -> LatticeGroup:
        r"""The group."""
        return self._group

    @property
    def part(self) -> Tensor:
        r"""The numbers of the parts, what is left of the elements without their translations, ``[B]``."""
        return self._index.div(self._group.num_sites, rounding_mode="floor")

    @property
    def shift(self) -> Tensor:
        r"""The site that site 0 comes to, ``[B]``."""
        return self._index.remainder(self._group.num_sites)

    @property
    def sign(self) -> Tensor:
        r"""1, or −1 where the spins are reversed, ``[B]``, int64."""
        return self._of(self._group.signs)[self.part]

    @property
    def ptr(self) -> Tensor:
        r"""The offsets of the lattices where their sites are the nodes of graphs, ``[B + 1]``."""
        return torch.arange(self.num_graphs + 1, device=self._index.device) * self._group.num_sites

    @property
    def num_graphs(self) -> int:
        return self._index.numel()

    def compose(self, other: LatticeSymmetry) -> LatticeSymmetry:
        r"""Return the elements that act as ``other`` first and as ``self`` second.

        Raises:
            ValueError: If the two belong to different groups or to batches of different sizes.
        """
        if self._group != other._group or self.num_graphs != other.num_graphs:
            raise ValueError(
                "'LatticeSymmetry.compose' expected two elements of one group and of the same lattices "
                f"(got {self} and {other})"
            )
        part = self._of(self._group.table)[self.part, other.part]
        return self._with(part, self._add(self._turned(self.part, other.shift), self.shift))

    def inverse(self) -> LatticeSymmetry:
        part = self._of(self._group.inverses)[self.part]
        return self._with(part, self._turned(part, self._add(None, self.shift)))

    def identity_like(self) -> LatticeSymmetry:
        return LatticeSymmetry(torch.zeros_like(self._index), self._group, validate=False)

    def random_like(self, generator: torch.Generator | None = None) -> LatticeSymmetry:
        return LatticeSymmetry.random(self.num_graphs, self._group, generator).to(self._index.device)

    def all_like(self) -> LatticeSymmetry:
        r"""Return every element of the group, each for one copy of the batch, one copy after the other."""
        every = torch.arange(len(self._group), device=self._index.device)
        return LatticeSymmetry(every.repeat_interleave(self.num_graphs), self._group, validate=False)

    def repeat(self, num_copies: int) -> LatticeSymmetry:
        return LatticeSymmetry(self._index.repeat(num_copies), self._group, validate=False)

    def act(self, x: Tensor) -> Tensor:
        r"""Move fields of scalars at the sites, as :meth:`act_dense` does."""
        return self.act_dense(x)

    def act_dense(self, x: Tensor) -> Tensor:
        r"""Move fields of scalars at the sites, ``[B, …, *sizes]`` → the same.

        Raises:
            ValueError: If the shape does not begin with the number of lattices and end with their sizes.
        """
        self._check_field("act_dense", x, 1, "")
        return self._take(x, self._sites(), self._group.dim)

    def act_spins(self, x: Tensor) -> Tensor:
        r"""Move fields that change their sign with the spins, ``[B, …, *sizes]`` → the same.

        Raises:
            ValueError: As :meth:`act_dense` does.
        """
        moved = self.act_dense(x)
        return moved * self.sign.to(x.dtype).view(-1, *[1] * (x.dim() - 1)) if self._group.spin_flip else moved

    def act_bonds(self, x: Tensor) -> Tensor:
        r"""Move values of the bonds, ``[B, …, d, *sizes]`` → the same.

        Entry ``[…, a, u]`` belongs to the bond between site ``u`` and the next one in direction ``a``, the first of
        which is :math:`x`, the last dimension.

        Raises:
            ValueError: If the shape does not begin with the number of lattices and end with ``d`` and their sizes.
        """
        dim = self._group.dim
        self._check_field("act_bonds", x, 2, f"{dim}, ")
        if x.size(-dim - 1) != dim:
            self._refuse("act_bonds", x, f"{dim}, ")
        origin, size = self._origin(), self._group.num_sites
        every = torch.cat([origin + a * size for a in range(dim)], 1)
        source = self._group.bond_sources(self._index.device)[self.part].gather(1, every)
        return self._take(x, source, dim + 1)

    def act_regular(self, x: Tensor) -> Tensor:
        r"""Move functions on the group, ``[B, K, …, *sizes]`` → the same, by the regular representation.

        .. math::
            (g \cdot f)(k) = f(g^{-1} k)

        Entry ``[:, p, …, s]`` belongs to element :math:`p n + s`.

        Raises:
            ValueError: If the shape does not begin with the numbers of lattices and parts and end with the sizes.
        """
        parts = self._group.num_parts
        self._check_field("act_regular", x, 2, "", f"{parts}, ")
        if x.size(1) != parts:
            self._refuse("act_regular", x, "", f"{parts}, ")
        source = self._of(self._group.table)[self._of(self._group.inverses)[self.part]]
        rows = torch.arange(x.size(0), device=x.device).unsqueeze(1)
        return self._take(x[rows, source], self._sites(), self._group.dim)

    def act_nodes(self, x: Tensor) -> Tensor:
        r"""Move values of the nodes where sites are nodes of graphs, in their order, ``[B * n, …]`` → the same.

        Raises:
            ValueError: If the first dimension is not the number of all sites.
        """
        total = self.num_graphs * self._group.num_sites
        if x.dim() < 1 or x.size(0) != total:
            raise ValueError(f"'LatticeSymmetry.act_nodes' expected values of shape [{total}, …] (got {list(x.shape)})")
        return x[(self._sites() + self.ptr[:-1].unsqueeze(1)).flatten()]

    def act_as(self, x: Tensor, kind: str) -> Tensor:
        r"""Move a tensor by what it holds, as every group element does, with two more kinds.

        ``"dense"`` are scalars of the sites (:meth:`act_dense`), ``"spin"`` the same with the sign of spins
        (:meth:`act_spins`), ``"bond"`` values of the bonds (:meth:`act_bonds`), ``"regular"`` functions on the group
        (:meth:`act_regular`), ``"node"`` rows of nodes (:meth:`act_nodes`). Invariants of graphs stay as they are.

        Raises:
            ValueError: If the kind is unknown, or lattices do not move it: they have fields, and no positions.
        """
        self._check_kind(kind)
        actions = {
            "dense": self.act_dense,
            "spin": self.act_spins,
            "bond": self.act_bonds,
            "regular": self.act_regular,
            "node": self.act_nodes,
        }
        if kind in actions:
            return actions[kind](x)
        if kind == "graph":
            return x
        raise ValueError(
            f"'LatticeSymmetry.act_as' expected 'kind' to be one of {', '.join(actions)} or graph (got {kind!r})"
        )

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        r"""Move the attributes of a ``Data`` or ``Batch`` that are fields; the input stays as it is.

        Args:
            data: The lattices, with their sites as nodes.
            kinds: What attributes hold, by name (see :meth:`act_as`); by default ``field`` and ``spins`` hold spins and
                ``bonds`` bonds, as far as ``data`` has them.

        Raises:
            ValueError: If ``data`` has other lattices, or lacks one of the attributes.
        """
        return move_attributes(self, data, kinds, USUAL_KINDS)

    def to_permutation(self) -> Permutation:
        r"""Return how the sites are moved as nodes of graphs; the signs are lost.

        .. code-block:: python

            >>> LatticeSymmetry(torch.tensor([1]), LatticeGroup.p1(3)).to_permutation().act(torch.tensor([5, 6, 7]))
            tensor([7, 5, 6])
        """
        return Permutation(self.inverse()._sites().flatten(), self.ptr)

    def to(self, device: torch.device | str) -> LatticeSymmetry:
        r"""Return the same elements on another device."""
        return LatticeSymmetry(self._index.to(device), self._group, validate=False)

    def _origin(self) -> Tensor:
        """The sites that come to each site by the translation alone, ``[B, n]``."""
        group, device = self._group, self._index.device
        coordinates = group.coordinates(device)
        return group.site_number(coordinates - coordinates[self.shift].unsqueeze(1))

    def _sites(self) -> Tensor:
        """The sites that come to each site, ``[B, n]``."""
        return self._group.site_sources(self._index.device)[self.part].gather(1, self._origin())

    def _turned(self, part: Tensor, site: Tensor) -> Tensor:
        """Where sites ``[B]`` come to by parts ``[B]``."""
        back = self._of(self._group.inverses)[part]
        return self._group.site_sources(self._index.device)[back, site]

    def _add(self, site: Tensor | None, other: Tensor) -> Tensor:
        """Sum of the sites as vectors; with none for the first the negative of the second."""
        coordinates = self._group.coordinates(self._index.device)
        total = -coordinates[other] if site is None else coordinates[site] + coordinates[other]
        return self._group.site_number(total)

    def _take(self, x: Tensor, source: Tensor, trailing: int) -> Tensor:
        flat = x.reshape(x.size(0), x.shape[1 : x.dim() - trailing].numel(), source.size(1))
        return flat.gather(2, source.unsqueeze(1).expand_as(flat)).view(x.shape)

    def _check_field(self, method: str, x: Tensor, leading: int, extra: str, parts: str = "") -> None:
        dim = self._group.dim
        if x.dim() < dim + leading or x.size(0) != self.num_graphs or tuple(x.shape[-dim:]) != self._group.sizes:
            self._refuse(method, x, extra, parts)

    def _refuse(self, method: str, x: Tensor, extra: str, parts: str = "") -> None:
        want = f"[{self.num_graphs}, {parts}…, {extra}{', '.join(map(str, self._group.sizes))}]"
        raise ValueError(f"'LatticeSymmetry.{method}' expected fields of shape {want} (got {list(x.shape)})")

    def _of(self, table: Tensor) -> Tensor:
        return table.to(self._index.device)

    def _with(self, part: Tensor, shift: Tensor) -> LatticeSymmetry:
        return LatticeSymmetry(part * self._group.num_sites + shift, self._group, validate=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_graphs={self.num_graphs}, group={self._group!r})"
