r"""Rotations and reflections, one for every graph of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.base import GroupElement
from pyg_symbreak.groups.ragged import node_batch, node_ptr, repeat_ptr

AnyData = TypeVar("AnyData", bound=Data)

USUAL_KINDS: Final = {"pos": "point", "vel": "vector"}
r"""What the usual attributes of a moving particle hold."""


class Orthogonal(GroupElement):
    r"""One element of :math:`O(d)` (or :math:`SO(d)`) for each graph of a batch.

    It moves vectors, :math:`x \mapsto Q x`, in the last dimension of a tensor.

    Args:
        matrix: Orthogonal matrices, shape ``[B, d, d]``, floating point.
        ptr: The offsets of the graphs, shape ``[B + 1]``; one node for each element if not given.
        special: Whether the elements are meant as members of :math:`SO(d)`; their determinants are then one.
        validate: Whether to check that the matrices are orthogonal.

    Raises:
        TypeError: If ``matrix`` is not floating point.
        ValueError: If the shapes disagree, a matrix is not orthogonal, or its determinant does not fit ``special``.

    .. code-block:: python

        >>> quarter = Orthogonal(torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]), torch.tensor([0, 2]))
        >>> quarter.act(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
        tensor([[ 0.,  1.],
                [-2.,  0.]])
    """

    def __init__(
        self, matrix: Tensor, ptr: Tensor | None = None, *, special: bool = False, validate: bool = True
    ) -> None:
        if not matrix.is_floating_point():
            raise TypeError(f"'Orthogonal' expected 'matrix' as a floating-point tensor (got {matrix.dtype})")
        if matrix.dim() != 3 or matrix.size(1) != matrix.size(2):
            raise ValueError(f"'Orthogonal' expected 'matrix' of shape [B, d, d] (got {list(matrix.shape)})")
        if ptr is None:
            ptr = torch.arange(matrix.size(0) + 1, device=matrix.device)
        if ptr.numel() != matrix.size(0) + 1:
            raise ValueError(f"'Orthogonal' expected 'ptr' of shape [{matrix.size(0) + 1}] (got {list(ptr.shape)})")
        self._matrix, self._ptr, self._special = matrix, ptr, special
        if validate:
            self._validate()

    def _validate(self) -> None:
        matrix = self._matrix.detach()
        slack = 100 * torch.finfo(matrix.dtype).eps * self.dim
        gram = matrix.transpose(1, 2) @ matrix
        worst = (gram - torch.eye(self.dim, dtype=matrix.dtype, device=matrix.device)).abs()
        if worst.numel() > 0 and not float(worst.max()) <= slack:
            raise ValueError(f"'Orthogonal' expected orthogonal matrices (got one off by {float(worst.max()):.1e})")
        if self._special and bool((torch.linalg.det(matrix) < 0).any()):
            raise ValueError("'Orthogonal' expected determinants of one with special=True (got a reflection)")

    @classmethod
    def identity(cls, ptr: Tensor, dim: int, *, special: bool = False, dtype: torch.dtype | None = None) -> Orthogonal:
        r"""Return the elements that move nothing.

        .. code-block:: python

            >>> Orthogonal.identity(torch.tensor([0, 3]), dim=2).matrix
            tensor([[[1., 0.],
                     [0., 1.]]])
        """
        eye = torch.eye(dim, dtype=dtype, device=ptr.device)
        return cls(eye.repeat(ptr.numel() - 1, 1, 1), ptr, special=special, validate=False)

    @classmethod
    def random(
        cls,
        ptr: Tensor,
        dim: int,
        *,
        special: bool = False,
        dtype: torch.dtype | None = None,
        generator: torch.Generator | None = None,
    ) -> Orthogonal:
        r"""Draw independent elements from the Haar measure, as in `"How to Generate Random Matrices from the Classical
        Compact Groups" <https://arxiv.org/abs/math-ph/0609050>`_.

        A Gaussian matrix is factored as :math:`QR`; the signs of the diagonal of :math:`R` make :math:`Q` unique and so
        Haar distributed. For :math:`SO(d)` a reflection has its first column turned round.

        .. code-block:: python

            >>> g = Orthogonal.random(torch.tensor([0, 2, 5]), dim=3, special=True)
            >>> torch.linalg.det(g.matrix).round()
            tensor([1., 1.])
        """
        shape = (ptr.numel() - 1, dim, dim)
        device = ptr.device if generator is None else generator.device
        gauss = torch.randn(shape, dtype=torch.float64, device=device, generator=generator).to(ptr.device)
        matrix, upper = torch.linalg.qr(gauss)
        signs = torch.where(upper.diagonal(dim1=1, dim2=2) < 0, -1.0, 1.0).to(matrix.dtype)
        matrix = matrix * signs.unsqueeze(1)
        if special:
            turn = torch.ones_like(signs)
            turn[:, :1] = torch.where(torch.linalg.det(matrix) < 0, -1.0, 1.0).to(turn.dtype).unsqueeze(1)
            matrix = matrix * turn.unsqueeze(1)
        return cls(matrix.to(dtype or torch.get_default_dtype()), ptr, special=special, validate=False)

    @property
    def matrix(self) -> Tensor:
        r"""The matrices, ``[B, d, d]``."""
        return self._matrix

    @property
    def ptr(self) -> Tensor:
        r"""The offsets of the graphs, ``[B + 1]``."""
        return self._ptr

    @property
    def special(self) -> bool:
        r"""Whether the elements belong to :math:`SO(d)`."""
        return self._special

    @property
    def dim(self) -> int:
        r"""The dimension :math:`d` of the space."""
        return self._matrix.size(-1)

    @property
    def num_graphs(self) -> int:
        return self._matrix.size(0)

    def compose(self, other: Orthogonal) -> Orthogonal:
        r"""Return the elements that act as ``other`` first and as ``self`` second.

        Raises:
            ValueError: If the two belong to different spaces or to batches of different sizes.
        """
        if self.dim != other.dim or not torch.equal(self._ptr, other._ptr):
            raise ValueError("'Orthogonal.compose' expected two elements of the same graphs (got different sizes)")
        matrix = self._matrix @ other._matrix
        return Orthogonal(matrix, self._ptr, special=self._special and other._special, validate=False)

    def inverse(self) -> Orthogonal:
        return Orthogonal(self._matrix.transpose(1, 2), self._ptr, special=self._special, validate=False)

    def identity_like(self) -> Orthogonal:
        return Orthogonal.identity(self._ptr, self.dim, special=self._special, dtype=self._matrix.dtype)

    def random_like(self, generator: torch.Generator | None = None) -> Orthogonal:
        dtype = self._matrix.dtype
        return Orthogonal.random(self._ptr, self.dim, special=self._special, dtype=dtype, generator=generator)

    def repeat(self, num_copies: int) -> Orthogonal:
        ptr = repeat_ptr(self._ptr, num_copies)
        return Orthogonal(self._matrix.repeat(num_copies, 1, 1), ptr, special=self._special, validate=False)

    def act(self, x: Tensor) -> Tensor:
        r"""Move the vectors of the nodes, ``[N, …, d]`` → ``[N, …, d]``.

        Raises:
            ValueError: If the first dimension is not the number of nodes or the last is not that of the space.
        """
        if x.dim() < 2 or x.size(0) != int(self._ptr[-1]) or x.size(-1) != self.dim:
            want = f"[{int(self._ptr[-1])}, …, {self.dim}]"
            raise ValueError(f"'Orthogonal.act' expected vectors of shape {want} (got {list(x.shape)})")
        return _matmul(self._matrix[node_batch(self._ptr)], x)

    def act_dense(self, x: Tensor) -> Tensor:
        r"""Move the vectors of the graphs, ``[B, …, d]`` → ``[B, …, d]``.

        Raises:
            ValueError: If the first dimension is not the number of graphs or the last is not that of the space.
        """
        if x.dim() < 2 or x.size(0) != self.num_graphs or x.size(-1) != self.dim:
            want = f"[{self.num_graphs}, …, {self.dim}]"
            raise ValueError(f"'Orthogonal.act_dense' expected vectors of shape {want} (got {list(x.shape)})")
        return _matmul(self._matrix, x)

    def act_as(self, x: Tensor, kind: str) -> Tensor:
        self._check_kind(kind)
        if kind in ("vector", "point"):
            return self.act(x)
        return self.act_dense(x) if kind in ("graph_vector", "graph_point", "dense") else x

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        r"""Move the attributes of a ``Data`` or ``Batch`` that are vectors or points; the input stays as it is.

        Args:
            data: The graphs.
            kinds: What attributes hold, by name (see :meth:`act_as`); by default ``pos`` holds points and ``vel``
                vectors, as far as ``data`` has them.

        Raises:
            ValueError: If ``data`` has other graphs, or lacks one of the attributes.
        """
        return move_attributes(self, data, kinds)

    def to(self, device: torch.device | str) -> Orthogonal:
        r"""Return the same elements on another device."""
        return Orthogonal(self._matrix.to(device), self._ptr.to(device), special=self._special, validate=False)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(num_graphs={self.num_graphs}, dim={self.dim}, special={self._special})"


def _matmul(matrix: Tensor, x: Tensor) -> Tensor:
    """Apply one matrix to all vectors of each row of ``x``."""
    flat = x.reshape(x.size(0), x[0].numel() // x.size(-1) if x.size(0) > 0 else 0, x.size(-1))
    return (flat @ matrix.transpose(1, 2).to(x.dtype)).view(x.shape)


def copy_data(data: AnyData) -> AnyData:
    """Copy a graph or batch without copying its tensors."""
    out: AnyData = data.clone() if isinstance(data, Batch) else type(data).from_dict(data.to_dict())
    return out


def move_attributes(
    g: Orthogonal | Any, data: AnyData, kinds: Mapping[str, str] | None, usual: Mapping[str, str] = USUAL_KINDS
) -> AnyData:
    """Let an element act on the attributes that it is told of, or on the usual ones."""
    name = type(g).__name__
    if not torch.equal(node_ptr(data), g.ptr):
        raise ValueError(f"'{name}.act_data' expected the graphs that it moves (got other sizes)")
    if kinds is None:
        kinds = {key: kind for key, kind in usual.items() if isinstance(data.get(key), Tensor)} or usual
    out = copy_data(data)
    for key, kind in kinds.items():
        value = data.get(key)
        if not isinstance(value, Tensor):
            raise ValueError(f"'{name}.act_data' expected the attribute '{key}' (got {sorted(data.keys())})")
        out[key] = g.act_as(value, kind)
    return out
