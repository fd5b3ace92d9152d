r"""Elements of a finite group of rotations and reflections, one for every graph or image of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.groups.base import GroupElement
from pyg_symbreak.groups.orthogonal import Orthogonal, move_attributes
from pyg_symbreak.groups.point_group import PointGroup
from pyg_symbreak.groups.ragged import node_batch, repeat_ptr

AnyData = TypeVar("AnyData", bound=Data)


class FiniteOrthogonal(GroupElement):
    r"""One element of a finite subgroup of :math:`O(d)`, such as :math:`C_n` or :math:`D_n`, for each graph of a batch.

    It moves points and vectors, :math:`x \mapsto Q x`; images and other grids, whose values it carries from cell to
    cell (:meth:`act_dense`); and functions on the group (:meth:`act_regular`). Where the matrices are signed
    permutations, as in :math:`C_4` and :math:`D_4`, nothing is rounded.

    Args:
        index: The number of the element within the group, ``[B]``, int64.
        group: The group.
        ptr: The offsets of the graphs, ``[B + 1]``; one node for each element if not given, as for images.
        validate: Whether to check that the group has elements of these numbers.

    Raises:
        TypeError: If ``index`` is no integer tensor, or ``group`` is no :class:`PointGroup`.
        ValueError: If the shapes disagree, or an index is not in the group.

    .. code-block:: python

        >>> quarter = FiniteOrthogonal(torch.tensor([1]), PointGroup.cyclic(4))
        >>> quarter.act(torch.tensor([[1.0, 0.0]]))
        tensor([[0., 1.]])
        >>> quarter.act_dense(torch.tensor([[[0, 1], [2, 3]]]))
        tensor([[[1, 3],
                 [0, 2]]])
        >>> (quarter @ quarter).index
        tensor([2])
    """

    def __init__(self, index: Tensor, group: PointGroup, ptr: Tensor | None = None, *, validate: bool = True) -> None:
        if not isinstance(group, PointGroup):
            raise TypeError(f"'FiniteOrthogonal' expected 'group' as a 'PointGroup' (got '{type(group).__name__}')")
        if index.is_floating_point() or index.dtype == torch.bool:
            raise TypeError(f"'FiniteOrthogonal' expected 'index' as an integer tensor (got {index.dtype})")
        if index.dim() != 1:
            raise ValueError(f"'FiniteOrthogonal' expected 'index' of shape [B] (got {list(index.shape)})")
        if ptr is None:
            ptr = torch.arange(index.numel() + 1, device=index.device)
        if ptr.numel() != index.numel() + 1:
            raise ValueError(
                f"'FiniteOrthogonal' expected 'ptr' of shape [{index.numel() + 1}] (got {list(ptr.shape)})"
            )
        if validate and not bool(((index >= 0) & (index < len(group))).all()):
            raise ValueError(f"'FiniteOrthogonal' expected 'index' in 0 … {len(group) - 1} (got {index.tolist()})")
        self._index, self._group, self._ptr = index.to(torch.long), group, ptr

    @classmethod
    def identity(cls, ptr: Tensor, group: PointGroup) -> FiniteOrthogonal:
        r"""Return the elements that move nothing.

        .. code-block:: python

            >>> FiniteOrthogonal.identity(torch.tensor([0, 3, 5]), PointGroup.cyclic(6)).index
            tensor([0, 0])
        """
        return cls(torch.zeros_like(ptr[1:], dtype=torch.long), group, ptr, validate=False)

    @classmethod
    def random(cls, ptr: Tensor, group: PointGroup, generator: torch.Generator | None = None) -> FiniteOrthogonal:
        r"""Draw independent elements, each uniform over the group.

        .. code-block:: python

            >>> int(FiniteOrthogonal.random(torch.tensor([0, 3]), PointGroup.cyclic(3)).index) in (0, 1, 2)
            True
        """
        device = ptr.device if generator is None else generator.device
        index = torch.randint(len(group), (ptr.numel() - 1,), generator=generator, device=device)
        return cls(index.to(ptr.device), group, ptr, validate=False)

    @classmethod
    def all(cls, ptr: Tensor, group: PointGroup) -> FiniteOrthogonal:
        r"""Return every element of the group, each for one copy of the batch, one copy after the other.

        .. code-block:: python

            >>> FiniteOrthogonal.all(torch.tensor([0, 3, 5]), PointGroup.cyclic(3)).index
            tensor([0, 0, 1, 1, 2, 2])
        """
        return cls.identity(ptr, group).all_like()

    @property
    def index(self) -> Tensor:
        r"""The numbers of the elements within the group, ``[B]``."""
        return self._index

    @property
    def group(self) -> PointGroup:
        r"""The group."""
        return self._group

    @property
    def ptr(self) -> Tensor:
        r"""The offsets of the graphs, ``[B + 1]``."""
        return self._ptr

    @property
    def dim(self) -> int:
        r"""The dimension :math:`d` of the space."""
        return self._group.dim

    @property
    def num_graphs(self) -> int:
        return self._index.numel()

    def matrix(self, dtype: torch.dtype = torch.float64) -> Tensor:
        r"""Return the matrices, ``[B, d, d]``."""
        return self._group.matrices.to(self._index.device, dtype)[self._index]

    def to_orthogonal(self, dtype: torch.dtype | None = None) -> Orthogonal:
        r"""Return the same elements of the group of all orthogonal matrices.

        .. code-block:: python

            >>> FiniteOrthogonal(torch.tensor([1]), PointGroup.dihedral(1)).to_orthogonal().matrix
            tensor([[[ 1.,  0.],
                     [ 0., -1.]]])
        """
        matrix = self.matrix(dtype or torch.get_default_dtype())
        return Orthogonal(matrix, self._ptr, special=self._group.special, validate=False)

    def compose(self, other: FiniteOrthogonal) -> FiniteOrthogonal:
        r"""Return the elements that act as ``other`` first and as ``self`` second.

        Raises:
            ValueError: If the two belong to different groups or to batches of different sizes.
        """
        self._check_partner(other)
        return self._with(self._of(self._group.table)[self._index, other._index])

    def inverse(self) -> FiniteOrthogonal:
        return self._with(self._of(self._group.inverses)[self._index])

    def identity_like(self) -> FiniteOrthogonal:
        return FiniteOrthogonal.identity(self._ptr, self._group)

    def random_like(self, generator: torch.Generator | None = None) -> FiniteOrthogonal:
        return FiniteOrthogonal.random(self._ptr, self._group, generator)

    def all_like(self) -> FiniteOrthogonal:
        r"""Return every element of the group, each for one copy of the batch, one copy after the other."""
        size = len(self._group)
        every = torch.arange(size, device=self._index.device).repeat_interleave(self.num_graphs)
        return FiniteOrthogonal(every, self._group, repeat_ptr(self._ptr, size), validate=False)

    def repeat(self, num_copies: int) -> FiniteOrthogonal:
        ptr = repeat_ptr(self._ptr, num_copies)
        return FiniteOrthogonal(self._index.repeat(num_copies), self._group, ptr, validate=False)

    def act(self, x: Tensor) -> Tensor:
        r"""Move the vectors or points of the nodes, ``[N, …, d]`` → ``[N, …, d]``.

        Raises:
            TypeError: If ``x`` holds integers and the matrices do not.
            ValueError: If the first dimension is not the number of nodes or the last is not that of the space.
        """
        return self._turn("act", x, int(self._ptr[-1]), node_batch(self._ptr))

    def act_graph_vectors(self, x: Tensor) -> Tensor:
        r"""Move vectors or points of the graphs, ``[B, …, d]`` → ``[B, …, d]``.

        Raises:
            TypeError: If ``x`` holds integers and the matrices do not.
            ValueError: If the first dimension is not the number of graphs or the last is not that of the space.
        """
        return self._turn("act_graph_vectors", x, self.num_graphs, None)

    def act_dense(self, x: Tensor) -> Tensor:
        r"""Move grids by whole cells, ``[B, …, height, width]`` → the same; ``d`` trailing dimensions in general.

        The last dimension runs along :math:`x`, the one before it down :math:`y`, and the origin is the centre of the
        grid (:meth:`PointGroup.grid_sources`): the value of the cell centred at :math:`c` comes to the cell centred at
        :math:`Q c`, and element 1 of :math:`C_4` is ``torch.rot90(x, 1, (-2, -1))``.

        Raises:
            ValueError: If the first dimension is not the number of grids, or the group does not map the cells of such
                a grid onto each other: in the plane only :math:`C_1, C_2, C_4, D_1, D_2, D_4` do, and those with
                quarter turns need squares.
        """
        dim = self.dim
        if x.dim() < dim + 1 or x.size(0) != self.num_graphs:
            want = f"[{self.num_graphs}, …, {', '.join(['size'] * dim)}]"
            raise ValueError(f"'FiniteOrthogonal.act_dense' expected grids of shape {want} (got {list(x.shape)})")
        source = self._group.grid_sources(x.shape[-dim:], x.device)[self._index]
        flat = x.reshape(x.size(0), x.shape[1:-dim].numel(), source.size(1))
        return flat.gather(2, source.unsqueeze(1).expand_as(flat)).view(x.shape)

    def act_regular(self, x: Tensor) -> Tensor:
        r"""Move functions on the group, ``[B, |G|, …]`` → the same, by the regular representation.

        .. math::
            (g \cdot f)(k) = f(g^{-1} k)

        Raises:
            ValueError: If the shape does not begin with the number of graphs and the size of the group.
        """
        if x.dim() < 2 or x.size(0) != self.num_graphs or x.size(1) != len(self._group):
            want = f"[{self.num_graphs}, {len(self._group)}, …]"
            raise ValueError(f"'FiniteOrthogonal.act_regular' expected functions of shape {want} (got {list(x.shape)})")
        source = self._of(self._group.table)[self.inverse()._index]
        rows = torch.arange(x.size(0), device=x.device).unsqueeze(1)
        return x[rows, source]

    def act_as(self, x: Tensor, kind: str) -> Tensor:
        r"""Move a tensor by what it holds, as every group element does, with one more kind.

        ``"dense"`` are grids (:meth:`act_dense`), and ``"regular"`` functions on the group (:meth:`act_regular`).
        """
        if kind == "regular":
            return self.act_regular(x)
        self._check_kind(kind)
        if kind in ("vector", "point"):
            return self.act(x)
        if kind in ("graph_vector", "graph_point"):
            return self.act_graph_vectors(x)
        return self.act_dense(x) if kind == "dense" else x

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        r"""Move the attributes of a ``Data`` or ``Batch`` that are vectors, points or grids; the input stays as it is.

        Args:
            data: The graphs.
            kinds: What attributes hold, by name (see :meth:`act_as`); by default ``pos`` holds points and ``vel``
                vectors, as far as ``data`` has them.

        Raises:
            ValueError: If ``data`` has other graphs, or lacks one of the attributes.
        """
        return move_attributes(self, data, kinds)

    def to(self, device: torch.device | str) -> FiniteOrthogonal:
        r"""Return the same elements on another device."""
        return FiniteOrthogonal(self._index.to(device), self._group, self._ptr.to(device), validate=False)

    def _turn(self, method: str, x: Tensor, rows: int, batch: Tensor | None) -> Tensor:
        if x.dim() < 2 or x.size(0) != rows or x.size(-1) != self.dim:
            want = f"[{rows}, …, {self.dim}]"
            raise ValueError(f"'FiniteOrthogonal.{method}' expected vectors of shape {want} (got {list(x.shape)})")
        if not x.is_floating_point() and not self._group.lattice:
            raise TypeError(f"'FiniteOrthogonal.{method}' expected floating-point vectors (got {x.dtype})")
        matrix = self.matrix(x.dtype)
        matrix = matrix if batch is None else matrix[batch]
        # Sums of products, not a matrix product: these are exact for integers too, on every device.
        return (matrix.view(rows, *[1] * (x.dim() - 2), self.dim, self.dim) * x.unsqueeze(-2)).sum(-1, dtype=x.dtype)

    def _with(self, index: Tensor) -> FiniteOrthogonal:
        return FiniteOrthogonal(index, self._group, self._ptr, validate=False)

    def _of(self, table: Tensor) -> Tensor:
        return table.to(self._index.device)

    def _check_partner(self, other: FiniteOrthogonal) -> None:
        if self._group != other._group or not torch.equal(self._ptr, other._ptr):
            raise ValueError(
                "'FiniteOrthogonal.compose' expected two elements of one group and of the same graphs "
                f"(got {self} and {other})"
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_graphs={self.num_graphs}, group={self._group.name})"
