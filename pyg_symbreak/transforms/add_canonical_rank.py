r"""Adds a canonical rank to every node."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform

from pyg_symbreak.transforms.base import RankTransform, check_attr_name, write_node_attr


@functional_transform("add_canonical_rank")
class AddCanonicalRank(RankTransform):
    r"""Adds the position of every node in the canonical form of its graph, drawn from the inversion kernel of
    `"Improving Equivariant Networks with Probabilistic Symmetry Breaking" <https://arxiv.org/abs/2503.21985>`_
    (functional name: :obj:`add_canonical_rank`).

    *Law.* With ``randomize`` the rank is uniform over the :math:`|\mathrm{Aut}(x)|` canonical ranks of the graph, drawn
    afresh at every access, and so equivariant in law. Without, it is one of them; which one depends on how the nodes of
    an orbit stand in the array.

    Args:
        randomize: Whether to draw a random canonical rank.
        attr_name: The name of the node attribute, int64 of shape ``[N]``; ``None`` appends a column to ``x``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The budget of the search on hard graphs; that of :func:`~pyg_symbreak.labeling.canonical_rank`
            by default.
        on_budget: What to do beyond the budget: ``"raise"``, or ``"uncertified"`` to accept an order without a proof.

    Raises:
        TypeError: If names are no names.
        ValueError: If ``attr_name`` holds a word that PyG treats in its own way, or an option is unknown.

    .. code-block:: python

        >>> star = Data(edge_index=torch.tensor([[0, 0, 1, 2], [1, 2, 0, 0]]), num_nodes=3)
        >>> ranks = {tuple(AddCanonicalRank()(star).canonical_rank.tolist()) for _ in range(64)}
        >>> len(ranks)
        2
    """

    def __init__(
        self,
        randomize: bool = True,
        attr_name: str | None = "canonical_rank",
        node_attrs: Sequence[str] = (),
        edge_attrs: Sequence[str] = (),
        max_search_nodes: int | None = None,
        on_budget: str = "raise",
    ) -> None:
        self.attr_name = check_attr_name(self, attr_name)
        self._set_labelling(randomize, node_attrs, edge_attrs, max_search_nodes, on_budget)

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        return write_node_attr(data, self.attr_name, self._rank(data, generator), ptr)
