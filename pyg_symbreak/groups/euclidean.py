r"""Rigid motions, one for every graph of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.groups.base import GroupElement
from pyg_symbreak.groups.orthogonal import Orthogonal, move_attributes
from pyg_symbreak.groups.ragged import node_batch

AnyData = TypeVar("AnyData", bound=Data)


class Euclidean(GroupElement):
    r"""One element of :math:`E(d)` (or :math:`SE(d)`) for each graph of a batch.

    It moves points, :math:`x \mapsto Q x + t`, and turns vectors, :math:`v \mapsto Q v`.

    Args:
        rotation: The orthogonal part :math:`Q`.
        translation: The translations :math:`t`, shape ``[B, d]``; zero if not given.

    Raises:
        TypeError: If ``rotation`` is no :class:`Orthogonal`.
        ValueError: If the shapes disagree.

    .. code-block:: python

        >>> turn = Orthogonal(torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]), torch.tensor([0, 2]))
        >>> Euclidean(turn, torch.tensor([[5.0, 0.0]])).act(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
        tensor([[5., 1.],
                [3., 0.]])
    """

    def __init__(self, rotation: Orthogonal, translation: Tensor | None = None) -> None:
        if not isinstance(rotation, Orthogonal):
            raise TypeError(f"'Euclidean' expected 'rotation' as an 'Orthogonal' (got '{type(rotation).__name__}')")
        shape = (rotation.num_graphs, rotation.dim)
        if translation is None:
            translation = rotation.matrix.new_zeros(shape)
        if translation.shape != shape:
            raise ValueError(
                f"'Euclidean' expected 'translation' of shape {list(shape)} (got {list(translation.shape)})"
            )
        self._rotation, self._translation = rotation, translation

    @classmethod
    def identity(cls, ptr: Tensor, dim: int, *, special: bool = False, dtype: torch.dtype | None = None) -> Euclidean:
        r"""Return the motions that move nothing.

        .. code-block:: python

            >>> Euclidean.identity(torch.tensor([0, 1]), dim=2).act(torch.tensor([[3.0, 4.0]]))
            tensor([[3., 4.]])
        """
        return cls(Orthogonal.identity(ptr, dim, special=special, dtype=dtype))

    @classmethod
    def random(
        cls,
        ptr: Tensor,
        dim: int,
        *,
        special: bool = False,
        scale: float = 1.0,
        dtype: torch.dtype | None = None,
        generator: torch.Generator | None = None,
    ) -> Euclidean:
        r"""Draw independent motions: Haar rotations and normal translations of standard deviation ``scale``.

        Translations have no invariant probability, so this law is uniform in its rotations only.

        .. code-block:: python

            >>> Euclidean.random(torch.tensor([0, 2, 5]), dim=3).translation.shape
            torch.Size([2, 3])
        """
        rotation = Orthogonal.random(ptr, dim, special=special, dtype=dtype, generator=generator)
        matrix = rotation.matrix
        shape = (rotation.num_graphs, dim)
        device = matrix.device if generator is None else generator.device
        shift = torch.randn(shape, dtype=matrix.dtype, device=device, generator=generator).to(matrix.device)
        return cls(rotation, shift * scale)

    @property
    def rotation(self) -> Orthogonal:
        r"""The orthogonal part."""
        return self._rotation

    @property
    def translation(self) -> Tensor:
        r"""The translations, ``[B, d]``."""
        return self._translation

    @property
    def ptr(self) -> Tensor:
        r"""The offsets of the graphs, ``[B + 1]``."""
        return self._rotation.ptr

    @property
    def special(self) -> bool:
        r"""Whether the elements belong to :math:`SE(d)`."""
        return self._rotation.special

    @property
    def dim(self) -> int:
        r"""The dimension :math:`d` of the space."""
        return self._rotation.dim

    @property
    def num_graphs(self) -> int:
        return self._rotation.num_graphs

    def compose(self, other: Euclidean) -> Euclidean:
        r"""Return the motions that act as ``other`` first and as ``self`` second.

        Raises:
            ValueError: If the two belong to different spaces or to batches of different sizes.
        """
        shift = self._rotation.act_dense(other._translation) if self.dim == other.dim else other._translation
        return Euclidean(self._rotation.compose(other._rotation), shift + self._translation)

    def inverse(self) -> Euclidean:
        rotation = self._rotation.inverse()
        return Euclidean(rotation, -rotation.act_dense(self._translation))

    def identity_like(self) -> Euclidean:
        return Euclidean(self._rotation.identity_like())

    def random_like(self, generator: torch.Generator | None = None) -> Euclidean:
        dtype = self._rotation.matrix.dtype
        return Euclidean.random(self.ptr, self.dim, special=self.special, dtype=dtype, generator=generator)

    def repeat(self, num_copies: int) -> Euclidean:
        return Euclidean(self._rotation.repeat(num_copies), self._translation.repeat(num_copies, 1))

    def act(self, x: Tensor) -> Tensor:
        r"""Move the points of the nodes, ``[N, …, d]`` → ``[N, …, d]``.

        Raises:
            ValueError: If the first dimension is not the number of nodes or the last is not that of the space.
        """
        return self._rotation.act(x) + _between(self._translation[node_batch(self.ptr)], x)

    def act_dense(self, x: Tensor) -> Tensor:
        r"""Move the points of the graphs, ``[B, …, d]`` → ``[B, …, d]``.

        Raises:
            ValueError: If the first dimension is not the number of graphs or the last is not that of the space.
        """
        return self._rotation.act_dense(x) + _between(self._translation, x)

    def act_as(self, x: Tensor, kind: str) -> Tensor:
        if kind in ("vector", "graph_vector"):
            return self._rotation.act_as(x, kind)
        self._check_kind(kind)
        if kind == "point":
            return self.act(x)
        return self.act_dense(x) if kind in ("graph_point", "dense") else x

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        r"""Move the attributes of a graph or batch that are points, and turn those that are vectors.

        Args:
            data: The graphs; they stay as they are.
            kinds: What attributes hold, by name (see :meth:`act_as`); by default ``pos`` holds points and ``vel``
                vectors, as far as ``data`` has them.

        Raises:
            ValueError: If ``data`` has other graphs, or lacks one of the attributes.
        """
        return move_attributes(self, data, kinds)

    def to(self, device: torch.device | str) -> Euclidean:
        r"""Return the same motions on another device."""
        return Euclidean(self._rotation.to(device), self._translation.to(device))

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(num_graphs={self.num_graphs}, dim={self.dim}, special={self.special})"


def _between(shift: Tensor, x: Tensor) -> Tensor:
    """Give ``shift`` as many dimensions as ``x`` has, for broadcasting."""
    return shift.view(shift.size(0), *[1] * (x.dim() - 2), shift.size(-1)).to(x.dtype)
