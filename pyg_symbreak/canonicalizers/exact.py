r"""The inversion kernel: as little randomness as equivariance allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_ptr
from pyg_symbreak.labeling import random_canonical_rank


class ExactCanonicalizer(Canonicalizer):
    r"""Draws from the inversion kernel of the graph, from `"Improving Equivariant Networks with Probabilistic Symmetry
    Breaking" <https://arxiv.org/abs/2503.21985>`_.

    *Law.* Uniform on the coset of :math:`\mathrm{Aut}(x)` that carries the canonical form to the graph: exactly
    :math:`|\mathrm{Aut}(x)|` elements, each equally likely. A graph without symmetries has one, and nothing is random.

    Args:
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        **kwargs: Options of :func:`pyg_symbreak.labeling.random_canonical_rank`, such as ``max_search_nodes``.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> canonicalizer = ExactCanonicalizer()
        >>> len({tuple(canonicalizer.rank(path).tolist()) for _ in range(64)})
        2
    """

    def __init__(self, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__()
        self.node_attrs = _names("ExactCanonicalizer", "node_attrs", node_attrs)
        self.edge_attrs = _names("ExactCanonicalizer", "edge_attrs", edge_attrs)
        self.kwargs = kwargs

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Permutation:
        rank = random_canonical_rank(
            data, node_attrs=self.node_attrs, edge_attrs=self.edge_attrs, generator=generator, **self.kwargs
        )
        return self._from_rank(rank, node_ptr(data))

    def extra_repr(self) -> str:
        options = "".join(f", {key}={value!r}" for key, value in self.kwargs.items())
        return f"node_attrs={self.node_attrs}, edge_attrs={self.edge_attrs}{options}"


def _names(owner: str, argument: str, names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise TypeError(f"'{owner}' expected '{argument}' as a sequence of names (got the string '{names}')")
    return tuple(names)
