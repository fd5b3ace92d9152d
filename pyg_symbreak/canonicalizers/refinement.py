r"""Colour refinement with random individualization, without a certificate."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.exact import _names
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_ptr
from pyg_symbreak.labeling import refinement_rank


class RefinementCanonicalizer(Canonicalizer):
    r"""Draws a random leaf of the refinement tree of the graph; all of it runs on the device of the graph.

    *Law.* Refine the colours, give a uniformly chosen node of the first smallest class a colour of its own, repeat
    until all colours differ. Equivariant in law for every graph. Where all leaves of the tree are equivalent (trees,
    cycles, most molecules) this is the law of :class:`ExactCanonicalizer`; elsewhere (strongly regular graphs) it
    spreads over several cosets.

    Args:
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> canonicalizer = RefinementCanonicalizer()
        >>> len({tuple(canonicalizer.rank(path).tolist()) for _ in range(64)})
        2
    """

    def __init__(self, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = ()) -> None:
        super().__init__()
        self.node_attrs = _names("RefinementCanonicalizer", "node_attrs", node_attrs)
        self.edge_attrs = _names("RefinementCanonicalizer", "edge_attrs", edge_attrs)

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Permutation:
        rank = refinement_rank(data, node_attrs=self.node_attrs, edge_attrs=self.edge_attrs, generator=generator)
        return self._from_rank(rank, node_ptr(data))

    def extra_repr(self) -> str:
        return f"node_attrs={self.node_attrs}, edge_attrs={self.edge_attrs}"
