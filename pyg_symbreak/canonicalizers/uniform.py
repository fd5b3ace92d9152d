r"""The draw of highest entropy: uniform on the whole group."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.groups import GroupElement, Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_ptr


class UniformCanonicalizer(Canonicalizer):
    r"""Draws an element that does not look at the graph: noise injection as a canonicalizer.

    *Law.* Uniform on :math:`S_n` for every graph, independent of everything else; the Haar measure of another group
    when ``draw`` samples from it. The law is invariant, hence equivariant, since :math:`h \cdot \mathrm{Haar} =
    \mathrm{Haar}`.

    Args:
        draw: A function ``draw(ptr, generator=...)`` that samples one element for every graph.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> sorted(UniformCanonicalizer().rank(Data(num_nodes=3)).tolist())
        [0, 1, 2]
    """

    def __init__(self, draw: Callable[..., GroupElement] = Permutation.random) -> None:
        super().__init__()
        if not callable(draw):
            raise TypeError(f"'UniformCanonicalizer' expected 'draw' as a function (got '{type(draw).__name__}')")
        self.draw = draw

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> GroupElement:
        return self.draw(node_ptr(data), generator=generator)

    def log_prob(self, data: GraphLike, g: GroupElement) -> Tensor:
        r"""The logarithm of the probability of every order, ``[B]`` float64: :math:`-\log n!`.

        Raises:
            TypeError: If the draw is not that of permutations.
        """
        if self.draw != Permutation.random:
            raise TypeError(f"'UniformCanonicalizer.log_prob' expected draws of permutations (got {self.draw!r})")
        return -torch.lgamma(node_ptr(data).diff().double() + 1)

    def extra_repr(self) -> str:
        function = getattr(self.draw, "func", self.draw)
        return str(getattr(function, "__qualname__", function))
