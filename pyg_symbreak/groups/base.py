r"""The group-element protocol: a batch of elements is one immutable value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from torch import Tensor

Element = TypeVar("Element", bound="GroupElement")

KINDS: Final = (
    "node",
    "edge",
    "pair",
    "graph",
    "vector",
    "point",
    "graph_vector",
    "graph_point",
    "dense",
    "regular",
    "bond",
    "spin",
)
r"""What a tensor may hold, and so how a group element moves it; see :meth:`GroupElement.act_as`."""


class GroupElement(ABC):
    r"""A batch of :math:`B` elements of a group that acts on batches of inputs.

    Every subclass is a value: no method changes it, and every method returns a new one. The axioms

    .. math::
        (a \cdot b) \cdot x = a \cdot (b \cdot x), \qquad a^{-1} \cdot (a \cdot x) = x

    hold for each of the :math:`B` elements on its own. A new group is one subclass: the canonicalizers and the
    layers of this package use nothing but the methods below.

    Subclasses also offer two constructors, ``identity`` and ``random`` (uniform with respect to the Haar measure),
    whose arguments say how many elements of which size are wanted; :meth:`identity_like` and :meth:`random_like` derive
    them from an element at hand.
    """

    @property
    @abstractmethod
    def num_graphs(self) -> int:
        r"""The number :math:`B` of elements."""

    @abstractmethod
    def compose(self: Element, other: Element) -> Element:
        r"""Return the product that acts as ``other`` first and as ``self`` second."""

    @abstractmethod
    def inverse(self: Element) -> Element:
        r"""Return the inverse elements."""

    @abstractmethod
    def act(self, x: Tensor) -> Tensor:
        r"""Move a tensor on which the group acts; the shape is that of ``x``."""

    @abstractmethod
    def act_dense(self, x: Tensor) -> Tensor:
        r"""Move values ``[B, …]`` that hold one block for each element; the shape is that of ``x``."""

    @abstractmethod
    def act_as(self, x: Tensor, kind: str) -> Tensor:
        r"""Move a tensor by what it holds; the shape is that of ``x``.

        Args:
            x: The values.
            kind: One of :data:`KINDS`: ``"node"``, scalars of the nodes, ``[N, …]``; ``"vector"`` and ``"point"``,
                vectors and points of the nodes, ``[N, …, d]``; ``"edge"``, values of the edges, ``[E, …]``;
                ``"pair"``, padded values for pairs of nodes, ``[B, n, n, …]``; ``"graph"``, invariants of the graphs,
                ``[B, …]``; ``"graph_vector"`` and ``"graph_point"``, vectors and points of the graphs, ``[B, …, d]``;
                ``"dense"``, whatever :meth:`act_dense` moves; ``"regular"``, a value for every element of a finite
                group, ``[B, |G|, …]``; ``"bond"`` and ``"spin"``, values of the bonds of a lattice, ``[B, …, d,
                *sizes]``, and of its sites that change their sign with the spins, ``[B, …, *sizes]``. A group leaves
                alone what it does not act on.

        Raises:
            ValueError: If the kind is unknown.
        """

    @abstractmethod
    def act_data(self, data: Any, kinds: Mapping[str, str] | None = None) -> Any:
        r"""Move a whole ``Data`` or ``Batch``; the input stays as it is.

        Args:
            data: The graphs.
            kinds: What the attributes hold, by name, where the group has to be told.
        """

    @abstractmethod
    def identity_like(self: Element) -> Element:
        r"""Return as many neutral elements of the same sizes, on the same device."""

    @abstractmethod
    def random_like(self: Element, generator: Any = None) -> Element:
        r"""Draw as many elements of the same sizes, independent and uniform (Haar)."""

    @abstractmethod
    def repeat(self: Element, num_copies: int) -> Element:
        r"""Return ``num_copies`` copies of the whole batch, one after the other."""

    @staticmethod
    def _check_kind(kind: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"'act_as' expected 'kind' to be one of {', '.join(KINDS)} (got {kind!r})")

    def __matmul__(self: Element, other: Element) -> Element:
        return self.compose(other)
