r"""Renumbers the nodes and sorts the edges canonically."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform

from pyg_symbreak.groups import Permutation
from pyg_symbreak.transforms.base import RankTransform


@functional_transform("to_canonical_order")
class ToCanonicalOrder(RankTransform):
    r"""Renumbers the nodes of every graph in canonical order and sorts its edges (functional name:
    :obj:`to_canonical_order`).

    Isomorphic graphs become equal: the same ``edge_index`` and the same colouring attributes. Other attributes move
    along with their node or edge.

    *Law.* With ``randomize`` the nodes of an orbit come in random order, drawn from the inversion kernel, so that the
    law of all attributes is invariant. Without, attributes that do not colour keep a trace of the order in the array.

    Args:
        randomize: Whether to draw a random canonical order.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The budget of the search on hard graphs; that of :func:`~pyg_symbreak.labeling.canonical_rank`
            by default.
        on_budget: What to do beyond the budget: ``"raise"``, or ``"uncertified"`` to accept an order without a proof.

    Raises:
        TypeError: If names are no names.
        ValueError: If an option is unknown.

    .. code-block:: python

        >>> one = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> other = Data(edge_index=torch.tensor([[1, 0, 0, 2], [0, 1, 2, 0]]), num_nodes=3)
        >>> transform = ToCanonicalOrder()
        >>> torch.equal(transform(one).edge_index, transform(other).edge_index)
        True
    """

    def __init__(
        self,
        randomize: bool = True,
        node_attrs: Sequence[str] = (),
        edge_attrs: Sequence[str] = (),
        max_search_nodes: int | None = None,
        on_budget: str = "raise",
    ) -> None:
        self._set_labelling(randomize, node_attrs, edge_attrs, max_search_nodes, on_budget)

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        out = Permutation(self._rank(data, generator), ptr, validate=False).act_data(data)
        return self._sort_edges(out) if out.edge_index is not None else out

    def _sort_edges(self, data: Data) -> Data:
        """Sort by source, target and, for parallel edges, by what colours them."""
        keys = [data[name] for name in self.edge_attrs]
        columns = [column for key in keys for column in (key.flatten(1).unbind(1) if key.dim() > 1 else [key])]
        order = torch.arange(data.num_edges, device=data.edge_index.device)
        for column in (*reversed(columns), data.edge_index[1], data.edge_index[0]):
            order = order[torch.argsort(column[order], stable=True)]
        names = [key for key, value in data.items() if isinstance(value, Tensor) and data.is_edge_attr(key)]
        moved = {key: data[key].index_select(data.__cat_dim__(key, data[key]), order) for key in names}
        for key, value in moved.items():
            data[key] = value
        return data
