r"""Direct products: several groups that act on the same input and commute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

from pyg_symbreak.groups.base import GroupElement

AnyData = TypeVar("AnyData")


class Product(GroupElement):
    r"""One element of a direct product :math:`G_1 \times \dots \times G_m` for each graph of a batch.

    Each part acts on its own: permutations move rows, rotations turn vectors. Their actions must commute.

    Args:
        *parts: The elements of the groups, over the same batch.

    Raises:
        ValueError: If there is no part, or the parts belong to batches of different sizes.
        TypeError: If a part is no group element.

    .. code-block:: python

        >>> from pyg_symbreak.groups import Orthogonal, Permutation
        >>> turn = Orthogonal(torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]), torch.tensor([0, 2]))
        >>> g = Product(Permutation(torch.tensor([1, 0])), turn)
        >>> g.act_as(torch.tensor([[1.0, 0.0], [0.0, 2.0]]), "vector")
        tensor([[-2.,  0.],
                [ 0.,  1.]])
        >>> g.act_as(torch.tensor([10, 20]), "node")
        tensor([20, 10])
    """

    def __init__(self, *parts: GroupElement) -> None:
        if not parts:
            raise ValueError("'Product' expected at least one part (got none)")
        for part in parts:
            if not isinstance(part, GroupElement):
                raise TypeError(f"'Product' expected its parts as group elements (got '{type(part).__name__}')")
        counts = [part.num_graphs for part in parts]
        if len(set(counts)) > 1:
            raise ValueError(f"'Product' expected parts for the same graphs (got {counts} of them)")
        self._parts = parts

    @property
    def parts(self) -> tuple[GroupElement, ...]:
        r"""The elements of the groups."""
        return self._parts

    @property
    def ptr(self) -> Tensor:
        r"""The offsets of the graphs, ``[B + 1]``."""
        ptr: Tensor = self._parts[0].ptr  # type: ignore[attr-defined]
        return ptr

    @property
    def num_graphs(self) -> int:
        return self._parts[0].num_graphs

    def compose(self, other: Product) -> Product:
        r"""Return the elements that act as ``other`` first and as ``self`` second.

        Raises:
            ValueError: If the two belong to different products or to batches of different sizes.
        """
        if len(self._parts) != len(other._parts):
            raise ValueError(f"'Product.compose' expected {len(self._parts)} parts (got {len(other._parts)})")
        return Product(*(a.compose(b) for a, b in zip(self._parts, other._parts)))

    def inverse(self) -> Product:
        return self._map(lambda part: part.inverse())

    def identity_like(self) -> Product:
        return self._map(lambda part: part.identity_like())

    def random_like(self, generator: torch.Generator | None = None) -> Product:
        return self._map(lambda part: part.random_like(generator))

    def repeat(self, num_copies: int) -> Product:
        return self._map(lambda part: part.repeat(num_copies))

    def act(self, x: Tensor) -> Tensor:
        r"""Move the points of the nodes, ``[N, …, d]`` → ``[N, …, d]``."""
        return self.act_as(x, "point")

    def act_dense(self, x: Tensor) -> Tensor:
        r"""Move values ``[B, …]`` by the ``act_dense`` of every part, the last one first."""
        for part in reversed(self._parts):
            x = part.act_dense(x)
        return x

    def act_as(self, x: Tensor, kind: str) -> Tensor:
        for part in reversed(self._parts):
            x = part.act_as(x, kind)
        return x

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        for part in reversed(self._parts):
            data = part.act_data(data, kinds)
        return data

    def to(self, device: torch.device | str) -> Product:
        r"""Return the same elements on another device."""
        return self._map(lambda part: part.to(device))

    def _map(self, function: Callable[[Any], GroupElement]) -> Product:
        return Product(*(function(part) for part in self._parts))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts))})"
